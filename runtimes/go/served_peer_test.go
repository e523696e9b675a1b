package rapace

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"sync"
	"testing"
)

// shop is a handler whose methods are functions that a test gives.
type shop struct {
	find   func(ctx context.Context, number uint32) (string, error)
	list   func(ctx context.Context, number uint32) iter.Seq2[string, error]
	remove func(ctx context.Context) error
}

var (
	shopFind   = Method{Name: "Shop.find", ID: 0x101}
	shopList   = Method{Name: "Shop.list", ID: 0x102}
	shopRemove = Method{Name: "Shop.remove", ID: 0x103}
)

// serveShop is what is generated for a service.
func serveShop(s *shop) *Service {
	return NewService("Shop",
		ServedMethod{Method: &shopFind, Serve: func(ctx context.Context, r *Request) error {
			number, err := r.Arguments().U32()
			if err != nil {
				return InField(err, "number")
			}
			if r.Collects() {
				return r.Collect(number)
			}
			if err := r.Begin(); err != nil {
				return err
			}
			answer, err := s.find(ctx, number)
			e, err := r.Answer(err)
			if err != nil {
				return err
			}
			return e.String(answer)
		}},
		ServedMethod{Method: &shopList, Streaming: true, Serve: func(ctx context.Context, r *Request) error {
			number, err := r.Arguments().U32()
			if err != nil {
				return InField(err, "number")
			}
			if r.Collects() {
				return r.Collect(number)
			}
			if err := r.Begin(); err != nil {
				return err
			}
			for item, err := range s.list(ctx, number) {
				e, err := r.Item(err)
				if err != nil {
					return err
				}
				if err := e.String(item); err != nil {
					return err
				}
				if err := r.Send(); err != nil {
					return err
				}
			}
			return nil
		}},
		ServedMethod{Method: &shopRemove, Serve: func(ctx context.Context, r *Request) error {
			if err := r.Begin(); err != nil {
				return err
			}
			return r.Done(s.remove(ctx))
		}},
	)
}

// logs is what has been logged.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// option makes a connection or a host log to it.
func (l *logs) option() ConnOption {
	return WithLogger(slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

// hosted is a host with one connection, whose peer a test plays.
type hosted struct {
	*peer
	host  *Host
	logs  *logs
	ended chan error // what ServeConn has returned
}

// playClient serves a shop to a peer, over TCP or, for the network pipe, in memory.
func playClient(t *testing.T, network string, s *shop, options ...HostOption) *hosted {
	t.Helper()
	h := &hosted{logs: new(logs), ended: make(chan error, 1)}
	h.host = NewHost(append([]HostOption{serveShop(s), h.logs.option()}, options...)...)
	near, far := socketPair(t, network)
	h.peer = &peer{t: t, socket: far, frames: frameReader{max: 64 << 20}, quiet: true}
	go func() { h.ended <- h.host.ServeConn(context.Background(), near) }()
	t.Cleanup(func() {
		_ = far.Close()
		_ = h.host.Shutdown(context.Background())
	})
	return h
}

func socketPair(t *testing.T, network string) (near, far net.Conn) {
	t.Helper()
	if network == "pipe" {
		return net.Pipe()
	}
	listener, err := net.Listen(network, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if far, err = net.Dial(network, listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	return near, far
}

// unsent returns how many bytes of the host's wait to be sent.
func (h *hosted) unsent() (bytes int) {
	h.host.mu.Lock()
	defer h.host.mu.Unlock()
	for c := range h.host.conns {
		c.only.mu.Lock()
		bytes += c.only.writing + len(c.only.unsent)
		c.only.mu.Unlock()
	}
	return bytes
}

// request sends a request, or any frame.
func (h *hosted) request(channel, method, flags uint32, payload string) {
	h.t.Helper()
	if _, err := h.socket.Write(frameOf(channel, method, flags, payload)); err != nil {
		h.t.Error("the peer cannot write:", err)
	}
}

// cancel sends a CancelChannel frame.
func (h *hosted) cancel(channel uint32) {
	h.t.Helper()
	payload := append(binary.AppendUvarint([]byte{variantCancelChannel}, uint64(channel)), 0)
	h.request(0, controlCancelChannel, flagControl, string(payload))
}

// answer returns the next frame as text: its channel, flags and payload.
func (h *hosted) answer() string {
	h.t.Helper()
	f := h.receive()
	if f.message != 0 || f.method != 0 {
		h.t.Errorf("an answer with message %d and method %#x", f.message, f.method)
	}
	return textOf(f)
}

// textOf returns a frame of an answer as text.
func textOf(f frame) string {
	kinds := map[uint32]string{flagData | flagEOS: "answer", flagData: "item", flagEOS: "end"}
	if f.flags == flagError|flagEOS {
		err := parseError(f.payload)
		return fmt.Sprintf("%d error %v: %s", f.channel, err.Code, err.Message)
	}
	kind := kinds[f.flags]
	if kind == "" {
		kind = fmt.Sprintf("flags %#x", f.flags)
	}
	return fmt.Sprintf("%d %s %q", f.channel, kind, f.payload)
}

// want checks the next answers.
func (h *hosted) want(answers ...string) {
	h.t.Helper()
	for _, want := range answers {
		if got := h.answer(); got != want {
			h.t.Errorf("the peer gets\n\t%s, want\n\t%s", got, want)
		}
	}
}
