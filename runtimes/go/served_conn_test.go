package rapace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// tunnelMethod answers with the channel of a tunnel, which echoes.
var tunnelMethod = Method{Name: "Tunnels.echo", ID: 0x201}

func serveTunnels() *Service {
	return NewService("Tunnels", ServedMethod{Method: &tunnelMethod, Serve: func(ctx context.Context, r *Request) error {
		if err := r.Begin(); err != nil {
			return err
		}
		tunnel, err := CallFrom(ctx).OpenTunnel()
		if err == nil {
			go func() {
				_, _ = io.Copy(tunnel, tunnel)
				_ = tunnel.Close()
			}()
		}
		e, err := r.Answer(err)
		if err != nil {
			return err
		}
		e.U32(tunnel.Channel())
		return nil
	}})
}

// A handler opens tunnels, on channels of its side, which outlive the call.
func TestServedTunnels(t *testing.T) {
	conn := NewHost(serveTunnels()).MemoryConn()
	defer conn.Close()
	for want := uint32(2); want <= 6; want += 2 {
		channel, err := Call(t.Context(), NewClient(conn), &tunnelMethod, nil, decodeU32)
		if channel != want || err != nil {
			t.Fatalf("channel %d, %v, want %d", channel, err, want)
		}
		tunnel, err := conn.OpenTunnel(channel)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(tunnel, "hello"); err != nil {
			t.Error(err)
		}
		if err := tunnel.CloseWrite(); err != nil {
			t.Error(err)
		}
		if got, err := io.ReadAll(tunnel); string(got) != "hello" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		_ = tunnel.Close()
	}
}

// A tunnel is bounded by the limit of calls.
func TestServedTunnelsHaveALimit(t *testing.T) {
	conn := NewHost(serveTunnels(), WithLimits(Limits{MaxCalls: 1}), WithErrorTexts()).MemoryConn()
	defer conn.Close()
	if _, err := Call(t.Context(), NewClient(conn), &tunnelMethod, nil, decodeU32); err != nil {
		t.Error(err)
	}
	_, err := Call(t.Context(), NewClient(conn), &tunnelMethod, nil, decodeU32)
	wantError(t, err, CodeResourceExhausted, "the limit of a connection is 1")
}

// Handlers call their caller back, at the same time in both directions.
func TestServedBothWays(t *testing.T) {
	asks := plainShop()
	asks.find = func(ctx context.Context, number uint32) (string, error) {
		name, err := find(ctx, CallFrom(ctx).Conn(), number+1)
		return "asked " + name, err
	}
	knows := plainShop()
	knows.find = func(_ context.Context, number uint32) (string, error) { return fmt.Sprint("book ", number), nil }
	for name, conn := range map[string]*Conn{
		"in memory":  NewHost(serveShop(asks)).MemoryConn(WithHandlers(serveShop(knows))),
		"other half": NewHost(serveShop(asks), WithFirstChannel(1)).MemoryConn(WithHandlers(serveShop(knows)), WithFirstChannel(2)),
	} {
		var group sync.WaitGroup
		for i := range uint32(100) {
			group.Go(func() {
				want := fmt.Sprint("asked book ", i+1)
				if got, err := find(t.Context(), conn, i); got != want || err != nil {
					t.Errorf("%s: %q, %v, want %q", name, got, err, want)
				}
			})
		}
		group.Wait()
		conn.Close()
	}
}

// Two sides with the same half of the channels: their calls fail, and say why. The connection goes on.
func TestServedSidesWithTheSameChannels(t *testing.T) {
	conn := NewHost(serveShop(plainShop()), WithFirstChannel(1)).MemoryConn()
	defer conn.Close()
	_, err := find(t.Context(), conn, 0)
	wantError(t, err, CodeFailedPrecondition, "channel 1 belongs to this side: the peer must open even channels")
}

// What a handler knows of its call.
func TestCallFrom(t *testing.T) {
	type key struct{}
	s := plainShop()
	described := make(chan string, 1)
	s.find = func(ctx context.Context, _ uint32) (string, error) {
		call := CallFrom(ctx)
		derived, cancel := context.WithCancel(ctx)
		defer cancel()
		deadline, ok := ctx.Deadline()
		described <- fmt.Sprint(call.Method(), " ", call.Peer(), " ", CallFrom(derived) == call, " ", ctx.Value(key{}), ctx.Err(), deadline.IsZero(), ok)
		return "", nil
	}
	near, far := socketPair(t, "tcp")
	h := NewHost(serveShop(s))
	ctx := context.WithValue(context.Background(), key{}, "value")
	go func() { _ = h.ServeConn(ctx, near) }()
	conn := NewConn(far)
	defer conn.Close()
	if _, err := find(t.Context(), conn, 0); err != nil {
		t.Error(err)
	}
	if got, want := <-described, fmt.Sprint("Shop.find ", far.LocalAddr(), " true value<nil> true false"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if CallFrom(t.Context()) != nil {
		t.Error("any context has a call")
	}
	_ = h.Shutdown(context.Background())
}

// The context of a call ends with the call, also for what the handler has left running.
func TestServedContextEndsWithTheCall(t *testing.T) {
	s := plainShop()
	contexts := make(chan context.Context, 2)
	s.find = func(ctx context.Context, number uint32) (string, error) {
		if number == 0 {
			<-contextWith(ctx) // it has been looked at before it ends
		}
		contexts <- ctx
		return "", nil
	}
	conn := NewHost(serveShop(s)).MemoryConn()
	defer conn.Close()
	for number := range uint32(2) {
		if _, err := find(t.Context(), conn, number); err != nil {
			t.Error(err)
		}
		ctx := <-contexts
		<-ctx.Done()
		if ctx.Err() != context.Canceled || context.Cause(ctx) != context.Canceled {
			t.Errorf("%v, %v", ctx.Err(), context.Cause(ctx))
		}
	}
}

// contextWith returns a channel that can be received from at once, and makes the context have its parts.
func contextWith(ctx context.Context) <-chan struct{} {
	ready := make(chan struct{})
	close(ready)
	if ctx.Done() == nil || ctx.Err() != nil {
		return nil
	}
	return ready
}

// Each connection of a pool, and each one that is opened again, serves the handlers.
func TestServedOnPoolsAndAfterReconnecting(t *testing.T) {
	knows := plainShop()
	asks := plainShop()
	asks.find = func(ctx context.Context, number uint32) (string, error) {
		return find(ctx, CallFrom(ctx).Conn(), number)
	}
	for name, option := range map[string]ConnOption{
		"pool":      WithPool(3),
		"reconnect": WithReconnect(Reconnect{Initial: time.Millisecond}),
	} {
		h := NewHost(serveShop(asks))
		conn, err := Dial(t.Context(), listen(t, h, "tcp://127.0.0.1:0"), option, WithHandlers(serveShop(knows)))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			var group sync.WaitGroup
			for range 20 {
				group.Go(func() {
					if got, err := find(t.Context(), conn, 0); got != "book" || err != nil {
						t.Errorf("%s: %q, %v", name, got, err)
					}
				})
			}
			group.Wait()
			// All connections are lost.
			h.mu.Lock()
			for c := range h.conns {
				c.only.fail(lost(io.EOF))
			}
			h.mu.Unlock()
			if name == "pool" {
				break
			}
			until(t, "it is lost", func() bool { return conn.Stats().Connections == 0 || h.Stats().Connections == 1 })
			until(t, "it is up again", func() bool {
				_, err := find(t.Context(), conn, 0)
				return err == nil
			})
		}
		conn.Close()
	}
}

// Interceptors are around every served call, the first outermost, and decide what the caller gets.
func TestServedInterceptors(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	note := func(name string) Interceptor {
		return func(ctx context.Context, call CallInfo, next func(context.Context) error) error {
			err := next(ctx)
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, fmt.Sprint(name, " ", call.Name(), call.Kind == KindStream, call.Kind == KindNotification, " ", CallFrom(ctx).Method(), " ", err))
			return err
		}
	}
	refuse := func(ctx context.Context, call CallInfo, next func(context.Context) error) error {
		switch call.Name() {
		case "Shop.remove":
			return Errorf(CodePermissionDenied, "not you")
		case "Shop.list":
			return nil
		}
		return next(ctx)
	}
	h := playClient(t, "tcp", plainShop(), WithServedInterceptors(note("outer"), refuse, note("inner")))
	for _, c := range []struct {
		method  Method
		flags   uint32
		payload string
		answer  string
		seen    string
	}{
		{shopFind, unaryFlags, "\x00", `1 answer "\x04book"`, "[inner Shop.findfalse false Shop.find <nil> outer Shop.findfalse false Shop.find <nil>]"},
		{shopFind, unaryFlags, "\x01", `1 error NotFound: no book 1`, "[inner Shop.findfalse false Shop.find NotFound: no book 1 outer Shop.findfalse false Shop.find NotFound: no book 1]"},
		{shopFind, unaryFlags, "\x02", `1 error Internal: Shop.find failed`, "[inner Shop.findfalse false Shop.find the password is hunter2 outer Shop.findfalse false Shop.find the password is hunter2]"},
		{shopRemove, unaryFlags, "", `1 error PermissionDenied: not you`, "[outer Shop.removefalse false Shop.remove PermissionDenied: not you]"},
		{shopList, streamFlags, "\x00", `1 end ""`, "[outer Shop.listtrue false Shop.list <nil>]"},
	} {
		h.request(1, c.method.ID, c.flags, c.payload)
		h.want(c.answer)
		mu.Lock()
		if got := fmt.Sprint(seen); got != c.seen {
			t.Errorf("%s\n%s, want\n%s", c.method.Name, got, c.seen)
		}
		seen = nil
		mu.Unlock()
	}
}

// An interceptor may serve the call again, and a unary call that no handler has answered fails.
func TestServedInterceptorsCallAgainOrNotAtAll(t *testing.T) {
	s := plainShop()
	var calls atomic.Int64
	s.find = func(context.Context, uint32) (string, error) {
		if calls.Add(1) < 3 {
			return "", errors.New("not yet")
		}
		return "book", nil
	}
	again := func(ctx context.Context, call CallInfo, next func(context.Context) error) error {
		if call.Name() == "Shop.remove" {
			return nil
		}
		for {
			if err := next(ctx); err == nil {
				return nil
			}
		}
	}
	h := playClient(t, "tcp", s, WithServedInterceptors(again))
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	h.want(`1 answer "\x04book"`)
	h.request(1, shopRemove.ID, unaryFlags, "")
	h.want("1 error Internal: Shop.remove failed")
	until(t, "it is logged", func() bool { return strings.Contains(h.logs.String(), "without calling the handler") })
}

// A side without handlers refuses calls as before.
func TestMemoryConnWithoutHandlers(t *testing.T) {
	conn := NewHost().MemoryConn()
	defer conn.Close()
	_, err := find(t.Context(), conn, 0)
	wantError(t, err, CodeUnimplemented, "no method has the id 0x00000101; services here: ")
	near, far := net.Pipe()
	a, b := NewConn(near), NewConn(far, WithFirstChannel(2))
	defer a.Close()
	defer b.Close()
	_, err = find(t.Context(), a, 0)
	wantError(t, err, CodeUnimplemented, servesNothing)
}

// No call is lost or mixed up when many are made, cancelled and cut at once.
func TestServedStress(t *testing.T) {
	s := plainShop()
	s.find = func(ctx context.Context, number uint32) (string, error) {
		if number%7 == 0 {
			<-ctx.Done()
			return "", ctx.Err()
		}
		return fmt.Sprint(number), nil
	}
	for range 2 {
		h := NewHost(serveShop(s))
		conn := h.MemoryConn()
		var group sync.WaitGroup
		for worker := range uint32(20) {
			group.Go(func() {
				for i := range uint32(100) {
					number := worker*1000 + i
					ctx, cancel := context.WithCancel(t.Context())
					if number%7 == 0 {
						time.AfterFunc(time.Millisecond, cancel)
					}
					got, err := find(ctx, conn, number)
					cancel()
					if number%7 == 0 && CodeOf(err) == CodeCancelled {
						continue
					}
					if got != fmt.Sprint(number) || err != nil {
						t.Errorf("%d: %q, %v", number, got, err)
					}
				}
			})
		}
		group.Wait()
		until(t, "nothing runs", func() bool { return h.Stats().Serving == 0 })
		conn.Close()
		_ = h.Shutdown(context.Background())
	}
}
