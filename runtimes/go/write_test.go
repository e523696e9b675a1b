package rapace

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"
)

// A peer that does not read holds up no call beyond its time, and leaves no half frame in the way of the next ones.
func TestPeerThatDoesNotRead(t *testing.T) {
	conn, peer := connect(t, "pipe", WithLimits(Limits{MaxUnsentBytes: 10_000}))
	client := NewClient(conn, WithTimeout(50*time.Millisecond))
	start := time.Now()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := Call(t.Context(), client, &echoMethod, func(e *Encoder) error {
				e.Bytes(make([]byte, 3000))
				return nil
			}, decodeU32)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		})
	}
	group.Wait()
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the calls took %v", took)
	}
	conn.only.mu.Lock()
	if len(conn.only.unsent) > 10_000 {
		t.Errorf("%d bytes wait to be sent", len(conn.only.unsent))
	}
	conn.only.mu.Unlock()
	go peer.serve()
	if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

// What the socket does not take is unsent as much as what waits for it. A call waits while there is too much of both,
// however small it is; otherwise it is sent, however large it is.
func TestUnsentBytes(t *testing.T) {
	conn, peer := connect(t, "pipe", WithLimits(Limits{MaxUnsentBytes: 10_000}))
	opened := func() int {
		conn.only.mu.Lock()
		defer conn.only.mu.Unlock()
		return conn.only.session.inFlight()
	}
	var group sync.WaitGroup
	call := func(bytes int) {
		want := opened() + 1
		group.Go(func() {
			_, err := Call(t.Context(), NewClient(conn), &echoMethod, func(e *Encoder) error {
				e.Raw(make([]byte, bytes))
				return nil
			}, decodeU32)
			if CodeOf(err) != CodeInternal {
				t.Errorf("error %v, want one of trailing bytes", err)
			}
		})
		for opened() != want {
			runtime.Gosched()
		}
	}
	call(6_000)
	call(9_000)
	_, err := echo(t.Context(), NewClient(conn, WithTimeout(30*time.Millisecond)), 1)
	wantError(t, err, CodeDeadlineExceeded, "")
	if got := opened(); got != 2 || conn.only.session.lastMessage != 2 {
		t.Errorf("%d calls were opened, %d frames made, want 2", got, conn.only.session.lastMessage)
	}
	go peer.serve()
	group.Wait()
	if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

// One long stream must not hold its memory for good.
func TestBuffersOfAReleasedCallAreBounded(t *testing.T) {
	conn, _ := connect(t, "pipe")
	x := begin(serverStreaming, &echoMethod, &NewClient(conn).settings)
	for range 1 << 17 {
		x.put(nil)
	}
	x.release()
	if got := cap(x.inbox.ends); got > keepItems {
		t.Errorf("room for %d items is kept", got)
	}
}
