package rapace

import (
	"fmt"
	"io"
	"log/slog"
)

// read hands received frames to their calls, until the connection ends.
func (w *wire) read() {
	frames := frameReader{max: w.limits.MaxFrameBytes}
	acknowledge, acknowledgeSoon := w.acknowledgers()
	messages := isMessages(w.socket)
	// Whether the peer was seen to write a frame in parts. A peer that writes messages may hold back the next message
	// too.
	inParts := messages
	var got delivery
	for first := true; ; first = false {
		space := frames.space()
		n, err := w.socket.Read(space)
		frames.advance(n)
		if first && w.serving.requests != nil && isTLS(space[:n]) {
			w.fail(lost(&ProtocolError{"the peer speaks TLS, and this is a port without"}))
			return
		}
		awaited, over, wrong := w.deliver(&frames, &got)
		// Without the lock, which the calls that wake take first.
		got.report(w.logger)
		if wrong != nil {
			w.fail(lost(wrong))
			return
		}
		if err != nil {
			if err == io.EOF && frames.partial() {
				err = io.ErrUnexpectedEOF
			}
			w.fail(lost(err))
			return
		}
		inParts = inParts || frames.headAlone()
		// When the space was filled, more has arrived already and the peer is not held up.
		switch {
		case n == len(space):
		case frames.partial() && !messages:
			acknowledge()
		case inParts && awaited:
			acknowledgeSoon()
		}
		if over {
			w.hold()
		}
	}
}

// isTLS reports whether the first bytes of a peer are the beginning of a TLS handshake, whose length may be one that a
// frame can have. As a frame it would have a message id above 2^40.
func isTLS(b []byte) bool {
	return len(b) > 9 && b[0] == 0x16 && b[1] == 3 && b[5] == 1 && b[9] == 3
}

// delivery is what some frames have brought.
type delivery struct {
	// woken are the calls that got something.
	woken []*exchange
	// begun are the served calls that are to run.
	begun []*servedCall
	// cancelled are the contexts of served calls that the peer has cancelled.
	cancelled []*servedContext
	// refused are the requests that do not run.
	refused []refusal
}

// report wakes the calls, runs and cancels the served ones, logs the refusals, and forgets all of them.
func (d *delivery) report(logger *slog.Logger) {
	for _, x := range d.woken {
		x.wake()
	}
	clear(d.woken)
	d.woken = d.woken[:0]
	for _, s := range d.begun {
		go s.run()
	}
	clear(d.begun)
	d.begun = d.begun[:0]
	for _, c := range d.cancelled {
		c.cancel(errCancelledByPeer)
	}
	clear(d.cancelled)
	d.cancelled = d.cancelled[:0]
	for _, r := range d.refused {
		r.log(logger)
	}
	clear(d.refused)
	d.refused = d.refused[:0]
}

// deliver hands each complete frame to its call and adds it to the delivery. A call gets a copy, so that none holds up
// the others. It returns whether more is awaited, and whether a stream is over its mark.
func (w *wire) deliver(frames *frameReader, got *delivery) (awaited, over bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		// The writer has ended the wire since these bytes were read. A served call that begins now would never be
		// cancelled.
		return false, false, w.err
	}
	for {
		f, ok, err := frames.next()
		if !ok {
			awaited = w.session.inFlight() > 0 || w.serving.requests != nil
			if err == nil {
				err = w.unreadByPeer()
			}
			return awaited, w.pressure.over > 0, err
		}
		switch e, meaning := w.session.receive(f); meaning {
		case meansEvent:
			w.hand(e)
			got.woken = append(got.woken, e.handle)
		case meansRequest:
			w.serve(f, got)
		case meansSecondRequest:
			w.refuseSecond(f, got)
		case meansOwnChannel:
			w.refuseOwnChannel(f, got)
		case meansCancel:
			w.cancelServed(f, got)
		}
	}
}

// hand hands an event to its call, which the caller must wake. The lock is held.
func (w *wire) hand(e event[*exchange]) {
	w.answered = true
	if e.hasItem && !e.handle.put(e.item) {
		if !e.end {
			w.abandon(e.handle, cancelledByResources)
		}
		e.end, e.err = true, &Error{
			Code:    CodeResourceExhausted,
			Message: fmt.Sprintf("the %s has more than %d bytes that were not read", e.handle.kind, w.limits.MaxStreamBytes),
		}
	}
	if e.handle.kind != unary {
		w.weigh(e.handle)
	}
	if e.end {
		w.finish(e.handle, e.err)
	}
}
