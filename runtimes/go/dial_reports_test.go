package rapace

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A server that accepts and closes is not dialled more and more often: the backoff is forgotten when a connection has
// proved its worth, not when it was made.
func TestReportBackoffGrowsWhereConnectionsAreClosedAtOnce(t *testing.T) {
	var accepted atomic.Int64
	s := startServer(t, func(p *peer) {
		accepted.Add(1)
		p.socket.Close()
	})
	conn := s.dial(WithReconnect(Reconnect{Initial: 20 * time.Millisecond, Max: time.Hour}))
	time.Sleep(1500 * time.Millisecond)
	// Half of 20, 40, 80 ms and so on come to 1.5 s after about 7; without a backoff they would be 150.
	if got := accepted.Load(); got > 25 {
		t.Errorf("dialled %d times in 1.5 s", got)
	}
	_, err := echo(t.Context(), NewClient(conn, WithTimeout(20*time.Millisecond)), 1)
	wantError(t, err, CodeDeadlineExceeded, "the connection is down, after ")
	if !strings.Contains(err.Error(), "the server closed the connection") || strings.Contains(err.Error(), "no answer") {
		t.Errorf("error %v does not say why", err)
	}
}

// Connections that are closed at once are failed attempts.
func TestReportAttemptsEndWhereConnectionsAreClosedAtOnce(t *testing.T) {
	var told history
	s := startServer(t, func(p *peer) { p.socket.Close() })
	s.dial(told.option(), WithReconnect(Reconnect{Initial: time.Millisecond, Max: time.Millisecond, Attempts: 3}))
	states := told.wait(t, 9)
	want := "closed: Unavailable: 3 attempts to reconnect have failed: Unavailable: the server closed the connection"
	if got := states[len(states)-1]; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// An answer begins a new row of attempts, and so does a life of some seconds.
func TestReportBackoffIsForgottenAfterAnAnswer(t *testing.T) {
	s := startServer(t, (*peer).serve)
	conn := s.dial(soon())
	attempts := func() int {
		conn.mu.Lock()
		defer conn.mu.Unlock()
		if len(conn.wires) == 0 {
			return -1
		}
		return conn.attempts
	}
	for i := range 3 {
		if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
			t.Fatalf("%d, %v", got, err)
		}
		if got := attempts(); got != min(i, 1) {
			t.Errorf("%d attempts are remembered, want the last at most", got)
		}
		before := conn.firstWire()
		s.cut()
		until(t, "it is up again", func() bool { l := conn.firstWire(); return l != nil && l != before })
	}
	l := &wire{}
	for age, want := range map[time.Duration]bool{provenLife - time.Second: false, provenLife: true} {
		if l.began = time.Now().Add(-age); l.proven() != want {
			t.Errorf("proven after %v: %v", age, !want)
		}
	}
}

// While the connection is down, a call's error says so and why, however its time is bounded.
func TestReportACallSaysThatTheConnectionIsDown(t *testing.T) {
	s := startServer(t, (*peer).serve)
	conn := s.dial(soon())
	s.stop()
	until(t, "an attempt has failed", func() bool {
		conn.mu.Lock()
		defer conn.mu.Unlock()
		return conn.attempts > 1
	})
	short := NewClient(conn, WithTimeout(20*time.Millisecond))
	_, byTimeout := echo(t.Context(), short, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, byContext := echo(ctx, NewClient(conn), 1)
	var byStream error
	for _, err := range count(t.Context(), short) {
		byStream = err
	}
	for name, err := range map[string]error{"timeout": byTimeout, "context": byContext, "stream": byStream} {
		wantError(t, err, CodeDeadlineExceeded, "the connection is down, after ")
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "no answer") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// firstWire returns the first wire that is up, or nil.
func (c *Conn) firstWire() *wire {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wires) == 0 {
		return nil
	}
	return c.wires[0]
}

// fakeSocket counts those that are open.
type fakeSocket struct {
	net.Conn
	name string
	open *atomic.Int64
}

func (f *fakeSocket) Close() error { f.open.Add(-1); return nil }

// While the first address is silent, the next is tried.
func TestReportDiallingTriesTheNextAddress(t *testing.T) {
	const period = 20 * time.Millisecond
	var open atomic.Int64
	var tried sync.Map
	dial := func(ctx context.Context, name string) (net.Conn, error) {
		tried.Store(name, true)
		switch name[:4] {
		case "dead":
			return nil, errors.New(name)
		case "mute":
			<-ctx.Done()
			return nil, ctx.Err()
		}
		open.Add(1)
		return &fakeSocket{name: name, open: &open}, nil
	}
	for _, test := range []struct {
		names []string
		found string
		err   string
	}{
		{[]string{"live"}, "live", ""},
		{[]string{"mute", "live"}, "live", ""},
		{[]string{"mute", "mute2", "dead", "live", "live2"}, "live", ""},
		{[]string{"dead", "live"}, "live", ""},
		{[]string{"dead1", "dead2"}, "", "dead1"},
		{[]string{"mute", "dead"}, "", "dead"},
	} {
		before := runtime.NumGoroutine()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		socket, err := firstOf(ctx, test.names, period, dial)
		cancel()
		if test.err != "" && (err == nil || err.Error() != test.err || socket != nil) {
			t.Errorf("%v: error %v", test.names, err)
		}
		if test.found != "" {
			if one, ok := socket.(*fakeSocket); !ok || one.name != test.found || err != nil {
				t.Errorf("%v: %v, %v", test.names, socket, err)
			} else {
				one.Close()
			}
		}
		if open.Load() != 0 {
			t.Errorf("%v: %d sockets are left", test.names, open.Load())
		}
		until(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
	}
	if _, ok := tried.Load("live2"); ok {
		t.Error("another address was dialled although one was reached")
	}
}

// Both families are tried in turn, the resolver's first one first.
func TestReportAddressesAlternate(t *testing.T) {
	parse := func(texts ...string) (addresses []netip.Addr) {
		for _, text := range texts {
			addresses = append(addresses, netip.MustParseAddr(text))
		}
		return addresses
	}
	for _, test := range [][2][]netip.Addr{
		{parse("::1", "::2", "1.1.1.1", "2.2.2.2"), parse("::1", "1.1.1.1", "::2", "2.2.2.2")},
		{parse("::ffff:1.1.1.1", "2.2.2.2", "::1"), parse("1.1.1.1", "::1", "2.2.2.2")},
	} {
		got := alternating(test[0])
		for i := range got {
			if got[i] != test[1][i] {
				t.Errorf("%v became %v, want %v", test[0], got, test[1])
				break
			}
		}
	}
	// A name, which the system resolves.
	s := startServer(t, (*peer).serve)
	_, port, _ := net.SplitHostPort(s.address)
	conn, err := Dial(t.Context(), "tcp://localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// A pool never has more connections than its size, also while some are lost and it reconnects.
func TestReportAPoolNeverOpensMoreThanItsSize(t *testing.T) {
	var open, most atomic.Int64
	dialer := func(ctx context.Context, network, address string) (net.Conn, error) {
		now := open.Add(1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		socket, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			open.Add(-1)
			return nil, err
		}
		return &countedSocket{Conn: socket, open: &open}, nil
	}
	s := startServer(t, (*peer).serveSlowly)
	for range 10 {
		conn := s.dial(WithPool(2), soon(), WithDialer(dialer))
		var group sync.WaitGroup
		for i := range uint32(16) {
			group.Go(func() {
				_, _ = echo(t.Context(), NewClient(conn), i)
				if i%8 == 0 {
					s.cut()
				}
				_, _ = echo(t.Context(), NewClient(conn), i)
			})
		}
		group.Wait()
		conn.Close()
	}
	if most.Load() > 2 || open.Load() != 0 {
		t.Errorf("%d connections at once, want 2; %d are left", most.Load(), open.Load())
	}
}

// countedSocket counts until it is closed, or is of no use: a pool opens another connection before it closes that one.
type countedSocket struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *countedSocket) over() { c.once.Do(func() { c.open.Add(-1) }) }

func (c *countedSocket) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.over()
	}
	return n, err
}

func (c *countedSocket) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if err != nil {
		c.over()
	}
	return n, err
}

func (c *countedSocket) Close() error {
	c.over()
	return c.Conn.Close()
}

// Closing a pool that is opening a connection leaves nothing.
func TestReportClosingAPoolHalfWayLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	s := startServer(t, func(p *peer) { p.receive() })
	var dialling atomic.Int64
	conn := s.dial(WithPool(4))
	conn.options.dialer = func(ctx context.Context, _, _ string) (net.Conn, error) {
		dialling.Add(1)
		defer dialling.Add(-1)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			_, err := echo(t.Context(), NewClient(conn), 1)
			wantError(t, err, CodeUnavailable, "connection closed")
		})
	}
	until(t, "three are being opened", func() bool { return dialling.Load() == 3 })
	conn.Close()
	if got := dialling.Load(); got != 0 {
		t.Errorf("%d are being dialled", got)
	}
	group.Wait()
	s.stop()
	until(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before+1 })
}

// A server that closes all but the first connection of a pool is not dialled for every call.
func TestReportAPoolDoesNotDialAgainAtOnce(t *testing.T) {
	var accepted atomic.Int64
	s := startServer(t, func(p *peer) {
		if accepted.Add(1) > 1 {
			p.socket.Close()
			return
		}
		p.serveSlowly()
	})
	conn := s.dial(WithPool(4), WithReconnect(Reconnect{Initial: 10 * time.Second, Max: time.Minute}))
	var group sync.WaitGroup
	for i := range uint32(30) {
		group.Go(func() {
			for range 3 {
				_, _ = echo(t.Context(), NewClient(conn), i)
			}
		})
	}
	group.Wait()
	if got := accepted.Load(); got > 20 {
		t.Errorf("dialled %d times for 90 calls", got)
	}
}
