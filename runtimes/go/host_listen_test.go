package rapace

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

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
