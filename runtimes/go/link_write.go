package rapace

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// write writes the frames that wait, all of them in one go, until the connection ends. Calls do not wait for the socket
// themselves: one that is cancelled must neither leave half a frame behind nor wait for a peer that does not read.
func (l *link) write() {
	var frames []byte
	for {
		frames = l.takeUnsent(kept(frames, keepBytes))
		if len(frames) > 0 {
			if _, err := l.socket.Write(frames); err != nil {
				l.fail(lost(err))
				return
			}
			l.written()
			continue
		}
		select {
		case <-l.wake:
			// Calls that are about to send get to do so first, so that their frames leave together.
			runtime.Gosched()
		case <-l.dead:
			return
		}
	}
}

// takeUnsent returns the frames to write next and leaves the buffer for later ones. While a call writes, there are none.
func (l *link) takeUnsent(buf []byte) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writing > 0 {
		return nil
	}
	frames := l.unsent
	l.unsent, l.writing = buf, len(frames)
	return frames
}

// written notes that what was being written is.
func (l *link) written() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wrote += uint64(l.writing)
	l.writing = 0
	l.makeRoom()
}

// makeRoom tells those who wait that the writer has come further. The lock is held.
func (l *link) makeRoom() {
	if l.room != nil {
		close(l.room)
		l.room = nil
	}
}

// wakeWriter tells the writer that there is something to write.
func (l *link) wakeWriter() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// send begins a call with a request, whose header it writes. It waits while too much is unsent, at most until the
// call's time is over.
func (l *link) send(ctx context.Context, x *call, method uint32, request []byte) *Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.waitForRoom(ctx, x); err != nil {
		return err
	}
	if err := l.mayOpen(); err != nil {
		return err
	}
	x.channel = l.session.open(x.kind, x, method, request)
	if x.kind == serverStreaming {
		// The client's timeout bounds how long it takes to begin a stream, and nothing of what follows.
		x.deadline.Store(0)
	}
	l.setAlarm(x.deadline.Load())
	l.reconsider()
	if len(l.session.live) == 1 && l.writeNow != nil && l.writing == 0 && len(l.unsent) == 0 {
		l.sendNow(request)
		return nil
	}
	l.unsent = append(l.unsent, request...)
	l.wakeWriter()
	return nil
}

// mayOpen returns why no further call can begin. The lock is held.
func (l *link) mayOpen() *Error {
	if l.err != nil {
		return l.err
	}
	live, most := len(l.session.live), l.options.limits.MaxCalls
	if live < most {
		return nil
	}
	message := fmt.Sprintf("%d calls are in flight, the limit of a connection is %d", live, most)
	return &Error{Code: CodeResourceExhausted, Message: message}
}

// notify sends a request that is not answered. It returns when the request has been handed to the socket.
func (l *link) notify(ctx context.Context, x *call, method uint32, request []byte) *Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.waitForRoom(ctx, x); err != nil {
		return err
	}
	if l.err == nil {
		l.session.notify(method, request)
		l.unsent = append(l.unsent, request...)
		l.wakeWriter()
		if err := l.waitFor(ctx, x, l.allWritten()); err != nil {
			return err
		}
	}
	return l.err
}

// sendNow writes the request of a call that is alone: there is nothing to write together with it, and the writer would
// have to be woken first. What the socket does not take at once is the writer's. The lock is held, but not while it writes.
func (l *link) sendNow(request []byte) {
	l.writing = len(request)
	l.mu.Unlock()
	n := l.writeNow(request)
	l.mu.Lock()
	l.writing = 0
	if l.err != nil {
		return
	}
	l.wrote += uint64(n)
	// Frames of other calls may have come meanwhile.
	if n < len(request) {
		l.unsent = slices.Insert(l.unsent, 0, request[n:]...)
	}
	if len(l.unsent) > 0 {
		l.wakeWriter()
	}
	l.makeRoom()
}

// waitForRoom waits while too much is unsent, at most until the call's time is over. The lock is held, but not while it
// waits.
func (l *link) waitForRoom(ctx context.Context, x *call) *Error {
	if l.hasRoom() {
		return nil
	}
	return l.waitFor(ctx, x, l.hasRoom)
}

// waitFor is waitUntil for a call.
func (l *link) waitFor(ctx context.Context, x *call, done func() bool) *Error {
	timeout, stop := x.clock()
	defer stop()
	switch {
	case l.waitUntil(done, ctx.Done(), timeout):
		return nil
	case ctx.Err() != nil:
		return contextError(ctx)
	}
	return x.notSent()
}

// hasRoom tells whether more may be put to what is unsent. The lock is held.
func (l *link) hasRoom() bool {
	return l.writing+len(l.unsent) <= l.options.limits.MaxUnsentBytes
}

// allWritten returns what tells whether all that is unsent now has been handed to the socket. The lock is held, and by who
// asks too.
func (l *link) allWritten() func() bool {
	goal := l.wrote + uint64(l.writing+len(l.unsent))
	return func() bool { return l.wrote >= goal }
}

// waitUntil waits until the writer has come far enough or the link is dead. It returns false when it is stopped before, or
// it takes too long. The lock is held, but not while it waits.
func (l *link) waitUntil(done func() bool, stop <-chan struct{}, timeout <-chan time.Time) bool {
	for l.err == nil && !done() {
		if l.room == nil {
			l.room = make(chan struct{})
		}
		room, stopped := l.room, false
		l.mu.Unlock()
		select {
		case <-room:
		case <-l.dead:
		case <-stop:
			stopped = true
		case <-timeout:
			stopped = true
		}
		l.mu.Lock()
		if stopped {
			return false
		}
	}
	return true
}
