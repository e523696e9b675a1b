package rapace

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// wire is one session on one socket, from its first frame until it is lost. All calls in flight on it end with it.
type wire struct {
	socket net.Conn
	limits *Limits
	logger *slog.Logger
	// ended is called once, when the calls in flight have failed.
	ended      func(*wire, *Error)
	wake       chan struct{} // signals the writer that there is something to write
	dead       chan struct{} // closed when err is set
	nudges     *time.Timer   // runs until it is time to nudge
	nudging    atomic.Bool   // whether it runs
	deadline   *time.Timer   // runs until the earliest deadline of a call
	deadlineAt atomic.Int64  // when that is; 0 when the timer does not run. Changed under the lock
	// writeNow returns how much of some bytes the socket takes at once; nil when it cannot be asked.
	writeNow func([]byte) int
	pressure pressure
	began    time.Time
	// claims is how many calls have chosen this wire of a pool.
	claims atomic.Int64

	mu      sync.Mutex // guards what follows
	session *session[*exchange, *servedCall]
	serving serving
	unsent  []byte        // frames that wait for the writer
	writing int           // how many bytes of others are being handed to the socket; nobody else writes then
	wrote   uint64        // how many bytes have been handed to the socket
	room    chan struct{} // closed when the writer has made progress; nil unless a call waits for it
	err     *Error        // why the wire is dead
	// answered reports whether a call got anything.
	answered bool
	// rested is when the wire last ended to do something, if watched is set.
	rested  int64
	watched bool
}

// wireOptions are what the wires of a connection have in common.
type wireOptions struct {
	limits   *Limits
	logger   *slog.Logger
	parity   parity   // of this side's channels
	requests requests // what is served; nil for nothing
}

// newWire returns a session on a socket. The caller must start it.
func newWire(socket net.Conn, options wireOptions, ended func(*wire, *Error)) *wire {
	w := &wire{
		socket:   socket,
		limits:   options.limits,
		logger:   options.logger,
		ended:    ended,
		wake:     make(chan struct{}, 1),
		dead:     make(chan struct{}),
		nudges:   stoppedTimer(),
		deadline: stoppedTimer(),
		writeNow: immediateWriter(socket),
		began:    time.Now(),
		session:  newSession[*exchange, *servedCall](options.parity, *options.limits),
		serving:  serving{requests: options.requests},
	}
	w.session.served.on = options.requests != nil
	w.pressure.resume = make(chan struct{}, 1)
	return w
}

// start starts the session, whose goroutines are workers.
func (w *wire) start(workers *sync.WaitGroup) {
	workers.Go(w.read)
	workers.Go(w.write)
	workers.Go(w.keepTime)
}

func stoppedTimer() *time.Timer {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return timer
}

// fail ends the connection and every call in flight. Only the first reason counts.
func (w *wire) fail(reason *Error) {
	w.mu.Lock()
	if w.err != nil {
		w.mu.Unlock()
		return
	}
	w.err = reason
	calls := w.session.inFlight()
	w.session.each(func(x *exchange) {
		w.finish(x, reason)
		x.wake()
	})
	served := w.cancelAll(nil)
	w.session.clear()
	w.unsent = nil
	close(w.dead)
	dropped := w.session.dropped
	w.mu.Unlock()
	for _, c := range served {
		c.cancel(reason)
	}
	err := w.socket.Close()
	w.logger.Debug("connection ended", "reason", reason, "calls", calls, "served", len(served), "dropped", dropped, "close", err)
	w.ended(w, reason)
}

// isReason reports whether the wire is dead, and this is why.
func (w *wire) isReason(err *Error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err != nil && w.err == err
}

// proven reports whether the wire was of use: it has answered a call, or has lived for a while.
func (w *wire) proven() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answered || time.Since(w.began) >= provenLife
}

// busy returns how many calls the server works on, or may work on.
func (w *wire) busy() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int(w.claims.Load()) + len(w.session.stale.set)
}

// counts returns how many calls and tunnels are in flight, how many calls of the peer run, and how many frames have
// arrived that nobody waited for.
func (w *wire) counts() (inFlight, serving int, dropped uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.session.inFlight(), w.serving.calls, w.session.dropped + uint64(len(w.session.tunnels.early))
}

// rest notes when the wire began to have nothing to do, if it has nothing to do and somebody asks. The lock is held.
func (w *wire) rest() {
	if w.watched {
		w.rested = now()
	}
}

// idleFor returns how long the wire has had nothing to do: no call runs either way, and no tunnel is open.
func (w *wire) idleFor() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.serving.calls > 0 || w.session.inFlight() > 0 {
		w.watched = true
		return 0
	}
	if !w.watched {
		w.watched, w.rested = true, now()
	}
	return time.Duration(now() - w.rested)
}

// finish ends a call, with an error or with nil. The lock is held, and the caller must wake the reader.
func (w *wire) finish(x *exchange, err *Error) {
	x.finish(err)
	w.rest()
	w.supplied(x)
	w.relieve(x)
}

// cancel ends a call before its end has come, and asks the server to stop working on it.
func (w *wire) cancel(x *exchange, reason cancelReason) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.abandon(x, reason)
}

// abandon is cancel for a caller that holds the lock.
func (w *wire) abandon(x *exchange, reason cancelReason) {
	w.rest()
	w.supplied(x)
	w.relieve(x)
	if w.session.abandon(x.channel) && len(w.unsent) < w.limits.MaxUnsentBytes {
		w.unsent = w.session.appendCancel(w.unsent, x.channel, reason)
		w.wakeWriter()
	}
}

// collect takes all that has arrived for a call, in exchange for an inbox that is empty.
func (w *wire) collect(x *exchange, taken *inbox) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x.inbox, *taken = *taken, x.inbox
}

// lost returns the error for a connection that a failing read or write has ended.
func lost(err error) *Error {
	var protocol *ProtocolError
	switch {
	case errors.As(err, &protocol):
		return localError(CodeUnavailable, err)
	case err == io.EOF:
		// A caller that still waits for something has not read to its end: with io.EOF as the cause, a tunnel would say
		// that it had ended.
		return &Error{Code: CodeUnavailable, Message: "the server closed the connection", cause: io.ErrUnexpectedEOF}
	}
	return &Error{Code: CodeUnavailable, Message: Quote("connection lost: " + err.Error()), cause: err}
}
