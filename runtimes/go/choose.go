package rapace

import (
	"context"
	"fmt"
	"time"
)

// choose returns the link for a call on a connection that can have several, one after another or at once. It claims the
// link, which call.leave gives back.
func (c *Conn) choose(ctx context.Context, x *call) (*link, *Error) {
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

// leastBusy returns the link with the fewest calls, how many those are, and how many links are up; nil when none is. A link
// that has just died may still be among the links. The lock is held.
func (c *Conn) leastBusy() (best *link, least, up int) {
	for _, l := range c.links {
		select {
		case <-l.dead:
			continue
		default:
		}
		up++
		if busy := l.busy(); best == nil || busy < least {
			best, least = l, busy
		}
	}
	return best, least, up
}

// open opens another link for a call, and claims it. It fails when the call's time is over; when the link cannot be opened
// for another reason, it returns nothing. The lock is held, but not while it dials.
func (c *Conn) open(ctx context.Context, x *call) (*link, *Error) {
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
		l := c.add(socket)
		l.claims.Add(1)
		return l, nil
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

// slowDown notes that a link was of no use. When as many were as the pool has, another one is opened only after a pause, which
// grows: each may be replaced at once, but not for ever. The lock is held.
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

// waitForChange waits until links or the state have changed, at most until the call's time is over. The lock is held, but
// not while it waits.
func (c *Conn) waitForChange(ctx context.Context, x *call) *Error {
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

// replaces tells whether a call that was not sent, because this link was dead already, has another link to wait for.
func (c *Conn) replaces(err *Error, l *link) bool {
	return c.only == nil && l.isReason(err)
}

// resends tells whether a call is to be sent again that failed with this error, on this link.
func (c *Conn) resends(err *Error, x *call) bool {
	return x.method.Idempotent && c.options.reconnect != nil && x.link != nil && x.link.isReason(err)
}

// isReason tells whether the link is dead, and this is why.
func (l *link) isReason(err *Error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err != nil && l.err == err
}

// tunnelLink returns the one link that a channel can belong to.
func (c *Conn) tunnelLink() (*link, *Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
		return nil, c.err
	case c.options.pool > 1:
		message := fmt.Sprintf("the channel belongs to one of up to %d connections, and nobody knows which: dial without WithPool", c.options.pool)
		return nil, &Error{Code: CodeFailedPrecondition, Message: message}
	case len(c.links) == 0:
		return nil, &Error{Code: CodeUnavailable, Message: "the connection that the channel belongs to is lost"}
	}
	return c.links[0], nil
}
