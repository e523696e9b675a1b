package rapace

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"
)

// serveSlowly answers one request after another, each after a while, as plain servers do.
func (p *peer) serveSlowly() {
	for {
		f := frame{}
		for ok := false; !ok; {
			var err error
			if f, ok, err = p.frames.next(); err != nil {
				return
			}
			if ok = ok && f.flags&flagControl == 0; ok {
				break
			}
			n, err := p.socket.Read(p.frames.space())
			p.frames.advance(n)
			if err != nil {
				return
			}
		}
		payload := string(f.payload)
		time.Sleep(20 * time.Millisecond)
		if _, err := p.socket.Write(frameOf(f.channel, 0, flagData|flagEOS, payload)); err != nil {
			return
		}
	}
}

func TestPool(t *testing.T) {
	var told history
	s := startServer(t, (*peer).serveSlowly)
	conn := s.dial(WithPool(4), told.option())
	client := NewClient(conn)
	// One call after another needs one connection.
	for i := range uint32(3) {
		if got, err := echo(t.Context(), client, i); got != i || err != nil {
			t.Errorf("%d, %v", got, err)
		}
	}
	if got := conn.Stats().Connections; got != 1 {
		t.Errorf("%d connections for one call after another", got)
	}
	var group sync.WaitGroup
	for i := range uint32(20) {
		group.Go(func() {
			if got, err := echo(t.Context(), client, i); got != i || err != nil {
				t.Errorf("%d, %v", got, err)
			}
		})
	}
	group.Wait()
	if got := conn.Stats(); got.Connections != 4 || got.InFlight != 0 || s.connections() != 4 {
		t.Errorf("%+v, the server has %d", got, s.connections())
	}
	for _, l := range conn.wires {
		if got := l.claims.Load(); got != 0 {
			t.Errorf("%d claims are left", got)
		}
	}
	_, err := conn.OpenTunnel(2)
	wantError(t, err, CodeFailedPrecondition, "dial without WithPool")
	conn.Close()
	if got := told.wait(t, 3); len(got) != 3 || got[2] != "closed" {
		t.Errorf("%q: the pool is told of as one connection", got)
	}
	_, err = echo(t.Context(), client, 1)
	wantError(t, err, CodeUnavailable, "connection closed")
}

// A call that another connection cannot be opened for waits on the one there is.
func TestPoolWithoutRoom(t *testing.T) {
	s := startServer(t, (*peer).serveSlowly)
	conn := s.dial(WithPool(4))
	s.mu.Lock()
	_ = s.listener.Close()
	s.mu.Unlock()
	var group sync.WaitGroup
	for i := range uint32(5) {
		group.Go(func() {
			if got, err := echo(t.Context(), NewClient(conn), i); got != i || err != nil {
				t.Errorf("%d, %v", got, err)
			}
		})
	}
	group.Wait()
	if got := conn.Stats().Connections; got != 1 {
		t.Errorf("%d connections", got)
	}
}

// What one of the connections had under way fails when it is lost. The whole is lost with the last.
func TestPoolLosesConnections(t *testing.T) {
	var told history
	s := startServer(t, func(p *peer) { p.receive() })
	conn := s.dial(WithPool(2), told.option())
	client := NewClient(conn)
	failures := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := echo(t.Context(), client, 1)
			failures <- err
		}()
	}
	for conn.Stats().InFlight != 2 {
		time.Sleep(time.Millisecond)
	}
	if got := conn.Stats().Connections; got != 2 {
		t.Errorf("%d connections for two calls", got)
	}
	s.mu.Lock()
	s.peers[0].socket.Close()
	s.mu.Unlock()
	wantError(t, <-failures, CodeUnavailable, "the server closed the connection")
	select {
	case err := <-failures:
		t.Errorf("the other call failed too: %v", err)
	case <-time.After(30 * time.Millisecond):
	}
	s.cut()
	wantError(t, <-failures, CodeUnavailable, "the server closed the connection")
	if got := told.wait(t, 3); got[2] != "closed: "+closedByServer {
		t.Errorf("%q", got)
	}
}

// A call that opens a connection does so within its time.
func TestPoolOpensWithinTheCallsTime(t *testing.T) {
	s := startServer(t, func(p *peer) { p.receive() })
	conn := s.dial(WithPool(2))
	go func() { _, _ = echo(t.Context(), NewClient(conn), 1) }()
	for conn.Stats().InFlight == 0 {
		time.Sleep(time.Millisecond)
	}
	stuck := func(ctx context.Context, _, _ string) (socket net.Conn, err error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	conn.options.dialer = stuck
	_, err := echo(t.Context(), NewClient(conn, WithTimeout(20*time.Millisecond)), 1)
	wantError(t, err, CodeDeadlineExceeded, "not sent within 20ms")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err = echo(ctx, NewClient(conn), 1)
	wantError(t, err, CodeCancelled, "")
	wait := inBackground(t, func() {
		_, err := echo(t.Context(), NewClient(conn), 1)
		wantError(t, err, CodeUnavailable, "connection closed")
	})
	time.Sleep(20 * time.Millisecond)
	conn.Close()
	wait()
}

func TestPoolReconnects(t *testing.T) {
	s := startServer(t, (*peer).serve)
	conn := s.dial(WithPool(3), soon())
	client := NewClient(conn)
	for range 5 {
		var group sync.WaitGroup
		for i := range uint32(10) {
			group.Go(func() {
				if got, err := echo(t.Context(), client, i); got != i && err == nil || err != nil && CodeOf(err) != CodeUnavailable {
					t.Errorf("%d, %v", got, err)
				}
			})
		}
		group.Wait()
		s.cut()
	}
	for range 100 {
		if got, err := echo(t.Context(), client, 7); got == 7 && err == nil {
			return
		}
	}
	t.Error("no call succeeds any more")
}

// A connection that has just died leaves room for another, also before it is taken off the list.
func TestPoolCountsConnectionsThatAreUp(t *testing.T) {
	conn := startServer(t, func(p *peer) { p.serve() }).dial(WithPool(2))
	conn.mu.Lock()
	defer conn.mu.Unlock()
	dying := conn.wires[0]
	go dying.fail(localError(CodeUnavailable, ErrClosed))
	<-dying.dead
	if best, _, up := conn.leastBusy(); best != nil || up != 0 || len(conn.wires) != 1 {
		t.Errorf("%v is up, %d in all, of %d", best, up, len(conn.wires))
	}
}
