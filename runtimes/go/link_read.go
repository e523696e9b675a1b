package rapace

import (
	"fmt"
	"io"
	"log/slog"
)

// read hands what arrives to the calls, until the connection ends.
func (l *link) read() {
	frames := frameReader{max: l.options.limits.MaxFrameBytes}
	acknowledge, acknowledgeSoon := l.acknowledgers()
	messages := isMessages(l.socket)
	// Whether the peer was seen to write a frame in parts. One that writes messages may hold back the next likewise.
	inParts := messages
	var got delivery
	for {
		space := frames.space()
		n, err := l.socket.Read(space)
		frames.advance(n)
		awaited, over, wrong := l.deliver(&frames, &got)
		// Not under the lock, which the calls want first of all.
		got.tell(l.options.logger)
		if wrong != nil {
			l.fail(lost(wrong))
			return
		}
		if err != nil {
			if err == io.EOF && frames.partial() {
				err = io.ErrUnexpectedEOF
			}
			l.fail(lost(err))
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
			l.hold()
		}
	}
}

// delivery is what is to be told of some frames.
type delivery struct {
	// woken are the calls that got something.
	woken []*call
	// refused are the methods that the peer has called.
	refused []uint32
}

// tell tells it, and forgets it.
func (d *delivery) tell(logger *slog.Logger) {
	for _, x := range d.woken {
		x.wake()
	}
	clear(d.woken)
	d.woken = d.woken[:0]
	for _, method := range d.refused {
		logger.Warn(fmt.Sprintf("refused a call of the peer: method 0x%08x, no handler", method))
	}
	d.refused = d.refused[:0]
}

// deliver hands each complete frame to its call, and tells whether more is awaited, and whether a stream is over its mark.
// A call takes a copy, so none of them holds up the others. It adds to what is to be told.
func (l *link) deliver(frames *frameReader, got *delivery) (awaited, over bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		f, ok, err := frames.next()
		if !ok {
			return len(l.session.live) > 0, l.pressure.over > 0, err
		}
		if l.session.isRequest(f) {
			got.refused = append(got.refused, f.method)
			l.refuse(f)
		} else if x, ok := l.hand(f); ok {
			got.woken = append(got.woken, x)
		}
	}
}

// refuse answers a call that the peer makes, unless the peer does not read its answers. The lock is held.
func (l *link) refuse(request frame) {
	if l.hasRoom() {
		l.unsent = l.session.appendRefusal(l.unsent, request)
		l.wakeWriter()
	}
}

// hand hands a frame to the call that it is for, which is to be woken. The lock is held.
func (l *link) hand(f frame) (*call, bool) {
	e, ok := l.session.receive(f)
	if !ok {
		return nil, false
	}
	l.answered = true
	if e.hasItem && !e.handle.put(e.item) {
		if !e.end {
			l.abandon(e.handle, cancelledByResources)
		}
		e.end, e.err = true, &Error{
			Code:    CodeResourceExhausted,
			Message: fmt.Sprintf("the %s has more than %d bytes that were not read", e.handle.kind, l.options.limits.MaxStreamBytes),
		}
	}
	if e.handle.kind != unary {
		l.weigh(e.handle)
	}
	if e.end {
		l.finish(e.handle, e.err)
	}
	return e.handle, true
}
