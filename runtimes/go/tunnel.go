package rapace

import (
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Tunnel is a stream of bytes in each direction, on its own channel. It is a [net.Conn]. Each direction ends by itself:
// this side's with CloseWrite, the peer's with [io.EOF]. The limits of streams bound what has arrived and was not read.
type Tunnel struct {
	wire    *wire
	channel uint32
	in      incoming
	closed  atomic.Bool

	reading   sync.Mutex // guards held, and what in has taken
	held      []byte
	readUntil tunnelDeadline

	writing    sync.Mutex // guards finished
	finished   bool       // whether this side's direction has ended
	writeUntil tunnelDeadline
}

var _ net.Conn = (*Tunnel)(nil)

// newTunnel opens the tunnel on a channel that the peer has named.
func newTunnel(w *wire, channel uint32) (*Tunnel, error) {
	t := closedTunnel(w)
	t.channel = channel
	if err := w.attach(channel, &t.in.exchange); err != nil {
		return nil, err
	}
	return t, nil
}

// ownTunnel opens a tunnel on a channel of this side's.
func ownTunnel(w *wire) (*Tunnel, error) {
	t := closedTunnel(w)
	channel, err := w.openTunnel(&t.in.exchange)
	if err != nil {
		return nil, err
	}
	t.channel = channel
	return t, nil
}

// closedTunnel returns a tunnel that is not open yet.
func closedTunnel(w *wire) *Tunnel {
	t := &Tunnel{wire: w}
	t.in.ready = make(chan struct{}, 1)
	t.in.init(tunnel, w.limits)
	t.in.wire = w
	t.readUntil.init()
	t.writeUntil.init()
	return t
}

// Channel returns the number of the tunnel's channel, which a handler answers with.
func (t *Tunnel) Channel() uint32 {
	return t.channel
}

// Read reads bytes that the peer has sent. It fails with [io.EOF] when the peer has ended its direction, with an
// [*Error] when the peer sends an error or the connection is lost, and with [os.ErrDeadlineExceeded] when the deadline
// has passed.
func (t *Tunnel) Read(b []byte) (int, error) {
	t.reading.Lock()
	defer t.reading.Unlock()
	if err := t.usable(&t.readUntil); err != nil || len(b) == 0 {
		return 0, err
	}
	for len(t.held) == 0 {
		if item, ok := t.in.item(); ok {
			t.held = item
			continue
		}
		if t.in.taken.done {
			if err := t.in.taken.err; err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		t.wire.wants(&t.in.exchange)
		select {
		case <-t.in.ready:
			t.in.swap()
		case <-t.readUntil.passed():
		}
		t.wire.supplied(&t.in.exchange)
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
// direction stays open.
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
	ok, err := t.wire.sendTunnel(t.channel, &t.in.exchange, part, t.writeUntil.passed())
	if !ok {
		return t.stopped()
	}
	return err
}

// stopped returns why a read or a write has failed: the tunnel is closed, or its deadline has passed.
func (t *Tunnel) stopped() error {
	if t.closed.Load() {
		return net.ErrClosed
	}
	return os.ErrDeadlineExceeded
}

// usable returns an error when the tunnel is closed or its deadline has passed.
func (t *Tunnel) usable(until *tunnelDeadline) error {
	select {
	case <-until.passed():
		return t.stopped()
	default:
		return nil
	}
}

// Close ends both directions of the tunnel. What the peer still sends is dropped. Reads and writes in progress fail
// with [net.ErrClosed]. Close waits up to a second until what was written before is handed to the socket. Closing again
// does nothing. The error is always nil.
func (t *Tunnel) Close() error {
	if t.closed.Swap(true) {
		return nil
	}
	t.readUntil.pass()
	t.writeUntil.pass()
	t.writing.Lock()
	defer t.writing.Unlock()
	t.wire.closeTunnel(t.channel, &t.in.exchange, t.finished)
	t.finished = true
	return nil
}

// LocalAddr returns the address of this side's socket.
func (t *Tunnel) LocalAddr() net.Addr {
	return t.wire.socket.LocalAddr()
}

// RemoteAddr returns the address of the peer's socket.
func (t *Tunnel) RemoteAddr() net.Addr {
	return t.wire.socket.RemoteAddr()
}

// SetDeadline sets when reads and writes fail. The zero time means never.
func (t *Tunnel) SetDeadline(at time.Time) error {
	if err := t.SetReadDeadline(at); err != nil {
		return err
	}
	return t.SetWriteDeadline(at)
}

// SetReadDeadline sets when reads fail. The zero time means never.
func (t *Tunnel) SetReadDeadline(at time.Time) error {
	return t.readUntil.set(at)
}

// SetWriteDeadline sets when writes fail. The zero time means never. A write that fails may have written a part.
func (t *Tunnel) SetWriteDeadline(at time.Time) error {
	return t.writeUntil.set(at)
}
