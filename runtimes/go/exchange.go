package rapace

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// itemOverhead is what an item of a stream counts besides its payload, so that a stream of empty items is bounded too.
const itemOverhead = 64

// exchange is a call or a tunnel as its wire sees it: what has arrived for it, and how long it may wait. Its session
// forgets it when it ends, so what arrives late never touches an exchange that is used again.
type exchange struct {
	kind    kind
	timeout time.Duration // how long the answer is waited for, or how long it takes to send a stream's request
	idle    time.Duration // how long each item of a stream is waited for; 0 is without end
	channel uint32        // 0 unless the exchange is in flight; guarded by the wire's lock
	ready   chan struct{} // signals the reader that something has arrived; holds one token

	// deadline is when the exchange has waited too long, on the clock of now; 0 while it does not wait, or when its
	// context has a deadline.
	deadline atomic.Int64
	// maxBytes is the bound of unread.
	maxBytes int
	// unread is the size of the items that the reader has not read, taken or not.
	unread atomic.Int64
	// over reports whether unread is over the mark, and waits whether the reader waits and has nothing: see pressure.
	over, waits atomic.Bool
	// inbox is what has arrived and was not taken, guarded by the wire's lock.
	inbox inbox
	// cause is why the exchange has ended, nil for the end of a stream. Guarded by the wire's lock.
	cause *Error
}

// init prepares an exchange that is new, or was used before.
func (x *exchange) init(kind kind, limits *Limits) {
	x.kind, x.channel, x.cause = kind, 0, nil
	x.maxBytes = limits.MaxStreamBytes
	x.unread.Store(0)
}

// put adds an item. It returns false when too much of a stream is unread. The wire's lock is held, and the caller must
// wake the reader when it no longer is.
func (x *exchange) put(payload []byte) bool {
	size := int64(len(payload) + itemOverhead)
	if unread := x.unread.Add(size); x.kind != unary && unread > size && unread > int64(x.maxBytes) {
		return false
	}
	x.inbox.put(payload)
	return true
}

// finish ends the exchange, with an error or with nil. The wire's lock is held, and the caller must wake the reader.
func (x *exchange) finish(err *Error) {
	x.channel = 0
	// A tunnel that was read to its end may be lost later, before this side has ended it.
	if !x.inbox.done {
		x.inbox.done, x.inbox.err, x.cause = true, err, err
	}
}

// wake wakes the reader. It does no harm when there is nothing to read, nor to the next user of an exchange that has
// been released in between.
func (x *exchange) wake() {
	select {
	case x.ready <- struct{}{}:
	default:
	}
}

// startClock sets the deadline to this time from now, unless that is 0 or the context has its own deadline.
func (x *exchange) startClock(ctx context.Context, timeout time.Duration) {
	if _, ok := ctx.Deadline(); !ok && timeout > 0 {
		x.deadline.Store(now() + int64(timeout))
	}
}

// clock returns a channel that fires at the deadline, for an exchange that no wire watches. The caller must stop it.
func (x *exchange) clock() (over <-chan time.Time, stop func()) {
	at := x.deadline.Load()
	if at == 0 {
		return nil, func() {}
	}
	timer := time.NewTimer(time.Duration(at - now()))
	return timer.C, func() { timer.Stop() }
}

// timedOut returns the error of an exchange that has waited too long for what the server sends.
func (x *exchange) timedOut() *Error {
	if x.kind == serverStreaming {
		return late("no item within %v, the time of WithIdleTimeout", x.idle)
	}
	return late("no answer within %v", x.timeout)
}

// notSent returns the error of an exchange whose deadline has passed before its request could be sent.
func (x *exchange) notSent() *Error {
	return late("not sent within %v", x.timeout)
}

// late returns the error of something that took longer than a time. The format has a place for that time.
func late(format string, timeout time.Duration) *Error {
	message := fmt.Sprintf(format, rounded(timeout))
	return &Error{Code: CodeDeadlineExceeded, Message: message, cause: context.DeadlineExceeded}
}

// rounded returns a time as people read it, with three digits or whole seconds.
func rounded(d time.Duration) time.Duration {
	digit := time.Duration(1)
	for d/digit >= 1000 && digit < time.Second {
		digit *= 10
	}
	return d.Round(digit)
}

var clockBegan = time.Now()

// now returns the time on the clock of all calls, in nanoseconds. It is never 0.
func now() int64 {
	return int64(time.Since(clockBegan)) + 1
}
