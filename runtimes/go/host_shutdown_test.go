package rapace

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// During a shutdown calls in flight may end, new ones are refused, and then everything is closed.
func TestHostShutdown(t *testing.T) {
	w := newWaitingShop()
	h := playClient(t, "tcp", &w.shop)
	address := listen(t, h.host, "tcp://127.0.0.1:0")
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	<-w.begun
	shut := make(chan error)
	go func() { shut <- h.host.Shutdown(context.Background()) }()
	until(t, "it does not accept", func() bool {
		socket, err := net.Dial("tcp", strings.TrimPrefix(address, "tcp://"))
		if err == nil {
			_ = socket.Close()
		}
		return err != nil
	})
	until(t, "it refuses", func() bool {
		h.host.mu.Lock()
		defer h.host.mu.Unlock()
		for c := range h.host.conns {
			c.only.mu.Lock()
			defer c.only.mu.Unlock()
			return c.only.serving.draining
		}
		return false
	})
	h.request(3, shopFind.ID, unaryFlags, "\x00")
	h.want("3 error Unavailable: the host is shutting down")
	w.answer <- "x"
	h.want(`1 answer "\x01x"`)
	if err := <-shut; err != nil {
		t.Error(err)
	}
	if n, err := h.socket.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d bytes, %v", n, err)
	}
	near, far := net.Pipe()
	if err := h.host.ServeConn(t.Context(), near); err != ErrHostClosed {
		t.Error(err)
	}
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Error(err)
	}
	if err := h.host.ListenAndServe(t.Context(), "tcp://127.0.0.1:0"); err != ErrHostClosed {
		t.Error(err)
	}
	// Once more does nothing.
	if err := h.host.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// After the grace period calls are cancelled, whichever way the host is ended.
func TestHostShutdownCancels(t *testing.T) {
	for name, end := range map[string]func(h *Host, cancel func()) error{
		"Shutdown": func(h *Host, _ func()) error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if err := h.Shutdown(ctx); err != context.Canceled {
				return fmt.Errorf("Shutdown returned %w", err)
			}
			return nil
		},
		"context": func(_ *Host, cancel func()) error { cancel(); return nil },
	} {
		w := newWaitingShop()
		h := NewHost(serveShop(&w.shop), WithHostLimits(HostLimits{Grace: time.Millisecond}))
		near, far := socketPair(t, "tcp")
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		served := make(chan error)
		go func() { served <- h.ServeConn(ctx, near) }()
		p := &hosted{peer: &peer{t: t, socket: far, frames: frameReader{max: 1 << 20}}}
		p.request(1, shopFind.ID, unaryFlags, "\x00")
		<-w.begun
		if err := end(h, cancel); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		p.want("1 error Cancelled: cancelled")
		wantCause(t, <-w.ended, "the host is shutting down")
		if err := <-served; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := far.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("%s: %v", name, err)
		}
		_ = far.Close()
	}
}

// A handler that ignores cancellation does not hold up a shutdown, and is named in the log.
func TestHostShutdownLeavesHandlersThatIgnoreIt(t *testing.T) {
	s := plainShop()
	begun, release := make(chan bool), make(chan bool)
	defer close(release)
	s.remove = func(context.Context) error {
		begun <- true
		<-release
		return nil
	}
	h := playClient(t, "tcp", s)
	h.request(1, shopRemove.ID, unaryFlags, "")
	<-begun
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = h.host.Shutdown(ctx)
	h.want("1 error Cancelled: cancelled")
	if log := h.logs.String(); !strings.Contains(log, "handlers ignore that they are cancelled") || !strings.Contains(log, "Shop.remove") {
		t.Errorf("the log has %s", log)
	}
}
