package rapace

import (
	"fmt"
	"net"
	"time"
)

// attach opens a tunnel on a channel, and hands it the frames that have arrived there before.
func (w *wire) attach(channel uint32, x *exchange) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.mayOpen(); err != nil {
		return err
	}
	if !w.session.attach(channel, x) {
		message := fmt.Sprintf("channel %d is in use, or none: no tunnel can be opened on it", channel)
		return &Error{Code: CodeFailedPrecondition, Message: message}
	}
	for _, f := range w.session.tunnels.takeEarly(channel) {
		if e, meaning := w.session.receive(f); meaning == meansEvent {
			w.hand(e)
			x.wake()
		}
	}
	return nil
}

// openTunnel opens a tunnel on a channel of this side's, which it returns.
func (w *wire) openTunnel(x *exchange) (channel uint32, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.mayOpen(); err != nil {
		return 0, err
	}
	return w.session.openTunnel(x), nil
}

// sendTunnel sends bytes of a tunnel, or the end of this direction when there are none. The end is sent when all that
// was written has been handed to the socket. It returns false when it is stopped before.
func (w *wire) sendTunnel(channel uint32, x *exchange, part []byte, stop <-chan struct{}) (ok bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.waitUntil(w.hasRoom, stop, nil) {
		return false, nil
	}
	if err := w.putTunnel(channel, x, part); err != nil || len(part) > 0 {
		return true, err
	}
	if !w.waitUntil(w.allWritten(), stop, nil) {
		return false, nil
	}
	if w.err != nil {
		return true, w.err
	}
	return true, nil
}

// putTunnel hands a frame of a tunnel to the writer. The lock is held.
func (w *wire) putTunnel(channel uint32, x *exchange, part []byte) error {
	if w.err != nil {
		return w.err
	}
	if t, ok := w.session.tunnels.live[channel]; !ok || t.handle != x {
		if err := x.cause; err != nil {
			return err
		}
		return net.ErrClosed
	}
	w.unsent = w.session.appendTunnel(w.unsent, channel, part)
	w.wakeWriter()
	return nil
}

// closeTunnel ends both directions of a tunnel. Unless this side's direction has ended, it waits for a moment until
// what was written before is handed to the socket.
func (w *wire) closeTunnel(channel uint32, x *exchange, finished bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !finished && w.putTunnel(channel, x, nil) == nil {
		timer := time.NewTimer(closeTimeout)
		defer timer.Stop()
		w.waitUntil(w.allWritten(), nil, timer.C)
	}
	if t, ok := w.session.tunnels.live[channel]; ok && t.handle == x {
		w.session.abandon(channel)
	}
	w.finish(x, nil)
}
