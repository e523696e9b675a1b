package rapace

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// server accepts connections on loopback, and gives each to a function.
type server struct {
	t       *testing.T
	address string
	play    func(p *peer)

	mu       sync.Mutex
	listener net.Listener
	peers    []*peer
	accepted int
	running  sync.WaitGroup
}

// until waits until it is so, for ten seconds at most.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so in 10 s: %s", what)
		}
	}
}

func startServer(t *testing.T, play func(p *peer)) *server {
	t.Helper()
	s := &server{t: t, address: "127.0.0.1:0", play: play}
	s.start()
	t.Cleanup(func() { s.stop(); s.running.Wait() })
	return s
}

// start listens, after stop at the address of before.
func (s *server) start() {
	s.t.Helper()
	var listener net.Listener
	var err error
	for range 100 {
		if listener, err = net.Listen("tcp", s.address); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.listener, s.address = listener, listener.Addr().String()
	s.mu.Unlock()
	s.running.Go(func() {
		for {
			socket, err := listener.Accept()
			if err != nil {
				return
			}
			p := &peer{t: s.t, socket: socket, frames: frameReader{max: 1 << 20}, quiet: true}
			s.mu.Lock()
			s.accepted++
			if s.listener == listener {
				s.peers = append(s.peers, p)
				s.running.Go(func() { s.play(p) })
			} else {
				_ = socket.Close()
			}
			s.mu.Unlock()
		}
	})
}

// cut ends all connections; stop ends listening as well.
func (s *server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.peers {
		_ = p.socket.Close()
	}
	s.peers = nil
}

func (s *server) stop() {
	s.mu.Lock()
	if s.listener != nil {
		_ = s.listener.Close()
	}
	s.listener = nil
	s.mu.Unlock()
	s.cut()
}

func (s *server) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.peers)
}

// dial returns when the server has the connection too: what it has not accepted is reset when it stops.
func (s *server) dial(options ...ConnOption) *Conn {
	s.t.Helper()
	accepted := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.accepted
	}
	before := accepted()
	conn, err := Dial(s.t.Context(), "tcp://"+s.address, options...)
	if err != nil {
		s.t.Fatal(err)
	}
	until(s.t, "the server has it", func() bool { return accepted() > before })
	s.t.Cleanup(func() { conn.Close() })
	return conn
}

// history keeps the states that a connection tells.
type history struct {
	mu     sync.Mutex
	states []string
}

func (h *history) option() ConnOption {
	return WithStateHandler(func(state State, cause error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		text := state.String()
		if cause != nil {
			text += ": " + cause.Error()
		}
		h.states = append(h.states, text)
	})
}

// wait waits until so many states were told, and returns them.
func (h *history) wait(t *testing.T, states int) []string {
	t.Helper()
	for range 1000 {
		h.mu.Lock()
		told := slices.Clone(h.states)
		h.mu.Unlock()
		if len(told) >= states {
			return told
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%q are not %d states", fmt.Sprint(h.states), states)
	return nil
}
