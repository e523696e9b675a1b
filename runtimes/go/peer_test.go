package rapace

import (
	"context"
	"iter"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// peer is the server's end of a connection, played frame by frame.
type peer struct {
	t      *testing.T
	socket net.Conn
	frames frameReader
	quiet  bool // whether the end of the connection is nothing to report
}

// connect returns a connection and its peer, joined by a TCP socket or, for the network pipe, in memory.
func connect(t *testing.T, network string, options ...ConnOption) (*Conn, *peer) {
	t.Helper()
	var client, server net.Conn
	if network == "pipe" {
		client, server = net.Pipe()
	} else {
		listener, err := net.Listen(network, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		if client, err = net.Dial(network, listener.Addr().String()); err != nil {
			t.Fatal(err)
		}
		if server, err = listener.Accept(); err != nil {
			t.Fatal(err)
		}
	}
	conn := NewConn(client, options...)
	t.Cleanup(func() { conn.Close(); server.Close() })
	return conn, &peer{t: t, socket: server, frames: frameReader{max: 64 << 20}}
}

// receive returns the next frame that is not a nudge.
func (p *peer) receive() frame {
	p.t.Helper()
	for {
		f, ok, err := p.frames.next()
		if err != nil {
			p.t.Error(err)
			return frame{}
		}
		if ok {
			if f.flags == flagControl && f.method == controlPing {
				continue
			}
			f.payload = []byte(string(f.payload))
			return f
		}
		n, err := p.socket.Read(p.frames.space())
		p.frames.advance(n)
		if err != nil {
			if !p.quiet {
				p.t.Error("the peer cannot read:", err)
			}
			return frame{}
		}
	}
}

func (p *peer) send(channel, flags uint32, payload string) {
	p.t.Helper()
	if _, err := p.socket.Write(frameOf(channel, 0, flags, payload)); err != nil && !p.quiet {
		p.t.Error("the peer cannot write:", err)
	}
}

// serve answers unary requests with their own payload, until the connection ends.
func (p *peer) serve() {
	for {
		f, ok, err := p.frames.next()
		if err != nil {
			return
		}
		if ok {
			if f.flags&flagControl == 0 {
				if _, err := p.socket.Write(frameOf(f.channel, 0, flagData|flagEOS, string(f.payload))); err != nil {
					return
				}
			}
			continue
		}
		n, err := p.socket.Read(p.frames.space())
		p.frames.advance(n)
		if err != nil {
			return
		}
	}
}

var echoMethod = Method{Name: "Echo.echo", ID: 7}

// echo calls a method that takes and returns a u32.
func echo(ctx context.Context, client *Client, value uint32) (uint32, error) {
	return Call(ctx, client, &echoMethod, func(e *Encoder) error {
		if e.Collects() {
			return e.Collect(value)
		}
		e.U32(value)
		return nil
	}, decodeU32)
}

func count(ctx context.Context, client *Client) iter.Seq2[uint32, error] {
	return Stream(ctx, client, &Method{Name: "Echo.count", ID: 8}, nil, decodeU32)
}

func decodeU32(d *Decoder, v *uint32) (err error) {
	*v, err = d.U32()
	return err
}

// inBackground runs a function and returns what waits for its end, for some seconds at most.
func inBackground(t *testing.T, f func()) (wait func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	return func() {
		t.Helper()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			stacks := make([]byte, 1<<16)
			t.Fatalf("still running after 10 s:\n%s", stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func wantError(t *testing.T, err error, code Code, text string) {
	t.Helper()
	if CodeOf(err) != code || err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want %v and %q", err, code, text)
	}
}
