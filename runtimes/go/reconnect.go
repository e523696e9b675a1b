package rapace

import (
	"fmt"
	"net"
	"time"
)

// reconnect opens the connection again. It returns when the connection is up or closed, or when the attempts are used
// up.
func (c *Conn) reconnect() {
	for {
		c.mu.Lock()
		pause := c.options.reconnect.pause(c.attempts)
		c.mu.Unlock()
		select {
		case <-time.After(pause):
		case <-c.life.Done():
		}
		if !c.beginAttempt() {
			return
		}
		socket, failure := c.options.dial(c.life, c.address)
		if c.endAttempt(socket, failure) {
			return
		}
	}
}

// beginAttempt notes that a connection is being opened. It returns false when that is not needed.
func (c *Conn) beginAttempt() bool {
	c.mu.Lock()
	defer c.states.report()
	defer c.mu.Unlock()
	if c.err != nil || len(c.wires) > 0 {
		c.reconnecting = false
		return false
	}
	c.attempts++
	c.opening++
	c.states.note(StateConnecting, nil)
	return true
}

// endAttempt notes how an attempt went. It returns whether it was the last one.
func (c *Conn) endAttempt(socket net.Conn, failure *Error) (last bool) {
	c.mu.Lock()
	defer c.states.report()
	defer c.mu.Unlock()
	c.opening--
	switch {
	case c.err != nil && failure == nil:
		_ = socket.Close()
	case c.err != nil:
	case failure == nil:
		c.add(socket)
	case len(c.wires) > 0:
	case c.mayRetry(failure):
		c.states.note(StateDisconnected, failure)
		return false
	}
	c.reconnecting = false
	return true
}

// mayRetry keeps why the connection is down. It closes the connection and returns false when the attempts are used up.
// The lock is held.
func (c *Conn) mayRetry(cause *Error) bool {
	c.down = cause
	if most := c.options.reconnect.Attempts; most > 0 && c.attempts >= most {
		reason := localError(CodeUnavailable, fmt.Errorf("%d attempts to reconnect have failed: %w", c.attempts, cause))
		c.shut(reason, reason)
		return false
	}
	return true
}

// isDown returns the error of a call whose deadline has passed. While the connection is down, the error says so, and
// why.
func (c *Conn) isDown(late *Error) *Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down == nil {
		return late
	}
	err := fmt.Errorf("the connection is down, after %d attempts to reconnect: %w", c.attempts, c.down)
	return &Error{Code: late.Code, Message: late.Message + ": " + err.Error(), cause: fmt.Errorf("%w: %w", late.cause, err)}
}
