package rapace

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// write writes the frames that wait, all of them in one write, until the connection ends. Calls do not write to the
// socket themselves: a call that is cancelled must neither leave half a frame on the wire nor wait for a peer that does
// not read.
func (w *wire) write() {
	var frames []byte
	for {
		frames = w.takeUnsent(kept(frames, keepBytes))
		if len(frames) > 0 {
			if _, err := w.socket.Write(frames); err != nil {
				w.fail(lost(err))
				return
			}
			w.written()
			continue
		}
		select {
		case <-w.wake:
			// Calls that are about to send get to do so first, so that their frames leave together.
			runtime.Gosched()
		case <-w.dead:
			return
		}
	}
}

// takeUnsent returns the frames to write next and leaves the buffer for later ones. While a call writes, there are
// none.
func (w *wire) takeUnsent(buf []byte) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.writing > 0 {
		return nil
	}
	frames := w.unsent
	w.unsent, w.writing = buf, len(frames)
	return frames
}

// written notes that the frames that the writer took are written.
func (w *wire) written() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrote += uint64(w.writing)
	w.writing = 0
	w.makeRoom()
}

// makeRoom wakes the callers that wait for the writer. The lock is held.
func (w *wire) makeRoom() {
	if w.room != nil {
		close(w.room)
		w.room = nil
	}
}

// wakeWriter wakes the writer: there is something to write.
func (w *wire) wakeWriter() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// send begins a call with a request, whose header it writes. It waits while too much is unsent, at most until the
// call's time is over.
func (w *wire) send(ctx context.Context, x *exchange, method uint32, request []byte) *Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.waitForRoom(ctx, x); err != nil {
		return err
	}
	if err := w.mayOpen(); err != nil {
		return err
	}
	x.channel = w.session.open(x.kind, x, method, request)
	if x.kind == serverStreaming {
		// The client's timeout bounds how long it takes to begin a stream, and nothing of what follows.
		x.deadline.Store(0)
	}
	w.setDeadline(x.deadline.Load())
	w.reconsider()
	if w.session.inFlight() == 1 && w.writeNow != nil && w.writing == 0 && len(w.unsent) == 0 {
		w.sendNow(request)
		return nil
	}
	w.unsent = append(w.unsent, request...)
	w.wakeWriter()
	return nil
}

// mayOpen returns why no further call can begin. The lock is held.
func (w *wire) mayOpen() *Error {
	if w.err != nil {
		return w.err
	}
	live, most := w.session.inFlight(), w.limits.MaxCalls
	if live < most {
		return nil
	}
	message := fmt.Sprintf("%d calls are in flight, the limit of a connection is %d", live, most)
	return &Error{Code: CodeResourceExhausted, Message: message}
}

// notify sends a request that is not answered. It returns when the request has been handed to the socket.
func (w *wire) notify(ctx context.Context, x *exchange, method uint32, request []byte) *Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.waitForRoom(ctx, x); err != nil {
		return err
	}
	if w.err == nil {
		w.session.notify(method, request)
		w.unsent = append(w.unsent, request...)
		w.wakeWriter()
		if err := w.waitFor(ctx, x, w.allWritten()); err != nil {
			return err
		}
	}
	return w.err
}

// sendNow writes the request of a call that is alone: there is nothing to write together with it, and the writer would
// have to be woken first. What the socket does not take at once is the writer's. The lock is held, but not while it
// writes.
func (w *wire) sendNow(request []byte) {
	w.writing = len(request)
	w.mu.Unlock()
	n := w.writeNow(request)
	w.mu.Lock()
	w.writing = 0
	if w.err != nil {
		return
	}
	w.wrote += uint64(n)
	// Other calls may have added frames in between.
	if n < len(request) {
		w.unsent = slices.Insert(w.unsent, 0, request[n:]...)
	}
	if len(w.unsent) > 0 {
		w.wakeWriter()
	}
	w.makeRoom()
}

// waitForRoom waits while too much is unsent, at most until the call's time is over. The lock is held, but not while it
// waits.
func (w *wire) waitForRoom(ctx context.Context, x *exchange) *Error {
	if w.hasRoom() {
		return nil
	}
	return w.waitFor(ctx, x, w.hasRoom)
}

// waitFor is waitUntil for a call.
func (w *wire) waitFor(ctx context.Context, x *exchange, done func() bool) *Error {
	timeout, stop := x.clock()
	defer stop()
	switch {
	case w.waitUntil(done, ctx.Done(), timeout):
		return nil
	case ctx.Err() != nil:
		return contextError(ctx)
	}
	return x.notSent()
}

// hasRoom reports whether more frames may be added to the unsent ones. The lock is held.
func (w *wire) hasRoom() bool {
	return w.writing+len(w.unsent) <= w.limits.MaxUnsentBytes
}

// allWritten returns a function that reports whether all that is unsent now has been handed to the socket. The lock is
// held, and must be held when the function is called.
func (w *wire) allWritten() func() bool {
	goal := w.wrote + uint64(w.writing+len(w.unsent))
	return func() bool { return w.wrote >= goal }
}

// waitUntil waits until done returns true or the wire is dead. It returns false when it is stopped before, or when the
// timeout fires. The lock is held, but not while it waits.
func (w *wire) waitUntil(done func() bool, stop <-chan struct{}, timeout <-chan time.Time) bool {
	for w.err == nil && !done() {
		if w.room == nil {
			w.room = make(chan struct{})
		}
		room, stopped := w.room, false
		w.mu.Unlock()
		select {
		case <-room:
		case <-w.dead:
		case <-stop:
			stopped = true
		case <-timeout:
			stopped = true
		}
		w.mu.Lock()
		if stopped {
			return false
		}
	}
	return true
}
