package rapace

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"
)

// Conn is a connection to a server: one session, on which any number of calls can be under way at once. When it is lost,
// all of them fail at once with CodeUnavailable, and so do later ones, unless [WithReconnect] or [WithPool] say otherwise.
type Conn struct {
	options connOptions
	address address
	// only is the one link of a connection that never has another.
	only    *link
	workers sync.WaitGroup
	teller  teller
	life    context.Context // done when the connection is closed
	end     context.CancelFunc

	mu      sync.Mutex    // guards what follows; it is taken before that of a link
	links   []*link       // those that are up
	opening int           // how many are being opened for calls
	changed chan struct{} // closed when links or err have changed; nil unless a call waits for it
	err     *Error        // why the connection is closed
	// attempts is how often the connection was opened anew since a link last proved its worth, and reconnecting whether it is
	// being opened. down is why it was lost, or why the last attempt failed; nil while it is up.
	attempts     int
	reconnecting bool
	down         *Error
	// hasty is how often a link of the pool was lost, or could not be opened, since one last proved its worth; while others
	// are up no more are opened before notBefore.
	hasty     int
	notBefore time.Time
}

// Dial connects to the server at an address: tcp://host:port, unix:///path/to/socket, tls://host:port for TLS on TCP, and
// with [WithWebSocket] ws://host[:port][/path] or wss://host[:port][/path]. The context bounds the dialling alone, not the
// life of the connection; without a deadline it has 10 seconds. The caller must close the connection.
func Dial(ctx context.Context, address string, options ...ConnOption) (*Conn, error) {
	to, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	c := prepareConn(to, options)
	c.teller.note(StateConnecting, nil)
	c.teller.tell()
	socket, failure := c.options.dial(ctx, to)
	if failure != nil {
		c.end()
		c.teller.note(StateClosed, failure)
		c.teller.tell()
		return nil, failure
	}
	c.begin(socket)
	return c, nil
}

// NewConn makes a connection of a socket, or of anything else that carries bytes in order, such as an end of [net.Pipe]: so
// tests need no network. It takes the socket over; the caller must close the connection instead. The socket's Close must
// end its Read and Write. Options that are about dialling mean nothing.
func NewConn(socket net.Conn, options ...ConnOption) *Conn {
	c := prepareConn(addressOf(socket), options)
	c.options.reconnect, c.options.pool = nil, 1
	c.begin(socket)
	return c
}

func prepareConn(to address, options []ConnOption) *Conn {
	c := &Conn{options: newConnOptions(options), address: to}
	c.life, c.end = context.WithCancel(context.Background())
	c.teller.logger, c.teller.handler, c.teller.address = c.options.logger, c.options.onState, to.text
	return c
}

// begin makes the first link.
func (c *Conn) begin(socket net.Conn) {
	single := c.options.reconnect == nil && c.options.pool == 1
	c.mu.Lock()
	l := c.add(socket)
	if single {
		c.only = l
	}
	c.mu.Unlock()
	c.teller.tell()
}

// add makes a link of a socket. The lock is held, and the teller has to tell afterwards.
func (c *Conn) add(socket net.Conn) *link {
	if len(c.links) == 0 {
		c.teller.note(StateConnected, nil)
	}
	c.down = nil
	l := newLink(socket, &c.options, &c.workers, c.lose)
	c.links = append(c.links, l)
	c.announce()
	return l
}

// announce wakes the calls that wait for a link. The lock is held.
func (c *Conn) announce() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// lose notes that a link is dead. Without any other the connection is lost.
func (c *Conn) lose(l *link, reason *Error) {
	c.mu.Lock()
	c.links = slices.DeleteFunc(c.links, func(other *link) bool { return other == l })
	if l.proven() {
		c.attempts, c.hasty = 0, 0
	} else {
		c.slowDown()
	}
	switch {
	case c.err != nil || len(c.links) > 0:
	case c.options.reconnect == nil:
		c.shut(reason, reason)
	case c.mayRetry(reason):
		c.teller.note(StateDisconnected, reason)
		if !c.reconnecting {
			c.reconnecting = true
			c.workers.Go(c.reconnect)
		}
	}
	c.announce()
	c.mu.Unlock()
	c.teller.tell()
}

// shut makes all later calls fail. The lock is held.
func (c *Conn) shut(reason, cause *Error) {
	c.err = reason
	c.teller.note(StateClosed, cause)
	c.announce()
	c.end()
}

// Close ends the connection. Calls in flight fail with CodeUnavailable and the cause [ErrClosed]. When it returns, nothing
// of the connection is left, goroutines included. Closing again does nothing. The error is always nil.
func (c *Conn) Close() error {
	reason := localError(CodeUnavailable, ErrClosed)
	c.mu.Lock()
	if c.err == nil {
		c.shut(reason, nil)
	}
	links := slices.Clone(c.links)
	c.mu.Unlock()
	for _, l := range links {
		l.fail(reason)
	}
	c.workers.Wait()
	c.teller.tell()
	return nil
}

// Stats are figures of a connection.
type Stats struct {
	// Connections is how many connections are open.
	Connections int
	// InFlight is how many calls, streams and tunnels are under way on them.
	InFlight int
	// Dropped is how many frames have arrived there that nobody waited for.
	Dropped uint64
}

// Stats returns the figures of the connection as it is now.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	stats := Stats{Connections: len(c.links)}
	for _, l := range c.links {
		l.mu.Lock()
		stats.InFlight += len(l.session.live)
		stats.Dropped += l.session.dropped + uint64(len(l.session.early))
		l.mu.Unlock()
	}
	return stats
}
