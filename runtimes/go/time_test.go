package rapace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"
)

func TestCancelAndTimeout(t *testing.T) {
	conn, peer := connect(t, "tcp")
	client := NewClient(conn, WithTimeout(20*time.Millisecond))
	cause := errors.New("the cause")
	cancelled := func() context.Context {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(20*time.Millisecond, func() { cancel(cause) })
		return ctx
	}
	soon := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	for _, test := range []struct {
		ctx    func() context.Context
		client *Client
		code   Code
		is     []error
		reason cancelReason
	}{
		{cancelled, NewClient(conn), CodeCancelled, []error{context.Canceled, cause}, cancelledByClient},
		{soon, NewClient(conn), CodeDeadlineExceeded, []error{context.DeadlineExceeded}, cancelledByDeadline},
		{t.Context, client, CodeDeadlineExceeded, []error{context.DeadlineExceeded}, cancelledByDeadline},
	} {
		var channel uint32
		wait := inBackground(t, func() {
			channel = peer.receive().channel
			if f := peer.receive(); f.method != controlCancelChannel || f.payload[2] != byte(test.reason) {
				t.Errorf("method %d, payload % x, want CancelChannel", f.method, f.payload)
			}
		})
		_, err := echo(test.ctx(), test.client, 1)
		for _, is := range test.is {
			if !errors.Is(err, is) {
				t.Errorf("error %v is not %v", err, is)
			}
		}
		var failed *Error
		if !errors.As(err, &failed) || failed.Code != test.code || failed.Remote || failed.Method != "Echo.echo" {
			t.Errorf("error %#v", err)
		}
		wait()
		// The late answer is nobody's; the next call gets its own.
		wait = inBackground(t, func() {
			next := peer.receive()
			peer.send(channel, flagData|flagEOS, "\x63")
			peer.send(next.channel, flagData|flagEOS, string(next.payload))
		})
		if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
			t.Errorf("the next call: %d, %v", got, err)
		}
		wait()
	}
}

// A call's time is its own, whatever others were given before it.
func TestTimeoutsOfAllLengths(t *testing.T) {
	conn, peer := connect(t, "tcp")
	go func() { _, _ = io.Copy(io.Discard, peer.socket) }()
	timeouts := []time.Duration{time.Hour, 300, 20, 150, 60, 20, 500, 90}
	start := time.Now()
	var group sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	for _, timeout := range timeouts {
		if timeout < time.Hour {
			timeout *= time.Millisecond
		}
		group.Go(func() {
			began := time.Now()
			_, err := echo(ctx, NewClient(conn, WithTimeout(timeout)), 1)
			if timeout == time.Hour {
				wantError(t, err, CodeCancelled, "")
				return
			}
			wantError(t, err, CodeDeadlineExceeded, fmt.Sprintf("no answer within %v", timeout))
			if took := time.Since(began); took < timeout || took > timeout+2*time.Second {
				t.Errorf("a timeout of %v took %v", timeout, took)
			}
		})
		time.Sleep(time.Millisecond)
	}
	for time.Since(start) < 600*time.Millisecond {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	group.Wait()
	// Nothing is left to wait for, so nothing is waited for.
	conn.only.mu.Lock()
	defer conn.only.mu.Unlock()
	if conn.only.session.inFlight() != 0 {
		t.Errorf("%d calls are left", conn.only.session.inFlight())
	}
}

// The idle time-out of a stream is that of each item, and does not run while the reader does something else.
func TestIdleTimeoutOfEachItem(t *testing.T) {
	conn, peer := connect(t, "tcp")
	go func() {
		channel := peer.receive().channel
		for range 4 {
			time.Sleep(200 * time.Millisecond)
			peer.send(channel, flagData, "\x05")
		}
	}()
	items := 0
	var last error
	for item, err := range count(t.Context(), NewClient(conn, WithIdleTimeout(500*time.Millisecond))) {
		if last = err; err != nil {
			break
		}
		if item != 5 {
			t.Errorf("item %d", item)
		}
		if items++; items == 2 {
			time.Sleep(700 * time.Millisecond)
		}
	}
	wantError(t, last, CodeDeadlineExceeded, "no item within 500ms, the time of WithIdleTimeout")
	if items != 4 {
		t.Errorf("%d items, want 4", items)
	}
}

func TestManyTimeoutsAtOnce(t *testing.T) {
	conn, peer := connect(t, "tcp")
	go func() { _, _ = io.Copy(io.Discard, peer.socket) }()
	client := NewClient(conn, WithTimeout(50*time.Millisecond))
	start := time.Now()
	var group sync.WaitGroup
	for range 10_000 {
		group.Go(func() {
			_, err := echo(t.Context(), client, 1)
			wantError(t, err, CodeDeadlineExceeded, "")
		})
	}
	group.Wait()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the calls took %v", took)
	}
}
