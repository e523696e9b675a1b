package rapace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// servesNothing is the message that the peer gets when it calls a method of a side without handlers.
const servesNothing = "this client serves no methods"

// shuttingDown is the message that the peer gets for requests during a shutdown.
const shuttingDown = "the host is shutting down"

// requests decides about the requests of a wire's peer.
type requests interface {
	// accept returns the served call of a request, or why the request is refused. The wire's lock is held.
	accept(w *wire, request frame) (*servedCall, *Error)
}

// servedCall is a call of the peer as its wire sees it.
type servedCall struct {
	wire    *wire
	channel uint32
	name    string         // of the method
	payload []byte         // of the request
	quiet   bool           // whether nothing is answered: a notification
	context *servedContext // of the handler
	run     func()         // runs the handler, and ends the call by wire.end

	// What follows is guarded by the wire's lock.
	over       bool // whether no more frames are sent for it: it is answered or cancelled
	prev, next *servedCall
}

// serving are the served calls of a wire. The wire's lock guards it, except for requests.
type serving struct {
	requests requests // nil when nothing is served
	// first is the first of the calls that run. A cancelled one runs until its handler has returned.
	first *servedCall
	calls int
	bytes int // of their requests
	// draining reports whether no further calls begin.
	draining bool
	// warned is how many refusals were warnings.
	warned int
	// forced is how many bytes of errors have been added since there was no room any more.
	forced int
}

// errUnread ends a connection whose peer makes calls and does not read.
var errUnread = errors.New("the peer does not read")

var errCancelledByPeer = &Error{Code: CodeCancelled, Message: "the peer cancelled the call"}

// refusal is a request that does not run, for the log.
type refusal struct {
	method uint32
	level  slog.Level
	reason string
}

// moreRefusals is the last warning about the refused calls of a connection.
const moreRefusals = "refused more calls of the peer, which are not logged"

// log logs a refusal. Only one that the peer gets no answer for, or that is of no use to it, is a warning.
func (r refusal) log(logger *slog.Logger) {
	message := moreRefusals
	if r.reason != "" {
		message = fmt.Sprintf("refused a call of the peer: method 0x%08x, %s", r.method, r.reason)
	}
	logger.Log(context.Background(), r.level, message)
}

// note adds a refusal to what is logged. A wire has a limited number of warnings. The lock is held.
func (w *wire) note(r refusal, got *delivery) {
	if r.level == slog.LevelWarn {
		w.serving.warned++
		switch {
		case w.serving.warned == loggedRefusals+1:
			r.reason = ""
		case w.serving.warned > loggedRefusals:
			return
		}
	}
	got.refused = append(got.refused, r)
}

// serve begins the served call of a request, or refuses the request. The lock is held.
func (w *wire) serve(request frame, got *delivery) {
	if w.serving.requests == nil {
		w.note(refusal{request.method, slog.LevelWarn, "no handler"}, got)
		if w.hasRoom() {
			w.session.began(request)
			w.unsent = appendError(w.unsent, request.channel, CodeUnimplemented, servesNothing)
			w.wakeWriter()
		}
		return
	}
	w.session.began(request)
	err := w.mayServe(len(request.payload))
	if err == nil {
		var s *servedCall
		if s, err = w.serving.requests.accept(w, request); err == nil {
			w.begin(s)
			got.begun = append(got.begun, s)
			return
		}
	}
	w.refuse(request, err, got)
}

// mayServe returns why no further call with a request of this size can begin. The lock is held.
func (w *wire) mayServe(size int) *Error {
	s := &w.serving
	var code Code
	var message string
	switch {
	case s.draining:
		code, message = CodeUnavailable, shuttingDown
	case s.calls >= w.limits.MaxServedCalls:
		code, message = CodeResourceExhausted, fmt.Sprintf("%d calls run on this connection already", s.calls)
	case s.calls > 0 && s.bytes+size > w.limits.MaxServedBytes:
		code, message = CodeResourceExhausted, fmt.Sprintf(
			"requests of %d bytes run on this connection already, the limit is %d", s.bytes, w.limits.MaxServedBytes)
	default:
		return nil
	}
	return &Error{Code: code, Message: message}
}

// begin adds a served call. The lock is held.
func (w *wire) begin(s *servedCall) {
	s.over = false
	s.prev, s.next = nil, w.serving.first
	if s.next != nil {
		s.next.prev = s
	}
	w.serving.first = s
	w.serving.calls++
	w.serving.bytes += len(s.payload)
	if s.channel != 0 {
		w.session.served.live[s.channel] = s
	}
}

// refuse answers a request with an error. The lock is held.
func (w *wire) refuse(request frame, reason *Error, got *delivery) {
	quiet := request.channel == 0 && request.flags&flagNoReply != 0
	level := slog.LevelDebug
	if quiet {
		level = slog.LevelWarn
	} else {
		w.force(request.channel, reason.Code, reason.Message)
	}
	w.note(refusal{request.method, level, reason.Message}, got)
}

// force adds an error to what is unsent, whether or not there is room. The lock is held.
func (w *wire) force(channel uint32, code Code, message string) {
	before := len(w.unsent)
	if w.hasRoom() {
		w.serving.forced = 0
	}
	w.unsent = appendError(w.unsent, channel, code, message)
	if !w.hasRoom() {
		w.serving.forced += len(w.unsent) - before
	}
	w.wakeWriter()
}

// unreadByPeer returns an error when the peer makes calls and does not read the errors that it gets. The lock is held.
func (w *wire) unreadByPeer() error {
	if w.serving.forced <= w.limits.MaxUnsentBytes {
		return nil
	}
	return fmt.Errorf("%w: %d bytes wait to be sent", errUnread, w.writing+len(w.unsent))
}

// refuseSecond answers a request on a channel on which a served call runs: that call is cancelled. The lock is held.
func (w *wire) refuseSecond(request frame, got *delivery) {
	s := w.session.served.live[request.channel]
	w.session.began(request)
	got.cancelled = append(got.cancelled, s.context)
	w.settle(s)
	w.refuse(request, &Error{
		Code:    CodeFailedPrecondition,
		Message: fmt.Sprintf("channel %d carries a call already", request.channel),
	}, got)
}

// refuseOwnChannel answers a request on a channel of this side's. The lock is held.
func (w *wire) refuseOwnChannel(request frame, got *delivery) {
	w.session.began(request)
	w.refuse(request, &Error{
		Code: CodeFailedPrecondition,
		Message: fmt.Sprintf("channel %d belongs to this side: the peer must open %v channels",
			request.channel, w.session.parity.peers()),
	}, got)
}

// cancelServed ends a served call for its peer, who has cancelled it. The lock is held.
func (w *wire) cancelServed(control frame, got *delivery) {
	channel, _ := cancelledChannel(control)
	s := w.session.served.live[channel]
	got.cancelled = append(got.cancelled, s.context)
	w.settle(s)
	w.force(channel, CodeCancelled, "cancelled")
}

// settle notes that no more frames are sent for a served call, and wakes its handler if that waits to send one. The lock
// is held.
func (w *wire) settle(s *servedCall) {
	s.over = true
	if s.channel != 0 {
		delete(w.session.served.live, s.channel)
	}
	w.makeRoom()
}

// awaitRoom waits while too much is unsent. It returns false when the call is over.
func (w *wire) awaitRoom(s *servedCall) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !s.over && !w.hasRoom() {
		w.waitUntil(func() bool { return s.over || w.hasRoom() }, nil, nil)
	}
	return !s.over && w.err == nil
}

// item hands an item of a served call to the writer. It returns false when the call is over.
func (w *wire) item(s *servedCall, frame []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.over || w.err != nil {
		return false
	}
	w.unsent = append(w.unsent, frame...)
	w.wakeWriter()
	return true
}

// end ends a served call whose handler has returned, with the last frame of its answer. The frame is empty when nothing
// is answered. It returns false when the call was over already.
func (w *wire) end(s *servedCall, frame []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := !s.over && w.err == nil
	if s.channel != 0 && !s.over {
		delete(w.session.served.live, s.channel)
	}
	s.over = true
	w.unlink(s)
	switch {
	case !sent || len(frame) == 0:
	case w.serving.calls == 0 && w.writeNow != nil && w.writing == 0 && len(w.unsent) == 0:
		w.sendNow(frame)
	default:
		w.unsent = append(w.unsent, frame...)
		w.wakeWriter()
	}
	if w.serving.draining || w.err != nil {
		w.makeRoom()
	}
	return sent
}

// unlink removes a served call from those that run. The lock is held.
func (w *wire) unlink(s *servedCall) {
	if s.prev == nil {
		w.serving.first = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next != nil {
		s.next.prev = s.prev
	}
	s.prev, s.next = nil, nil
	w.rest()
	w.serving.calls--
	w.serving.bytes -= len(s.payload)
}

// cancelAll ends all served calls: each with an error, unless that is nil. It returns their contexts, which the caller
// must cancel when the lock is free. The lock is held.
func (w *wire) cancelAll(reason *Error) []*servedContext {
	var contexts []*servedContext
	for s := w.serving.first; s != nil; s = s.next {
		contexts = append(contexts, s.context)
		if s.over {
			continue
		}
		w.settle(s)
		if reason != nil && !s.quiet {
			w.force(s.channel, reason.Code, reason.Message)
		}
	}
	return contexts
}

// drain refuses further requests and waits until no served call runs and all is handed to the socket, or until stop is
// closed. Then the calls that are left are cancelled, and their errors get a moment to leave.
func (w *wire) drain(stop <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serving.draining = true
	flushed := func() bool { return w.writing+len(w.unsent) == 0 }
	if w.waitUntil(func() bool { return w.serving.calls == 0 && flushed() }, stop, nil) {
		return
	}
	contexts := w.cancelAll(&Error{Code: CodeCancelled, Message: "cancelled"})
	w.mu.Unlock()
	for _, c := range contexts {
		c.cancel(errors.New(shuttingDown))
	}
	w.mu.Lock()
	timer := time.NewTimer(closeTimeout)
	defer timer.Stop()
	w.waitUntil(flushed, nil, timer.C)
}

// handlersLeft waits until no handler runs, on a wire that is dead, or until stop is closed. It returns the methods of
// those that still run.
func (w *wire) handlersLeft(stop <-chan struct{}) (left []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for stopped := false; w.serving.calls > 0 && !stopped; {
		if w.room == nil {
			w.room = make(chan struct{})
		}
		room := w.room
		w.mu.Unlock()
		select {
		case <-room:
		case <-stop:
			stopped = true
		}
		w.mu.Lock()
	}
	for s := w.serving.first; s != nil; s = s.next {
		left = append(left, s.name)
	}
	return left
}
