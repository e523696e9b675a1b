package presented

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"rapace"
	"rapace-codecs/check"
)

// table fails as each text says.
type table struct {
	UnimplementedJobs
	failure error
}

var sample = Job{
	ID:       JobID{15: 1},
	Created:  time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC),
	Deadline: rapace.Ptr(time.Unix(1, 2).UTC()),
	Elapsed:  1500 * time.Microsecond,
	Link:     "https://example.com/a?b#c",
	Price:    "12.50",
	Queue:    "fast",
	Serial:   Serial{0: 0xab},
	Trace:    Trace{1: 0xcd},
	Count:    1 << 40,
	Shift:    -3,
	Tags:     Tags{"a"},
	Links:    map[Trace][]Created{{2: 1}: {time.Unix(7, 0).UTC()}},
}

func (t table) Submit(_ context.Context, job Job) (JobID, error) {
	if !reflect.DeepEqual(job, sample) {
		return JobID{}, fmt.Errorf("%+v came", job)
	}
	return job.ID, t.failure
}
func (t table) Cancel(context.Context, JobID) error { return t.failure }
func (t table) Note(context.Context, string) error  { return t.failure }
func (t table) Flip(context.Context) error          { return t.failure }
func (t table) Watch(context.Context, JobID) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		_ = yield(1, nil) && yield(0, t.failure) && yield(2, nil)
	}
}
func (t table) At(_ context.Context, created Created, every Elapsed) (Deadline, error) {
	return created.Add(every), nil
}

func client(t *testing.T, failure error) JobsClient {
	conn := rapace.NewHost(ServeJobs(table{failure: failure})).MemoryConn()
	t.Cleanup(func() { _ = conn.Close() })
	return NewJobsClient(conn)
}

// A failure that a handler returns is the error that the caller gets, of the same type and with the same fields.
func TestFailuresTravelAsErrors(t *testing.T) {
	ctx := t.Context()
	for _, failure := range []error{
		JobErrorUnknownQueue{Queue: "slow"},
		JobErrorRejected{Error_: "no", Token: "hidden"},
		fmt.Errorf("wrapped: %w", JobErrorFull{}),
	} {
		var want, got JobError
		_, err := client(t, failure).Submit(ctx, sample)
		if !errors.As(failure, &want) || !errors.As(err, &got) || got != want {
			t.Errorf("%v came as %v", failure, err)
		}
		if strings.Contains(err.Error(), "hidden") {
			t.Error(err)
		}
	}
	_, err := client(t, JobErrorUnknownQueue{Queue: "slow"}).Submit(ctx, sample)
	var unknown JobErrorUnknownQueue
	if !errors.As(err, &unknown) || unknown.Queue != "slow" || err.Error() != "JobErrorUnknownQueue{Queue:slow}" {
		t.Error(err)
	}
	for want, call := range map[error]func(JobsClient) error{
		CancelErrorUnknown:             func(c JobsClient) error { return c.Cancel(ctx, JobID{}) },
		NoteOutcomeFailed{Value: "no"}: func(c JobsClient) error { return c.Note(ctx, "") },
		FlipOutcomeNo:                  func(c JobsClient) error { return c.Flip(ctx) },
	} {
		if err := call(client(t, want)); err != want {
			t.Errorf("%v came as %v", want, err)
		}
		if err := call(client(t, nil)); err != nil {
			t.Error(err)
		}
		// Any other error fails the call.
		err := call(client(t, rapace.Errorf(rapace.CodeNotFound, "gone")))
		if rapace.CodeOf(err) != rapace.CodeNotFound {
			t.Error(err)
		}
	}
}

func TestFailuresAreItemsOfStreams(t *testing.T) {
	var values []uint64
	var failures []error
	for value, err := range client(t, Failure{Code: 7}).Watch(t.Context(), JobID{}) {
		if err != nil {
			failures = append(failures, err)
		} else {
			values = append(values, value)
		}
	}
	if fmt.Sprint(values) != "[1 2]" || len(failures) != 1 || failures[0] != (Failure{Code: 7}) {
		t.Error(values, failures)
	}
}

func TestKnownTypesTravel(t *testing.T) {
	if id, err := client(t, nil).Submit(t.Context(), sample); id != sample.ID || err != nil {
		t.Error(id, err)
	}
	at, err := client(t, nil).At(t.Context(), sample.Created.In(time.FixedZone("x", 3600)), time.Second)
	if !at.Equal(sample.Created.Add(time.Second)) || err != nil {
		t.Error(at, err)
	}
	const want = "created: the time has a part of less than 1ms: truncate it"
	_, err = client(t, nil).At(t.Context(), sample.Created.Add(1), 0)
	var refused *rapace.EncodeError
	if !errors.As(err, &refused) || refused.Error() != "cannot encode "+want {
		t.Error(err)
	}
	if got := fmt.Sprint(sample.ID, sample.Serial, sample.Price); got != "00000000-0000-0000-0000-000000000001 ab000000-0000-0000-0000-000000000000[redacted]" {
		t.Error(got)
	}
	if id, err := ParseJobID(sample.ID.String()); id != sample.ID || err != nil {
		t.Error(id, err)
	}
}

func TestKnownTypesAreChecked(t *testing.T) {
	link := check.ByValue(encodeLink, decodeLink)
	link.BothWays(t, "http://a/", "\x09http://a/")
	link.RefusesToEncode(t, "a", "", "the text is no absolute URL")
	link.RefusesToDecode(t, "\x01a", 0, "", "the text is no absolute URL")
	check.ByValue(encodeDeadline, decodeDeadline).RefusesToDecode(t, strings.Repeat("\xff", 9)+"\x01", 0, "", "the time is beyond those of Go")
}

// The form is that of what is on the wire.
func TestKnownTypesInJSON(t *testing.T) {
	text, err := json.Marshal(sample)
	var back Job
	if err := errors.Join(err, json.Unmarshal(text, &back)); err != nil || !reflect.DeepEqual(back, sample) {
		t.Fatal(back, err)
	}
	for _, want := range []string{
		`"created":"1767323045678"`, `"deadline":{"some":"1000000002"}`, `"elapsed":1500`, `"price":"12.50"`, `"count":"1099511627776"`,
		`"serial":"227297987279220614266551007307938922496"`, `"trace":"00cd0000-0000-0000-0000-000000000000"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	wrong := strings.Replace(string(text), `"price":"12.50"`, `"price":"much"`, 1)
	var refused *rapace.JSONError
	if err := json.Unmarshal([]byte(wrong), &back); !errors.As(err, &refused) || refused.Error() != "price: the text is no decimal number" {
		t.Error(err)
	}
	failure, err := json.Marshal(JobError(JobErrorRejected{"no", "shown"}))
	if string(failure) != `{"Rejected":{"error":"no","token":"shown"}}` || err != nil {
		t.Error(string(failure), err)
	}
	if back, err := UnmarshalJobErrorJSON(failure); back != (JobErrorRejected{"no", "shown"}) || err != nil {
		t.Error(back, err)
	}
	var full JobErrorFull
	if err := json.Unmarshal(failure, &full); err == nil || !strings.Contains(err.Error(), "expected presented.JobErrorFull, got presented.JobErrorRejected") {
		t.Error(err)
	}
}
