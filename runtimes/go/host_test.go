package rapace

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// find calls a shop's method find.
func find(ctx context.Context, conn *Conn, number uint32) (string, error) {
	return Call(ctx, NewClient(conn), &shopFind, func(e *Encoder) error {
		e.U32(number)
		return nil
	}, func(d *Decoder, v *string) (err error) {
		*v, err = d.String()
		return err
	})
}

// listen serves at an address until the test ends, and returns the real address.
func listen(t *testing.T, h *Host, address string) string {
	t.Helper()
	listener, err := h.Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(context.Background(), listener) }()
	t.Cleanup(func() {
		_ = h.Shutdown(context.Background())
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return listener.Address()
}

func TestHostListens(t *testing.T) {
	served, trusting := certificates(t)
	for _, address := range []string{"tcp://127.0.0.1:0", "unix://" + filepath.Join(t.TempDir(), "s"), "tls://127.0.0.1:0"} {
		h := NewHost(serveShop(plainShop()), WithTLS(served))
		at := listen(t, h, address)
		conn, err := Dial(t.Context(), at, WithTLS(trusting))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := find(t.Context(), conn, 0); got != "book" || err != nil {
			t.Errorf("%s: %q, %v", address, got, err)
		}
		conn.Close()
	}
}

// certificates returns the configurations of a host and of a client that trusts it.
func certificates(t *testing.T) (host, client *tls.Config) {
	t.Helper()
	certificate, pool := certificateOf(t)
	return &tls.Config{Certificates: []tls.Certificate{certificate}}, &tls.Config{RootCAs: pool, ServerName: "example.com"}
}

func TestHostListenErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	live, err := net.Listen("unix", filepath.Join(folder, "live"))
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	h := NewHost(serveShop(plainShop()))
	for address, want := range map[string]string{
		"tcp://" + taken.Addr().String():  "cannot listen at tcp://" + taken.Addr().String(),
		"unix://" + file:                  "the file exists and is not a socket",
		"unix://" + live.Addr().String():  "address in use",
		"unix://" + folder + "/no/folder": "no such file",
		"tls://127.0.0.1:0":               "needs the option WithTLS with a certificate",
		"ws://127.0.0.1:0":                "needs the option WithWebSocketAccept",
		"http://127.0.0.1:0":              "is none of tcp://",
	} {
		if err := h.ListenAndServe(t.Context(), address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
	if text, err := os.ReadFile(file); string(text) != "text" {
		t.Errorf("the file has %q, %v", text, err)
	}
	if probe, err := net.Dial("unix", live.Addr().String()); err != nil {
		t.Error(err)
	} else {
		_ = probe.Close()
	}
}

// A socket that no process listens on is replaced. At the end the file is removed, unless it is another's by then.
func TestHostUnixSockets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	_ = stale.Close()
	h := NewHost(serveShop(plainShop()))
	first, err := h.Listen("unix://" + path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := h.Listen("unix://" + path)
	if err != nil {
		t.Fatal(err)
	}
	_ = first.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the other's file: %v", err)
	}
	_ = second.Close()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the host's file: %v", err)
	}
}

// failing is a listener whose Accept fails at first.
type failing struct {
	net.Listener
	failures atomic.Int64
	err      error
}

func (f *failing) Accept() (net.Conn, error) {
	if f.failures.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", f.err)}
	}
	return f.Listener.Accept()
}

// Without file descriptors the host waits, says so once, and goes on. Other errors end it.
func TestHostAcceptErrors(t *testing.T) {
	for _, c := range []struct {
		err   error
		noted int
	}{{syscall.EMFILE, 1}, {syscall.ENFILE, 1}, {syscall.ECONNABORTED, 0}} {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		log := new(logs)
		h := NewHost(serveShop(plainShop()), log.option())
		listener := &failing{Listener: inner, err: c.err}
		listener.failures.Store(2)
		served := make(chan error, 1)
		go func() { served <- h.Serve(context.Background(), listener) }()
		conn, err := Dial(t.Context(), "tcp://"+inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := find(t.Context(), conn, 0); got != "book" || err != nil {
			t.Errorf("%v: %q, %v", c.err, got, err)
		}
		if got := strings.Count(log.String(), "no connection can be accepted"); got != c.noted {
			t.Errorf("%v is logged %d times", c.err, got)
		}
		conn.Close()
		_ = h.Shutdown(context.Background())
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
	inner, _ := net.Listen("tcp", "127.0.0.1:0")
	listener := &failing{Listener: inner, err: syscall.EINVAL}
	listener.failures.Store(1)
	if err := NewHost(serveShop(plainShop())).Serve(t.Context(), listener); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("%v", err)
	}
}

// What is no frame ends its connection with a warning that has the peer's address. Others go on.
func TestHostGarbage(t *testing.T) {
	log := new(logs)
	h := NewHost(serveShop(plainShop()), log.option())
	address := strings.TrimPrefix(listen(t, h, "tcp://127.0.0.1:0"), "tcp://")
	other, err := Dial(t.Context(), "tcp://"+address)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	garbage := map[string]func(socket net.Conn){
		"zeros":  func(socket net.Conn) { _, _ = socket.Write(make([]byte, 100)) },
		"length": func(socket net.Conn) { _, _ = socket.Write([]byte("\xff\xff\xff\x7f")) },
		"HTTP": func(socket net.Conn) {
			request, _ := http.NewRequest(http.MethodGet, "http://x/", nil)
			_ = request.Write(socket)
		},
		"TLS": func(socket net.Conn) {
			_ = tls.Client(socket, &tls.Config{InsecureSkipVerify: true}).Handshake()
		},
		// Its length is one that a frame can have.
		"short TLS": func(socket net.Conn) { _, _ = socket.Write([]byte("\x16\x03\x01\x00\xa0\x01\x00\x00\x9c\x03\x03abc")) },
	}
	for name, send := range garbage {
		socket, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		go send(socket)
		_, _ = io.Copy(io.Discard, socket) // until the host closes it
		from := socket.LocalAddr().String()
		until(t, name+" is logged", func() bool {
			for line := range strings.Lines(log.String()) {
				if strings.Contains(line, "level=WARN") && strings.Contains(line, from) && strings.Contains(line, "protocol error") {
					return true
				}
			}
			return false
		})
		_ = socket.Close()
	}
	if got, err := find(t.Context(), other, 0); got != "book" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A connection too many is closed, and logged once until there is room again.
func TestHostMaxConnections(t *testing.T) {
	log := new(logs)
	h := NewHost(serveShop(plainShop()), log.option(), WithHostLimits(HostLimits{MaxConnections: 1}))
	address := strings.TrimPrefix(listen(t, h, "tcp://127.0.0.1:0"), "tcp://")
	for range 2 {
		first, err := Dial(t.Context(), "tcp://"+address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := find(t.Context(), first, 0); err != nil {
			t.Error(err)
		}
		for range 3 {
			socket, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, socket); n != 0 {
				t.Errorf("%d bytes, %v", n, err)
			}
			_ = socket.Close()
		}
		first.Close()
		until(t, "the place is free", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.places == 0 })
	}
	if got := strings.Count(log.String(), "further connections are closed"); got != 2 {
		t.Errorf("%d lines in the log, want 2", got)
	}
}

// An idle connection is closed. One with a call in flight, either way, or with a tunnel is not idle.
func TestHostIdleTimeout(t *testing.T) {
	w := newWaitingShop()
	const timeout = 200 * time.Millisecond
	h := playClient(t, "tcp", &w.shop, WithHostLimits(HostLimits{IdleTimeout: timeout}))
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	<-w.begun
	time.Sleep(2 * timeout)
	w.answer <- "x"
	h.want(`1 answer "\x01x"`)
	if n, err := h.socket.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d bytes, %v", n, err)
	}
	if err := <-h.ended; err != nil {
		t.Error(err)
	}
}

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

// A handshake that takes too long is given up, and the log says with whom.
func TestHostHandshakeTimeout(t *testing.T) {
	served, _ := certificates(t)
	log := new(logs)
	h := NewHost(serveShop(plainShop()), WithTLS(served), log.option(), WithHostLimits(HostLimits{HandshakeTimeout: 20 * time.Millisecond}))
	address := strings.TrimPrefix(listen(t, h, "tls://127.0.0.1:0"), "tls://")
	for text, say := range map[string]string{"not done within 20ms": "", "first record does not look like a TLS handshake": "GET / HTTP/1.1\r\n\r\n"} {
		socket, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(socket, say)
		_, _ = io.Copy(io.Discard, socket)
		until(t, text, func() bool {
			return strings.Contains(log.String(), text) && strings.Contains(log.String(), socket.LocalAddr().String())
		})
		_ = socket.Close()
	}
}

// A host and its connections leave nothing behind.
func TestHostLeavesNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	w := newWaitingShop()
	h := NewHost(serveShop(&w.shop), WithHostLimits(HostLimits{IdleTimeout: time.Hour}))
	listener, err := h.Listen("tcp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- h.Serve(ctx, listener) }()
	for range 3 {
		conn, err := Dial(t.Context(), listener.Address())
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = find(context.Background(), conn, 0) }()
		<-w.begun
		conn.Close()
	}
	memory := h.MemoryConn()
	go func() { _, _ = find(context.Background(), memory, 0) }()
	<-w.begun
	memory.Close()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	until(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

func TestHostRefusesAServiceTwice(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "is a service served twice?") {
			t.Errorf("it panics with %s", text)
		}
	}()
	NewHost(serveShop(plainShop()), serveShop(plainShop()))
}
