package rapace

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const closedByServer = "Unavailable: the server closed the connection"

func soon() ConnOption {
	return WithReconnect(Reconnect{Initial: time.Millisecond, Max: 5 * time.Millisecond})
}

func TestStates(t *testing.T) {
	var told history
	s := startServer(t, (*peer).serve)
	conn := s.dial(told.option())
	conn.Close()
	if got, want := told.wait(t, 3), []string{"connecting", "connected", "closed"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}

	told = history{}
	conn = s.dial(told.option())
	if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
		t.Fatalf("%d, %v", got, err)
	}
	s.cut()
	told.wait(t, 3)
	conn.Close()
	if got, want := told.wait(t, 3), []string{"connecting", "connected", "closed: " + closedByServer}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}

	// The first connect fails as without any option.
	s.stop()
	told = history{}
	_, err := Dial(t.Context(), "tcp://"+s.address, told.option(), soon())
	wantError(t, err, CodeUnavailable, "connection refused")
	if got := told.wait(t, 2); got[0] != "connecting" || !strings.HasPrefix(got[1], "closed: Unavailable: dial tcp") || len(got) != 2 {
		t.Errorf("%q", got)
	}
}

// States are logged, and nothing that was sent is.
func TestLogging(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := startServer(t, (*peer).serve)
	conn := s.dial(WithLogger(logger))
	_, err := Call(t.Context(), NewClient(conn), &echoMethod, func(e *Encoder) error { return e.String("a secret") }, decodeU32)
	wantError(t, err, CodeInternal, "")
	conn.Close()
	for _, want := range []string{"rapace: connecting", "rapace: connected", "rapace: closed", s.address} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in the log:\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "secret") {
		t.Errorf("the log has a payload:\n%s", log.String())
	}
}

func TestReconnect(t *testing.T) {
	var told history
	hold := make(chan struct{})
	var held atomic.Bool
	s := startServer(t, func(p *peer) {
		if !held.Swap(true) {
			p.receive()
			p.receive()
			close(hold)
			return
		}
		p.serve()
	})
	conn := s.dial(told.option(), soon())
	client := NewClient(conn)
	// What is in flight fails at once.
	failures := make(chan error, 2)
	go func() {
		_, err := echo(t.Context(), client, 1)
		failures <- err
	}()
	go func() {
		for _, err := range count(t.Context(), client) {
			failures <- err
		}
	}()
	<-hold
	s.stop()
	for range 2 {
		err := <-failures
		wantError(t, err, CodeUnavailable, "the server closed the connection")
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error %v has another cause", err)
		}
	}
	// What comes later waits for the connection, within its time.
	_, err := echo(t.Context(), NewClient(conn, WithTimeout(30*time.Millisecond)), 2)
	wantError(t, err, CodeDeadlineExceeded, "not sent within 30ms: the connection is down, after ")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = echo(ctx, client, 2)
	wantError(t, err, CodeDeadlineExceeded, "")
	time.AfterFunc(20*time.Millisecond, s.start)
	if got, err := echo(t.Context(), client, 3); got != 3 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	conn.Close()
	_, err = echo(t.Context(), client, 4)
	if !errors.Is(err, ErrClosed) {
		t.Errorf("error %v is not ErrClosed", err)
	}
	states := told.wait(t, 6)
	if want := []string{"connecting", "connected", "disconnected: " + closedByServer, "connecting"}; !slices.Equal(states[:4], want) {
		t.Errorf("%q, want %q", states[:4], want)
	}
	for i, state := range states[4:] {
		// Attempts that fail are told, and the one that does not.
		failed := strings.HasPrefix(state, "disconnected: Unavailable: dial tcp")
		want := []string{"connecting", "connected", "closed"}
		if !failed && !slices.Contains(want, state) || i == len(states[4:])-1 && state != "closed" {
			t.Errorf("%q", states)
		}
	}
}

// An idempotent call is sent again, once for each loss. Others and streams are not.
func TestIdempotentCallsAreSentAgain(t *testing.T) {
	var requests atomic.Int64
	s := startServer(t, func(p *peer) {
		f := p.receive()
		if requests.Add(1) < 3 {
			p.socket.Close()
			return
		}
		p.send(f.channel, flagData|flagEOS, string(f.payload))
		p.serve()
	})
	conn := s.dial(soon())
	client := NewClient(conn)
	idempotent := Method{Name: "Echo.echo", ID: 7, Idempotent: true}
	got, err := Call(t.Context(), client, &idempotent, func(e *Encoder) error { e.U32(5); return nil }, decodeU32)
	if got != 5 || err != nil || requests.Load() != 3 {
		t.Errorf("%d, %v after %d requests", got, err, requests.Load())
	}
	requests.Store(0)
	s.cut()
	_, err = echo(t.Context(), client, 5)
	for CodeOf(err) == CodeUnavailable && requests.Load() == 0 {
		// It was sent on the connection that was being cut.
		_, err = echo(t.Context(), client, 5)
	}
	wantError(t, err, CodeUnavailable, "the server closed the connection")
	if requests.Load() != 1 {
		t.Errorf("%d requests", requests.Load())
	}
	for _, err := range Stream(t.Context(), client, &Method{Name: "Echo.count", ID: 8, Idempotent: true}, nil, decodeU32) {
		wantError(t, err, CodeUnavailable, "the server closed the connection")
	}
	if requests.Load() != 2 {
		t.Errorf("%d requests", requests.Load())
	}
}

func TestReconnectingEnds(t *testing.T) {
	var told history
	s := startServer(t, (*peer).serve)
	conn := s.dial(told.option(), WithReconnect(Reconnect{Initial: time.Millisecond, Attempts: 2}))
	s.stop()
	states := told.wait(t, 7)
	last := states[len(states)-1]
	if len(states) != 7 || !strings.HasPrefix(last, "closed: Unavailable: 2 attempts to reconnect have failed: Unavailable: dial tcp") {
		t.Errorf("%q", states)
	}
	_, err := echo(t.Context(), NewClient(conn), 1)
	wantError(t, err, CodeUnavailable, "2 attempts to reconnect have failed")
	var refused *net.OpError
	if !errors.As(err, &refused) {
		t.Errorf("error %v has lost its cause", err)
	}
	// Closing while it tries ends that too.
	s.start()
	conn = s.dial(WithReconnect(Reconnect{Initial: time.Hour, Max: time.Hour}))
	s.stop()
	wait := inBackground(t, func() {
		_, err := echo(t.Context(), NewClient(conn), 1)
		if !errors.Is(err, ErrClosed) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error %v", err)
		}
	})
	time.Sleep(20 * time.Millisecond)
	conn.Close()
	wait()
}

func TestPauses(t *testing.T) {
	r := Reconnect{}.withDefaults()
	for failed, most := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond} {
		longest := time.Duration(0)
		for range 1000 {
			pause := r.pause(failed)
			if longest = max(longest, pause); pause < 0 || pause > most {
				t.Errorf("%v after %d failures", pause, failed)
			}
		}
		if longest < most*3/4 {
			t.Errorf("at most %v after %d failures", longest, failed)
		}
	}
	for range 1000 {
		if pause := r.pause(1000); pause > 10*time.Second {
			t.Errorf("%v", pause)
		}
	}
}
