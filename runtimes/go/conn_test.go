package rapace

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

func TestConnectionLoss(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(peer *peer, channel uint32)
		is   error
		text string
	}{
		{"closed", func(p *peer, _ uint32) { p.socket.Close() }, io.ErrUnexpectedEOF, "the server closed the connection"},
		{"closed within a frame", func(p *peer, _ uint32) {
			_, _ = p.socket.Write([]byte("\x40\x00"))
			p.socket.Close()
		}, io.ErrUnexpectedEOF, "connection lost"},
		{"frame too short", func(p *peer, _ uint32) { _, _ = p.socket.Write([]byte("\x3f\x00\x00\x00")) }, nil, "frame length 63"},
		{"frame too long", func(p *peer, _ uint32) { _, _ = p.socket.Write([]byte("\xff\xff\xff\xff")) }, nil, "exceeds the limit of 16777216 bytes"},
	} {
		conn, peer := connect(t, "tcp")
		client := NewClient(conn)
		var group sync.WaitGroup
		check := func(err error) {
			wantError(t, err, CodeUnavailable, test.text)
			var protocol *ProtocolError
			if test.is != nil && !errors.Is(err, test.is) || test.is == nil && !errors.As(err, &protocol) {
				t.Errorf("%s: error %v has another cause", test.name, err)
			}
		}
		for range 10 {
			group.Go(func() {
				_, err := echo(t.Context(), client, 1)
				check(err)
			})
		}
		group.Go(func() {
			items := 0
			var last error
			for _, err := range count(t.Context(), client) {
				if last = err; err == nil {
					items++
				}
			}
			// A cut stream never ends as if it were complete.
			check(last)
			if items != 1 {
				t.Errorf("%s: %d items", test.name, items)
			}
		})
		for range 11 {
			if f := peer.receive(); f.flags&flagNoReply != 0 {
				peer.send(f.channel, flagData, "\x01")
			}
		}
		test.end(peer, 1)
		wait := inBackground(t, group.Wait)
		wait()
		_, err := echo(t.Context(), client, 1)
		check(err)
		for _, err := range count(t.Context(), client) {
			check(err)
		}
	}
}

func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		conn, peer := connect(t, "tcp")
		client := NewClient(conn)
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				_, err := echo(context.Background(), client, 1)
				wantError(t, err, CodeUnavailable, "connection closed")
				if !errors.Is(err, ErrClosed) {
					t.Errorf("error %v is not ErrClosed", err)
				}
			})
			group.Go(func() {
				for _, err := range count(context.Background(), client) {
					if !errors.Is(err, ErrClosed) {
						t.Errorf("error %v is not ErrClosed", err)
					}
				}
			})
		}
		for range 10 {
			peer.receive()
		}
		for range 3 {
			group.Go(func() { conn.Close() })
		}
		wait := inBackground(t, group.Wait)
		wait()
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if _, err := echo(context.Background(), client, 1); !errors.Is(err, ErrClosed) {
			t.Errorf("a later call: %v", err)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestCloseDoesNotWaitForAPeerThatDoesNotRead(t *testing.T) {
	conn, _ := connect(t, "pipe")
	client := NewClient(conn, WithTimeout(10*time.Millisecond))
	_, _ = echo(t.Context(), client, 1)
	wait := inBackground(t, func() { conn.Close() })
	wait()
}

// A frame's length has 32 bits, and is an int here.
func TestGreatestFrameLimit(t *testing.T) {
	limits := Limits{MaxFrameBytes: math.MaxInt}.withDefaults()
	if got := limits.MaxFrameBytes + lengthBytes; got < 0 || got > math.MaxInt32 {
		t.Errorf("the greatest frame limit is %d bytes", limits.MaxFrameBytes)
	}
}

func TestDial(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1:1", "http://127.0.0.1:1", "tcp://", "tcp://host", "tls://", "ws://", "ws://user@host", "unix://"} {
		_, err := Dial(t.Context(), address)
		wantError(t, err, CodeInvalidArgument, "is none of tcp://host:port, tls://host:port, unix:///path, ws://")
	}
	_, err := Dial(t.Context(), "unix:///nowhere/at/all")
	wantError(t, err, CodeUnavailable, "/nowhere/at/all")
	var netError *net.OpError
	if !errors.As(err, &netError) {
		t.Errorf("error %v lost its cause", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Dial(cancelled, "tcp://127.0.0.1:1")
	wantError(t, err, CodeCancelled, "")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v is not that of the context", err)
	}

	// The socket's deadline is that of the context, and can be noticed before it.
	_, err = Dial(t.Context(), "tcp://127.0.0.1:1", WithDialer(func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}))
	wantError(t, err, CodeDeadlineExceeded, "dial tcp: i/o timeout")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v is not that of the context", err)
	}

	path := t.TempDir() + "/s"
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var asked string
	conn, err := Dial(t.Context(), "unix://"+path, WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		asked = network + " " + address
		return new(net.Dialer).DialContext(ctx, network, address)
	}))
	if err != nil || asked != "unix "+path {
		t.Fatalf("%v, the dialer was asked for %q", err, asked)
	}
	defer conn.Close()
	socket, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	go (&peer{t: t, socket: socket, frames: frameReader{max: 1 << 20}}).serve()
	if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}
