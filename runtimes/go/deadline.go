package rapace

import (
	"net"
	"sync"
	"time"
)

// deadline is a time at which something ends, and which may be set anew.
type deadline struct {
	mu     sync.Mutex
	timer  *time.Timer
	over   chan struct{} // closed when the time has come
	closed bool          // whether it has come for good
}

func (d *deadline) init() {
	d.over = make(chan struct{})
}

// passed returns what is closed when the time has come, until it is set anew.
func (d *deadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

// set sets the time; zero is never.
func (d *deadline) set(at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return net.ErrClosed
	}
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	select {
	case <-d.over:
		d.over = make(chan struct{})
	default:
	}
	if at.IsZero() {
		return nil
	}
	over := d.over
	if wait := time.Until(at); wait > 0 {
		d.timer = time.AfterFunc(wait, func() { d.reach(over) })
	} else {
		close(over)
	}
	return nil
}

// reach ends the time that was set when this channel was there.
func (d *deadline) reach(over chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-over:
	default:
		close(over)
	}
}

// pass makes the time come, for good.
func (d *deadline) pass() {
	_ = d.set(time.Unix(1, 0))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
}
