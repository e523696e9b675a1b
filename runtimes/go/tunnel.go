package rapace

import (
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// closeTimeout is how long Close waits until what was written before is handed to the socket.
const closeTimeout = time.Second

// Tunnel is a stream of bytes each way, on a channel of its own. It is a [net.Conn], whose directions end each by itself:
// this side's by CloseWrite, the peer's with [io.EOF]. What is not read is bounded by the limits of streams.
type Tunnel struct {
	link    *link
	channel uint32
	call    *call
	closed  atomic.Bool

	reading   sync.Mutex // guards held, and what the call has taken
	held      []byte
	readUntil deadline

	writing    sync.Mutex // guards finished
	finished   bool       // whether this side's direction has ended
	writeUntil deadline
}

var _ net.Conn = (*Tunnel)(nil)

// OpenTunnel returns the tunnel on a channel that a call has returned. Nothing is sent by that. What has come on
// the channel before, up to 1 MiB, is the first that is read. The caller must close the tunnel. The channel is one of the connection that returned it: once that was lost, or on a
// pool, it means nothing.
func (c *Conn) OpenTunnel(channel uint32) (*Tunnel, error) {
	l, err := c.tunnelLink()
	if err != nil {
		return nil, err
	}
	t := &Tunnel{link: l, channel: channel, call: &call{ready: make(chan struct{}, 1)}}
	t.call.init(tunnel, c)
	t.call.link = l
	t.readUntil.init()
	t.writeUntil.init()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.mayOpen(); err != nil {
		return nil, err
	}
	if !l.session.attach(channel, t.call) {
		message := fmt.Sprintf("channel %d is in use, or none: no tunnel can be opened on it", channel)
		return nil, &Error{Code: CodeFailedPrecondition, Message: message}
	}
	for _, f := range l.session.takeEarly(channel) {
		if x, ok := l.hand(f); ok {
			x.wake()
		}
	}
	return t, nil
}

// Read reads bytes of the peer's. It fails with [io.EOF] when the peer has sent all, with an [*Error] when the peer says so
// or the connection is lost, and with [os.ErrDeadlineExceeded] when the deadline has passed.
func (t *Tunnel) Read(b []byte) (int, error) {
	t.reading.Lock()
	defer t.reading.Unlock()
	if err := t.usable(&t.readUntil); err != nil || len(b) == 0 {
		return 0, err
	}
	for len(t.held) == 0 {
		if item, ok := t.call.item(); ok {
			t.held = item
			continue
		}
		if t.call.taken.done {
			if err := t.call.taken.err; err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		t.link.wants(t.call)
		select {
		case <-t.call.ready:
			t.call.swap()
		case <-t.readUntil.passed():
		}
		t.link.supplied(t.call)
		if err := t.usable(&t.readUntil); err != nil {
			return 0, err
		}
	}
	n := copy(b, t.held)
	t.held = t.held[n:]
	return n, nil
}

// Write writes bytes to the peer. It waits while too much is unsent.
func (t *Tunnel) Write(b []byte) (int, error) {
	t.writing.Lock()
	defer t.writing.Unlock()
	if t.finished {
		return 0, io.ErrClosedPipe
	}
	written := 0
	for written < len(b) {
		part := b[written:min(len(b), written+tunnelBytes)]
		if err := t.send(part); err != nil {
			return written, err
		}
		written += len(part)
	}
	return written, nil
}

// CloseWrite ends this side's direction. It returns when all that was written has been handed to the socket. The peer's
// direction goes on.
func (t *Tunnel) CloseWrite() error {
	t.writing.Lock()
	defer t.writing.Unlock()
	if t.finished {
		return nil
	}
	err := t.send(nil)
	t.finished = err == nil
	return err
}

// send sends bytes, or the end of this direction when there are none.
func (t *Tunnel) send(part []byte) error {
	if err := t.usable(&t.writeUntil); err != nil {
		return err
	}
	l, until := t.link, t.writeUntil.passed()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.waitUntil(l.hasRoom, until, nil) {
		return t.stopped()
	}
	if err := t.put(part); err != nil || len(part) > 0 {
		return err
	}
	if !l.waitUntil(l.allWritten(), until, nil) {
		return t.stopped()
	}
	if l.err != nil {
		return l.err
	}
	return nil
}

// stopped returns why something did not come to its end.
func (t *Tunnel) stopped() error {
	if t.closed.Load() {
		return net.ErrClosed
	}
	return os.ErrDeadlineExceeded
}

// put hands a frame to the writer. The link's lock is held.
func (t *Tunnel) put(part []byte) error {
	l := t.link
	if l.err != nil {
		return l.err
	}
	if x, ok := l.session.live[t.channel]; !ok || x.handle != t.call {
		if err := t.call.cause; err != nil {
			return err
		}
		return net.ErrClosed
	}
	l.unsent = l.session.appendTunnel(l.unsent, t.channel, part)
	l.wakeWriter()
	return nil
}

// usable returns why the tunnel cannot be used any more, or not now.
func (t *Tunnel) usable(until *deadline) error {
	select {
	case <-until.passed():
		return t.stopped()
	default:
		return nil
	}
}

// Close ends the tunnel: this side's direction, and the peer's, of which nothing is taken any more. Reads and writes under
// way fail with [net.ErrClosed]. What was written before is handed to the socket, if that takes it within a second. Closing
// again does nothing. The error is always nil.
func (t *Tunnel) Close() error {
	if t.closed.Swap(true) {
		return nil
	}
	t.readUntil.pass()
	t.writeUntil.pass()
	t.writing.Lock()
	defer t.writing.Unlock()
	l := t.link
	l.mu.Lock()
	defer l.mu.Unlock()
	if !t.finished && t.put(nil) == nil {
		timer := time.NewTimer(closeTimeout)
		defer timer.Stop()
		l.waitUntil(l.allWritten(), nil, timer.C)
	}
	t.finished = true
	if x, ok := l.session.live[t.channel]; ok && x.handle == t.call {
		l.session.abandon(t.channel)
	}
	l.finish(t.call, nil)
	return nil
}

// LocalAddr returns the address of this side's socket.
func (t *Tunnel) LocalAddr() net.Addr {
	return t.link.socket.LocalAddr()
}

// RemoteAddr returns the address of the peer's socket.
func (t *Tunnel) RemoteAddr() net.Addr {
	return t.link.socket.RemoteAddr()
}

// SetDeadline sets when reads and writes fail; the zero time is never.
func (t *Tunnel) SetDeadline(at time.Time) error {
	if err := t.SetReadDeadline(at); err != nil {
		return err
	}
	return t.SetWriteDeadline(at)
}

// SetReadDeadline sets when reads fail; the zero time is never.
func (t *Tunnel) SetReadDeadline(at time.Time) error {
	return t.readUntil.set(at)
}

// SetWriteDeadline sets when writes fail; the zero time is never. A write that fails so may have written a part.
func (t *Tunnel) SetWriteDeadline(at time.Time) error {
	return t.writeUntil.set(at)
}
