package rapace

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"
)

// Host serves services on the connections that it accepts, and on those that it is given.
//
//	host := rapace.NewHost(bookshop.ServeCatalog(shop{}))
//	err := host.ListenAndServe(ctx, "tcp://127.0.0.1:9000")
type Host struct {
	options hostOptions
	conn    connOptions
	limits  HostLimits
	logger  *slog.Logger
	// open is done when Shutdown is called, and patient when the time that it gives to calls is over.
	open, patient            context.Context
	closeOpen, endOfPatience context.CancelFunc

	mu        sync.Mutex // guards what follows
	places    int        // how many connections there are, with those whose handshake is not over
	full      bool       // whether it was logged that there are too many
	conns     map[*Conn]struct{}
	listeners map[net.Listener]struct{}
	shut      bool
	running   sync.WaitGroup // a count for each connection and each call of Serve; added to while shut is false
}

// NewHost returns a host of services. Its options are the services, options of each connection such as [WithLimits] and
// [WithLogger], and options of the host. It logs with [slog.Default] unless WithLogger is among them. NewHost panics
// when a service is given twice.
func NewHost(options ...HostOption) *Host {
	h := &Host{
		conns:     make(map[*Conn]struct{}),
		listeners: make(map[net.Listener]struct{}),
	}
	h.open, h.closeOpen = context.WithCancel(context.Background())
	h.patient, h.endOfPatience = context.WithCancel(context.Background())
	for _, option := range options {
		option.applyToHost(&h.options)
	}
	h.conn = h.options.connectionOptions()
	if h.conn.table == nil {
		h.conn.table = newMethodTable(nil)
	}
	h.limits = h.options.limits.withDefaults()
	h.logger = h.conn.logger
	return h
}

// ErrHostClosed is the error of a host that has been shut down.
var ErrHostClosed = errors.New("the host is shut down")

// ServeConn serves a socket that the program has: an accepted one, an inherited one, one of a pair. The host owns it
// from now on. ServeConn returns when the connection has ended: nil when the peer has closed it, when the context is
// done, and after [Host.Shutdown]. When the context is done, calls in flight get the host's grace period. The contexts
// of handlers have the values of the context.
func (h *Host) ServeConn(ctx context.Context, socket net.Conn) error {
	if err := h.enter(); err != nil {
		_ = socket.Close()
		return err
	}
	defer h.leave()
	return h.serve(ctx, socket)
}

// enter takes the place of a connection, which leave gives back.
func (h *Host) enter() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shut {
		return ErrHostClosed
	}
	if h.places >= h.limits.MaxConnections {
		if !h.full {
			h.full = true
			h.logger.Warn("rapace: further connections are closed", "connections", h.places)
		}
		return &Error{Code: CodeResourceExhausted, Message: "the host has too many connections"}
	}
	h.places++
	h.running.Add(1)
	return nil
}

func (h *Host) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.places--
	h.full = false
	h.running.Done()
}

// serve serves a socket that has a place, until the connection has ended and its handlers have returned.
func (h *Host) serve(ctx context.Context, socket net.Conn) error {
	c := h.begin(ctx, socket)
	w := c.only
	idle := h.idleTimer(w)
	defer idle.Stop()
	for ended := false; !ended; {
		select {
		case <-c.life.Done():
			ended = true
		case <-ctx.Done():
			patient, cancel := context.WithTimeout(h.patient, h.limits.Grace)
			w.drain(patient.Done())
			cancel()
			ended = true
		case <-h.open.Done():
			w.drain(h.patient.Done())
			ended = true
		case <-idle.C:
			left := h.limits.IdleTimeout - w.idleFor()
			if left <= 0 {
				w.fail(&Error{Code: CodeUnavailable, Message: "the connection was idle", cause: ErrClosed})
			} else {
				idle.Reset(left)
			}
		}
	}
	_ = c.Close()
	h.mu.Lock()
	delete(h.conns, c)
	h.mu.Unlock()
	h.awaitHandlers(ctx, w)
	return h.reasonOf(c, socket)
}

// begin starts the connection on a socket.
func (h *Host) begin(ctx context.Context, socket net.Conn) *Conn {
	c := newSocketConn(ctx, socket, h.conn)
	h.mu.Lock()
	h.conns[c] = struct{}{}
	h.mu.Unlock()
	return c
}

// idleTimer returns the timer of a connection's idle timeout. It never fires when there is none.
func (h *Host) idleTimer(w *wire) *time.Timer {
	if h.limits.IdleTimeout <= 0 {
		return stoppedTimer()
	}
	return time.NewTimer(h.limits.IdleTimeout - w.idleFor())
}

// awaitHandlers waits until the handlers of a connection that has ended have returned. When the host is to stop, it
// waits for a moment only, and leaves the others.
func (h *Host) awaitHandlers(ctx context.Context, w *wire) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.open, cancel)()
	if w.handlersLeft(ctx.Done()) == nil {
		return
	}
	moment, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if left := w.handlersLeft(moment.Done()); len(left) > 0 {
		h.logger.Warn("rapace: handlers ignore that they are cancelled, and are left", "methods", strings.Join(left, ", "))
	}
}

// reasonOf returns the error of a connection that has ended. A peer that broke the protocol is logged.
func (h *Host) reasonOf(c *Conn, socket net.Conn) error {
	c.mu.Lock()
	reason := c.err
	c.mu.Unlock()
	if errors.Is(reason, ErrClosed) || errors.Is(reason, net.ErrClosed) || errors.Is(reason, io.ErrUnexpectedEOF) {
		return nil
	}
	level := slog.LevelDebug
	var protocol *ProtocolError
	if errors.As(reason, &protocol) || errors.Is(reason, errUnread) {
		level = slog.LevelWarn
	}
	h.logger.Log(context.Background(), level, "rapace: a connection was closed", "peer", socket.RemoteAddr(), "reason", reason)
	return reason
}

// Shutdown ends the host. It accepts no more connections, and refuses further requests with CodeUnavailable. Calls in
// flight have until the context is done, or the host's grace period when the context has no deadline. Then they are
// cancelled. When Shutdown returns, every connection and every listener is closed. It returns the error of the context
// when calls had to be cancelled because the context was done.
func (h *Host) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.shut = true
	h.closeOpen()
	for l := range h.listeners {
		_ = l.Close()
	}
	h.mu.Unlock()
	ended := make(chan struct{})
	go func() { h.running.Wait(); close(ended) }()
	var grace <-chan time.Time
	if _, ok := ctx.Deadline(); !ok {
		timer := time.NewTimer(h.limits.Grace)
		defer timer.Stop()
		grace = timer.C
	}
	var err error
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-grace:
	}
	h.endOfPatience()
	<-ended
	return err
}

// HostStats are figures of a host.
type HostStats struct {
	// Connections is the number of open connections.
	Connections int
	// Serving is the number of calls that run on them.
	Serving int
}

// Stats returns the current figures of the host.
func (h *Host) Stats() HostStats {
	h.mu.Lock()
	defer h.mu.Unlock()
	stats := HostStats{Connections: len(h.conns)}
	for c := range h.conns {
		_, serving, _ := c.only.counts()
		stats.Serving += serving
	}
	return stats
}

// MemoryConn returns a connection to the host in memory, for tests. Closing it ends both sides.
func (h *Host) MemoryConn(options ...ConnOption) *Conn {
	near, far := net.Pipe()
	c := NewConn(near, options...)
	c.workers.Go(func() { _ = h.ServeConn(c.life, far) })
	return c
}
