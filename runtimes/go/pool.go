package rapace

import (
	"context"
	"fmt"
	"time"
)

// choose returns the wire for a call, of a connection that can have several, one after another or at once. It claims
// the wire, which leave gives back.
func (c *Conn) choose(ctx context.Context, x *exchange) (*wire, *Error) {
	if c.only != nil {
		return c.only, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	mayOpen := !time.Now().Before(c.notBefore)
	for {
		if c.err != nil {
			return nil, c.err
		}
		best, busy, up := c.leastBusy()
		switch {
		case best == nil:
			if err := c.waitForChange(ctx, x); err != nil {
				return nil, err
			}
		case busy == 0 || !mayOpen || up+c.opening >= c.options.pool:
			best.claims.Add(1)
			return best, nil
		default:
			opened, err := c.open(ctx, x)
			if opened != nil || err != nil {
				return opened, err
			}
			// It cannot be opened, so another has to do.
			mayOpen = false
		}
	}
}

// leave gives up the claim on a wire.
func (c *Conn) leave(w *wire) {
	if c.only == nil {
		w.claims.Add(-1)
	}
}

// leastBusy returns the wire with the fewest calls, how many those are, and how many wires are up; nil when none is. A
// wire that has just died may still be in the list. The lock is held.
func (c *Conn) leastBusy() (best *wire, least, up int) {
	for _, w := range c.wires {
		select {
		case <-w.dead:
			continue
		default:
		}
		up++
		if busy := w.busy(); best == nil || busy < least {
			best, least = w, busy
		}
	}
	return best, least, up
}

// open opens another wire for a call, and claims it. It fails at the call's deadline. When the wire cannot be opened
// for another reason, it returns neither a wire nor an error. The lock is held, but not while it dials.
func (c *Conn) open(ctx context.Context, x *exchange) (*wire, *Error) {
	c.opening++
	c.workers.Add(1)
	defer c.workers.Done()
	c.mu.Unlock()
	dialling, cancel := context.WithCancel(ctx)
	defer cancel()
	at := x.deadline.Load()
	if at != 0 {
		var stop context.CancelFunc
		dialling, stop = context.WithTimeout(dialling, time.Duration(at-now()))
		defer stop()
	}
	defer context.AfterFunc(c.life, cancel)()
	socket, failure := c.options.dial(dialling, c.address)
	c.mu.Lock()
	c.opening--
	switch {
	case failure == nil && c.err == nil:
		w := c.add(socket)
		w.claims.Add(1)
		return w, nil
	case failure == nil:
		_ = socket.Close()
		return nil, c.err
	case c.err != nil:
		return nil, c.err
	case ctx.Err() != nil:
		return nil, contextError(ctx)
	case at != 0 && now() >= at:
		return nil, x.notSent()
	}
	c.slowDown()
	c.options.logger.Debug("rapace: another connection cannot be opened", "address", c.address.text, "cause", failure)
	return nil, nil
}

// slowDown notes that a wire was of no use. Each wire of the pool may be replaced at once. When more than those were of
// no use, another one is opened only after a pause, which grows. The lock is held.
func (c *Conn) slowDown() {
	began := time.Now()
	if began.Before(c.notBefore) {
		return
	}
	if beyond := c.hasty - c.options.pool; beyond >= 0 {
		backoff := Reconnect{}.withDefaults()
		if c.options.reconnect != nil {
			backoff = *c.options.reconnect
		}
		c.notBefore = began.Add(backoff.pause(beyond))
	}
	c.hasty++
}

// waitForChange waits until wires or the state have changed, at most until the call's deadline. The lock is held, but
// not while it waits.
func (c *Conn) waitForChange(ctx context.Context, x *exchange) *Error {
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	changed := c.changed
	c.mu.Unlock()
	defer c.mu.Lock()
	timeout, stop := x.clock()
	defer stop()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return c.isDown(contextError(ctx))
	case <-timeout:
		return c.isDown(x.notSent())
	}
}

// replaces reports whether a call that was not sent, because this wire was dead already, has another wire to wait for.
func (c *Conn) replaces(err *Error, w *wire) bool {
	return c.only == nil && w.isReason(err)
}

// resends reports whether an idempotent call that failed with this error, on this wire, is sent again.
func (c *Conn) resends(err *Error, w *wire) bool {
	return c.options.reconnect != nil && w.isReason(err)
}

// tunnelWire returns the one wire that a channel can belong to.
func (c *Conn) tunnelWire() (*wire, *Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		return nil, c.err
	case c.options.pool > 1:
		message := fmt.Sprintf(
			"the channel belongs to one of up to %d connections, and nobody knows which: dial without WithPool", c.options.pool)
		return nil, &Error{Code: CodeFailedPrecondition, Message: message}
	case len(c.wires) == 0:
		return nil, &Error{Code: CodeUnavailable, Message: "the connection that the channel belongs to is lost"}
	}
	return c.wires[0], nil
}
