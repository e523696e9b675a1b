package rapace

import (
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

// Reconnect tells how often a lost connection is opened anew. A field that is zero has its default.
type Reconnect struct {
	// Initial is how long is waited at most before the first attempt; before each further one it is twice as long, up to
	// Max. How long exactly is drawn by chance, so that clients of a server that was restarted do not come all at once.
	// Defaults 100 ms and 10 s.
	Initial, Max time.Duration
	// Attempts is how many attempts in a row may fail before the connection is closed. Default 0, without end. An attempt
	// has failed, too, when its connection is lost within 5 seconds and without having answered a call: only one that has
	// done either begins a new row, and makes the pauses short again.
	Attempts int
}

func (r Reconnect) withDefaults() Reconnect {
	if r.Initial <= 0 {
		r.Initial = 100 * time.Millisecond
	}
	if r.Max <= 0 {
		r.Max = 10 * time.Second
	}
	r.Max = max(r.Max, r.Initial)
	return r
}

// pause returns how long to wait after so many failed attempts.
func (r Reconnect) pause(failed int) time.Duration {
	most := r.Initial
	for range failed {
		if most > r.Max/2 {
			most = r.Max
			break
		}
		most *= 2
	}
	return rand.N(most + 1)
}

// reconnect opens the connection anew, until it is up, it is closed, or that has failed often enough.
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

// beginAttempt notes that a connection is being opened. It returns false when none is needed.
func (c *Conn) beginAttempt() bool {
	c.mu.Lock()
	defer c.teller.tell()
	defer c.mu.Unlock()
	if c.err != nil || len(c.links) > 0 {
		c.reconnecting = false
		return false
	}
	c.attempts++
	c.opening++
	c.teller.note(StateConnecting, nil)
	return true
}

// endAttempt notes how an attempt went. It returns whether it was the last one.
func (c *Conn) endAttempt(socket net.Conn, failure *Error) (last bool) {
	c.mu.Lock()
	defer c.teller.tell()
	defer c.mu.Unlock()
	c.opening--
	switch {
	case c.err != nil && failure == nil:
		_ = socket.Close()
	case c.err != nil:
	case failure == nil:
		c.add(socket)
	case len(c.links) > 0:
	case c.mayRetry(failure):
		c.teller.note(StateDisconnected, failure)
		return false
	}
	c.reconnecting = false
	return true
}

// mayRetry keeps why the connection is down, and closes it when it has failed often enough. The lock is held.
func (c *Conn) mayRetry(cause *Error) bool {
	c.down = cause
	if most := c.options.reconnect.Attempts; most > 0 && c.attempts >= most {
		reason := localError(CodeUnavailable, fmt.Errorf("%d attempts to reconnect have failed: %w", c.attempts, cause))
		c.shut(reason, reason)
		return false
	}
	return true
}

// isDown returns the error of a call whose time is over while the connection is down: it says so, and why.
func (c *Conn) isDown(late *Error) *Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down == nil {
		return late
	}
	err := fmt.Errorf("the connection is down, after %d attempts to reconnect: %w", c.attempts, c.down)
	return &Error{Code: late.Code, Message: late.Message + ": " + err.Error(), cause: fmt.Errorf("%w: %w", late.cause, err)}
}
