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
	// Attempts is how many attempts in a row may fail before the connection is closed. Default 0, without end.
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

// reconnect opens the connection anew, until that succeeds, the connection is closed, or it has failed often enough.
func (c *Conn) reconnect() {
	for failed := 0; ; {
		select {
		case <-time.After(c.options.reconnect.pause(failed)):
		case <-c.life.Done():
			return
		}
		if !c.change(StateConnecting, nil) {
			return
		}
		socket, failure := c.options.dial(c.life, c.address)
		if failure == nil {
			c.replace(socket)
			return
		}
		failed++
		if most := c.options.reconnect.Attempts; failed == most {
			c.giveUp(fmt.Errorf("%d attempts to reconnect have failed: %w", failed, failure))
			return
		}
		if !c.change(StateDisconnected, failure) {
			return
		}
	}
}

// change tells of a change of state, unless the connection is closed.
func (c *Conn) change(state State, cause *Error) bool {
	c.mu.Lock()
	open := c.err == nil
	if open {
		c.teller.note(state, cause)
	}
	c.mu.Unlock()
	c.teller.tell()
	return open
}

// replace makes a link of a socket, unless the connection is closed.
func (c *Conn) replace(socket net.Conn) {
	c.mu.Lock()
	if c.err == nil {
		c.add(socket)
	} else {
		_ = socket.Close()
	}
	c.mu.Unlock()
	c.teller.tell()
}

// giveUp closes the connection, which cannot be opened anew.
func (c *Conn) giveUp(err error) {
	reason := localError(CodeUnavailable, err)
	c.mu.Lock()
	if c.err == nil {
		c.shut(reason, reason)
	}
	c.mu.Unlock()
	c.teller.tell()
}
