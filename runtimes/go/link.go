package rapace

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// link is one session on one socket, from its first frame until it is lost. All calls in flight on it end with it.
type link struct {
	socket  net.Conn
	options *connOptions
	// ended is called once, when the calls in flight have failed.
	ended   func(*link, *Error)
	wake    chan struct{} // tells the writer that there is something to write
	dead    chan struct{} // closed when err is set
	nudges  *time.Timer   // runs until it is time to nudge
	nudging atomic.Bool   // whether it runs
	alarm   *time.Timer   // runs until the next call has waited too long
	alarmAt atomic.Int64  // when that is; 0 when no alarm is set. Changed under the lock
	// writeNow returns how much of some bytes the socket takes at once; nil when it cannot be asked.
	writeNow func([]byte) int
	pressure pressure
	began    time.Time
	// claims is how many calls have chosen this link of a pool.
	claims atomic.Int64

	mu      sync.Mutex // guards what follows
	session *session[*call]
	unsent  []byte        // frames that wait for the writer
	writing int           // how many bytes of others are being handed to the socket; nobody else writes meanwhile
	wrote   uint64        // how many bytes have been handed to the socket
	room    chan struct{} // closed when the writer has come further; nil unless a call waits for it
	err     *Error        // why the link is dead
	// answered tells whether a call got anything.
	answered bool
}

// newLink makes a link of a socket. Its goroutines are workers.
func newLink(socket net.Conn, options *connOptions, workers *sync.WaitGroup, ended func(*link, *Error)) *link {
	l := &link{
		socket:   socket,
		options:  options,
		ended:    ended,
		wake:     make(chan struct{}, 1),
		dead:     make(chan struct{}),
		nudges:   stoppedTimer(),
		alarm:    stoppedTimer(),
		writeNow: immediateWriter(socket),
		began:    time.Now(),
		session:  newSession[*call](options.limits),
	}
	l.pressure.resume = make(chan struct{}, 1)
	workers.Go(l.read)
	workers.Go(l.write)
	workers.Go(l.keepTime)
	return l
}

func stoppedTimer() *time.Timer {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return timer
}

// fail ends the connection and every call in flight. Only the first reason counts.
func (l *link) fail(reason *Error) {
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return
	}
	l.err = reason
	calls := len(l.session.live)
	for _, x := range l.session.live {
		l.finish(x.handle, reason)
		x.handle.wake()
	}
	clear(l.session.live)
	l.session.unaries = 0
	l.unsent = nil
	close(l.dead)
	dropped := l.session.dropped
	l.mu.Unlock()
	err := l.socket.Close()
	l.options.logger.Debug("connection ended", "reason", reason, "calls", calls, "dropped", dropped, "close", err)
	l.ended(l, reason)
}

// proven tells whether the link was of use: it has answered a call, or has lived for a while.
func (l *link) proven() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answered || time.Since(l.began) >= provenLife
}

// finish ends a call, with an error or with nil. The lock is held, and the caller is to be woken.
func (l *link) finish(x *call, err *Error) {
	x.finish(err)
	l.supplied(x)
	l.relieve(x)
}

// busy tells how many calls are, or may be, what the server works on.
func (l *link) busy() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(l.claims.Load()) + len(l.session.tombstones)
}

// lost returns the error for a connection that a failing read or write has ended.
func lost(err error) *Error {
	var protocol *ProtocolError
	switch {
	case errors.As(err, &protocol):
		return localError(CodeUnavailable, err)
	case err == io.EOF:
		// Whoever still waits for something has not read to its end: io.EOF as the cause would say so of a tunnel.
		return &Error{Code: CodeUnavailable, Message: "the server closed the connection", cause: io.ErrUnexpectedEOF}
	}
	return &Error{Code: CodeUnavailable, Message: Quote("connection lost: " + err.Error()), cause: err}
}

// cancel ends a call before its end has come, and asks the server to stop working on it.
func (l *link) cancel(x *call, reason cancelReason) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.abandon(x, reason)
}

// abandon is cancel for a caller that holds the lock.
func (l *link) abandon(x *call, reason cancelReason) {
	l.supplied(x)
	l.relieve(x)
	if l.session.abandon(x.channel) && len(l.unsent) < l.options.limits.MaxUnsentBytes {
		l.unsent = l.session.appendCancel(l.unsent, x.channel, reason)
		l.wakeWriter()
	}
}
