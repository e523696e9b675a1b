package rapace

import (
	"context"
	"testing"
	"time"
)

func notify(ctx context.Context, client *Client, value uint32) error {
	return Notify(ctx, client, &echoMethod, func(e *Encoder) error {
		if e.Collects() {
			return e.Collect(value)
		}
		e.U32(value)
		return nil
	})
}

func TestNotify(t *testing.T) {
	conn, peer := connect(t, "tcp")
	client := NewClient(conn)
	if err := notify(t.Context(), client, 5); err != nil {
		t.Fatal(err)
	}
	f := peer.receive()
	if f.channel != 0 || f.method != echoMethod.ID || f.flags != flagData|flagEOS|flagNoReply || string(f.payload) != "\x05" || f.message != 1 {
		t.Errorf("sent %+v", f)
	}
	// A plain server answers nevertheless.
	wait := inBackground(t, func() {
		peer.send(0, flagData|flagEOS, "")
		peer.send(0, flagError|flagEOS, errorPayload(4, 2, "no"))
		f := peer.receive()
		if f.channel != 1 {
			t.Errorf("the next call is on channel %d, want 1", f.channel)
		}
		peer.send(f.channel, flagData|flagEOS, "\x09")
	})
	if got, err := echo(t.Context(), client, 9); got != 9 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	wait()
	if stats := conn.Stats(); stats.InFlight != 0 {
		t.Errorf("%d calls are left", stats.InFlight)
	}
}

// A notification that was sent is not lost by closing at once.
func TestNotifyIsWrittenWhenItReturns(t *testing.T) {
	for range 100 {
		conn, peer := connect(t, "tcp")
		if err := notify(t.Context(), NewClient(conn), 7); err != nil {
			t.Fatal(err)
		}
		conn.Close()
		if f := peer.receive(); string(f.payload) != "\x07" {
			t.Fatalf("% x came", f.payload)
		}
	}
}

func TestNotifyFails(t *testing.T) {
	conn, _ := connect(t, "pipe")
	wantError(t, notify(t.Context(), NewClient(conn, WithTimeout(20*time.Millisecond)), 7), CodeDeadlineExceeded, "Echo.echo")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	wantError(t, notify(ctx, NewClient(conn), 7), CodeCancelled, "")
	time.AfterFunc(20*time.Millisecond, func() { conn.Close() })
	wantError(t, notify(t.Context(), NewClient(conn), 7), CodeUnavailable, "connection closed")
	wantError(t, notify(t.Context(), NewClient(conn), 7), CodeUnavailable, "connection closed")
}

func TestMaxCalls(t *testing.T) {
	conn, peer := connect(t, "tcp", WithLimits(Limits{MaxCalls: 2}))
	client := NewClient(conn)
	wait := inBackground(t, func() { _, _ = echo(t.Context(), client, 1) })
	first := peer.receive()
	tunnel, err := conn.OpenTunnel(2)
	if err != nil {
		t.Fatal(err)
	}
	const message = "2 calls are in flight, the limit of a connection is 2"
	_, err = echo(t.Context(), client, 2)
	wantError(t, err, CodeResourceExhausted, message)
	for _, err := range count(t.Context(), client) {
		wantError(t, err, CodeResourceExhausted, message)
	}
	_, err = conn.OpenTunnel(4)
	wantError(t, err, CodeResourceExhausted, message)
	tunnel.Close()
	peer.send(first.channel, flagData|flagEOS, "\x01")
	wait()
	// The tunnel's end and nothing of those that failed.
	if f := peer.receive(); f.channel != 2 || f.flags != flagData|flagEOS {
		t.Errorf("sent %+v", f)
	}
	go peer.serve()
	if got, err := echo(t.Context(), client, 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}
