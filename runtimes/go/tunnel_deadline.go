package rapace

import (
	"net"
	"sync"
	"time"
)

// tunnelDeadline is when reads or writes of a tunnel fail. It may be set again.
type tunnelDeadline struct {
	mu     sync.Mutex
	timer  *time.Timer
	over   chan struct{} // closed when the deadline has passed
	closed bool          // whether it has passed for good
}

func (d *tunnelDeadline) init() {
	d.over = make(chan struct{})
}

// passed returns a channel that is closed when the deadline passes. It is valid until the deadline is set again.
func (d *tunnelDeadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.over
}

// set sets the deadline. The zero time means never.
func (d *tunnelDeadline) set(at time.Time) error {
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

// reach makes the deadline pass that belongs to this channel.
func (d *tunnelDeadline) reach(over chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-over:
	default:
		close(over)
	}
}

// pass makes the deadline pass, for good.
func (d *tunnelDeadline) pass() {
	_ = d.set(time.Unix(1, 0))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
}
