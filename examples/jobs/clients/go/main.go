// Calls all three services.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"example.com/acme/jobs"
	"example.com/acme/jobs/rapace"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	conn, err := rapace.Dial(ctx, "tcp://127.0.0.1:9000")
	if err != nil {
		return err
	}
	defer conn.Close()
	client, queues := jobs.NewJobsClient(conn), jobs.NewQueuesClient(conn)
	if _, err := queues.Create(ctx, jobs.Queue{Name: "nightly", Needs: rapace.NewSet("disk"), Concurrency: 2}); err != nil {
		return err
	}
	spec := jobs.JobSpec{
		Name:     "backup",
		Queue:    "nightly",
		Payload:  jobs.PayloadCommand{Program: "tar", Args: []string{"czf", "all.tgz"}},
		Priority: jobs.PriorityNormal,
		Labels:   map[string]string{"team": "storage"},
	}
	id, err := client.Submit(ctx, spec)
	if err != nil {
		return err
	}
	fmt.Println("submitted")
	if err := work(ctx, conn); err != nil {
		return err
	}
	if err := look(ctx, client, id); err != nil {
		return err
	}
	spec.Queue = "weekly"
	_, err = client.Submit(ctx, spec)
	var unknown jobs.JobErrorUnknownQueue
	if !errors.As(err, &unknown) {
		return err
	}
	fmt.Println("no queue", unknown.Value)
	return nil
}

// work does what a worker does.
func work(ctx context.Context, conn *rapace.Conn) error {
	client, workers := jobs.NewJobsClient(conn), jobs.NewWorkersClient(conn)
	leased, err := workers.Lease(ctx, "w1", rapace.NewSet("disk", "gpu"), 10)
	if err != nil {
		return err
	}
	for _, job := range leased {
		fmt.Println("leased", job.Spec.Name)
		if _, err := client.PutArtifact(ctx, job.ID, "log", []byte("all is well")); err != nil {
			return err
		}
		if _, err := workers.Finish(ctx, job.ID, jobs.FinishDone{}); err != nil {
			return err
		}
	}
	return workers.NotifyHeartbeat(ctx, "w1")
}

// look prints what has become of a job.
func look(ctx context.Context, client jobs.JobsClient, id jobs.JobID) error {
	for event, err := range client.Watch(ctx, id) {
		if err != nil {
			return err
		}
		fmt.Printf("event %d at %s\n", event.Number, event.At.Format(time.DateTime))
	}
	queue, low := "nightly", jobs.PriorityLow
	page, err := client.List(ctx, jobs.Filter{Queue: &queue, AtLeast: &low}, 0, 10)
	if err != nil {
		return err
	}
	fmt.Printf("%d job, its log has %d bytes\n", page.Total, page.Items[0].Artifacts["log"])
	return nil
}
