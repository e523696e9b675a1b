package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	workload "rapacebenchmarks"
)

// inFlight is how many calls are under way at once, on one connection.
const inFlight = 64

// service is the part of the service that is called.
type service interface {
	small(context.Context) error
	blob(context.Context) error
}

// What is sent, and has to come back.
var (
	smallValue = workload.Small{Latitude: 47.37, Longitude: 8.54, Sensor: "abcdefgh", Count: 1_000}
	blobValue  = bytes.Repeat([]byte{0x5a, 0xff, 0x00, 0x17}, 256)
)

var errAnswer = errors.New("the answer is not what was sent")

// callers connect to the server that an environment variable names.
var callers = map[string]struct {
	address string
	connect func(address string) (service, error)
}{
	"rapace":       {"BENCH_RAPACE", connectRapace},
	"rapace-stock": {"BENCH_STOCK", connectRapace},
	"grpc-go":      {"BENCH_GRPC", connectGRPC},
	"connect-go":   {"BENCH_GRPC", connectConnect},
	"drpc":         {"", connectDRPC},
}

func measureRPC(library string, budget time.Duration) error {
	if library == "raw" {
		return measureRaw(os.Getenv("BENCH_ECHO"), budget)
	}
	caller, ok := callers[library]
	if !ok {
		return fmt.Errorf("there is no library %q", library)
	}
	s, err := caller.connect(os.Getenv(caller.address))
	if err != nil {
		return err
	}
	for _, method := range []struct {
		name string
		call func(context.Context) error
	}{{"small", s.small}, {"blob", s.blob}} {
		sequential, err := oneByOne(method.call, budget)
		if err != nil {
			return fmt.Errorf("%s: %w", method.name, err)
		}
		report(method.name, "sequential", sequential)
		if library == "rapace-stock" {
			continue
		}
		wall, cpu, err := atOnce(method.call, budget)
		if err != nil {
			return fmt.Errorf("%s: %w", method.name, err)
		}
		report(method.name, "in_flight_64", wall)
		report(method.name, "cpu", cpu)
	}
	return nil
}

// oneByOne returns how long the call in the middle takes.
func oneByOne(call func(context.Context) error, budget time.Duration) (float64, error) {
	ctx := context.Background()
	var took []float64
	// On a busy machine the budget may be over before a call was counted.
	for start, warm := time.Now(), budget/5; len(took) == 0 || time.Since(start) < warm+budget; {
		begin := time.Now()
		if err := call(ctx); err != nil {
			return 0, err
		}
		if begin.Sub(start) > warm {
			took = append(took, float64(time.Since(begin)))
		}
	}
	return middle(took), nil
}

// atOnce returns the time and the processor time for each of many calls.
func atOnce(call func(context.Context) error, budget time.Duration) (wall, cpu float64, err error) {
	var calls atomic.Int64
	var failed atomic.Pointer[error]
	var done atomic.Bool
	var workers sync.WaitGroup
	for range inFlight {
		workers.Go(func() {
			ctx := context.Background()
			for !done.Load() {
				if err := call(ctx); err != nil {
					failed.Store(&err)
					return
				}
				calls.Add(1)
			}
		})
	}
	time.Sleep(budget / 5)
	before, start, cpuBefore := calls.Load(), time.Now(), processTime()
	time.Sleep(budget)
	for calls.Load() == before && failed.Load() == nil {
		time.Sleep(time.Millisecond)
	}
	count, took, cpuTook := calls.Load()-before, time.Since(start), processTime()-cpuBefore
	done.Store(true)
	workers.Wait()
	if err := failed.Load(); err != nil {
		return 0, 0, *err
	}
	return float64(took) / float64(count), float64(cpuTook) / float64(count), nil
}

// processTime returns the processor time that this process has used, its kernel's share included.
func processTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
