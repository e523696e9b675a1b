package rapace

import (
	"fmt"
	"io"
)

// read hands what arrives to the calls, until the connection ends.
func (l *link) read() {
	frames := frameReader{max: l.options.limits.MaxFrameBytes}
	acknowledge, acknowledgeSoon := l.acknowledgers()
	messages := isMessages(l.socket)
	// Whether the peer was seen to write a frame in parts. One that writes messages may hold back the next likewise.
	inParts := messages
	var woken []*call
	for {
		space := frames.space()
		n, err := l.socket.Read(space)
		frames.advance(n)
		awaited, over, wrong := l.deliver(&frames, &woken)
		// Not under the lock, which they want first of all.
		for _, x := range woken {
			x.wake()
		}
		clear(woken)
		woken = woken[:0]
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

// deliver hands each complete frame to its call, and tells whether more is awaited, and whether a stream is over its mark.
// A call takes a copy, so none of them holds up the others. It appends the calls that got something.
func (l *link) deliver(frames *frameReader, woken *[]*call) (awaited, over bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		f, ok, err := frames.next()
		if !ok {
			return len(l.session.live) > 0, l.pressure.over > 0, err
		}
		if x, ok := l.hand(f); ok {
			*woken = append(*woken, x)
		}
	}
}

// hand hands a frame to the call that it is for, which is to be woken. The lock is held.
func (l *link) hand(f frame) (*call, bool) {
	e, ok := l.session.receive(f)
	if !ok {
		return nil, false
	}
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
