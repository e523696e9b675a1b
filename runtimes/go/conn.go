package rapace

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"
)

// Conn is a connection to a server. Any number of calls can be in flight on it at once. When it is lost, all of them
// fail at once with [CodeUnavailable], and so do later ones, unless [WithReconnect] or [WithPool] is set.
type Conn struct {
	options     connOptions
	wireOptions wireOptions
	address     address
	// only is the one wire of a connection that never has another.
	only    *wire
	workers sync.WaitGroup
	states  stateReporter
	life    context.Context // done when the connection is closed
	end     context.CancelFunc

	mu      sync.Mutex    // guards what follows; it is taken before that of a wire
	wires   []*wire       // those that are up
	opening int           // how many are being opened for calls
	changed chan struct{} // closed when wires or err have changed; nil unless a call waits for it
	err     *Error        // why the connection is closed
	// attempts is how often the connection was opened again since a wire was last of use, and reconnecting whether it
	// is being opened. down is why it was lost, or why the last attempt failed; nil while it is up.
	attempts     int
	reconnecting bool
	down         *Error
	// hasty is how often a wire of the pool was lost, or could not be opened, since one was last of use. While others
	// are up, no more are opened before notBefore.
	hasty     int
	notBefore time.Time
}

// Dial connects to the server at an address: tcp://host:port, unix:///path/to/socket, tls://host:port for TLS on TCP,
// and with [WithWebSocket] ws://host[:port][/path] or wss://host[:port][/path]. The context bounds the dialling, not
// the life of the connection. Without a deadline in the context, dialling fails after 10 seconds. The caller must close
// the connection.
func Dial(ctx context.Context, address string, options ...ConnOption) (*Conn, error) {
	to, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	c := prepareConn(context.Background(), to, newConnOptions(options))
	c.states.note(StateConnecting, nil)
	c.states.report()
	socket, failure := c.options.dial(ctx, to)
	if failure != nil {
		c.end()
		c.states.note(StateClosed, failure)
		c.states.report()
		return nil, failure
	}
	c.begin(socket)
	return c, nil
}

// NewConn returns a connection on a socket, or on anything else that carries bytes in order. With an end of [net.Pipe],
// a test needs no network. The connection owns the socket: the caller must close the connection, not the socket. The
// socket's Close must end its Read and Write. Options about dialling are ignored.
func NewConn(socket net.Conn, options ...ConnOption) *Conn {
	return newSocketConn(context.Background(), socket, newConnOptions(options))
}

// newSocketConn returns a connection on a socket. The contexts of its handlers have the values of this context.
func newSocketConn(ctx context.Context, socket net.Conn, options connOptions) *Conn {
	options.reconnect, options.pool = nil, 1
	c := prepareConn(ctx, addressOf(socket), options)
	c.begin(socket)
	return c
}

func prepareConn(ctx context.Context, to address, options connOptions) *Conn {
	c := &Conn{options: options, address: to}
	c.life, c.end = context.WithCancel(context.Background())
	c.states.logger, c.states.handler, c.states.address = c.options.stateLogger, c.options.onState, to.text
	c.wireOptions = wireOptions{limits: &c.options.limits, logger: c.options.logger, parity: c.options.parity}
	if h := c.options.handlers(ctx, c); h != nil {
		c.wireOptions.requests = h
	}
	return c
}

// begin starts the first wire.
func (c *Conn) begin(socket net.Conn) {
	c.mu.Lock()
	c.add(socket)
	c.mu.Unlock()
	c.states.report()
}

// add starts a wire on a socket. The lock is held. The caller must report the change of state when it is free.
func (c *Conn) add(socket net.Conn) *wire {
	if len(c.wires) == 0 {
		c.states.note(StateConnected, nil)
	}
	c.down = nil
	w := newWire(socket, c.wireOptions, c.lose)
	if c.options.reconnect == nil && c.options.pool == 1 {
		c.only = w
	}
	c.wires = append(c.wires, w)
	// Not before: the handler of the peer's first request may make calls at once.
	w.start(&c.workers)
	c.announce()
	return w
}

// announce wakes the calls that wait for a wire. The lock is held.
func (c *Conn) announce() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// lose notes that a wire is dead. When it was the last one, the connection is lost.
func (c *Conn) lose(w *wire, reason *Error) {
	c.mu.Lock()
	c.wires = slices.DeleteFunc(c.wires, func(other *wire) bool { return other == w })
	if w.proven() {
		c.attempts, c.hasty = 0, 0
	} else {
		c.slowDown()
	}
	switch {
	case c.err != nil || len(c.wires) > 0:
	case c.options.reconnect == nil:
		c.shut(reason, reason)
	case c.mayRetry(reason):
		c.states.note(StateDisconnected, reason)
		if !c.reconnecting {
			c.reconnecting = true
			c.workers.Go(c.reconnect)
		}
	}
	c.announce()
	c.mu.Unlock()
	c.states.report()
}

// shut makes all later calls fail. The lock is held.
func (c *Conn) shut(reason, cause *Error) {
	c.err = reason
	c.states.note(StateClosed, cause)
	c.announce()
	c.end()
}

// Close ends the connection. Calls in flight fail with [CodeUnavailable] and the cause [ErrClosed]. When Close returns,
// no goroutine of the connection is left. Closing again does nothing. The error is always nil.
func (c *Conn) Close() error {
	reason := localError(CodeUnavailable, ErrClosed)
	c.mu.Lock()
	if c.err == nil {
		c.shut(reason, nil)
	}
	wires := slices.Clone(c.wires)
	c.mu.Unlock()
	for _, w := range wires {
		w.fail(reason)
	}
	c.workers.Wait()
	c.states.report()
	return nil
}

// Done returns a channel that is closed when the connection has ended: it is lost and is not opened again, or Close was
// called.
func (c *Conn) Done() <-chan struct{} {
	return c.life.Done()
}

// Stats are figures of a connection.
type Stats struct {
	// Connections is the number of open connections, more than one in a pool.
	Connections int
	// InFlight is the number of calls, streams and tunnels in flight on them.
	InFlight int
	// Serving is the number of calls of the peer that run on them.
	Serving int
	// Dropped is the number of frames that have arrived on them and that nobody waited for.
	Dropped uint64
}

// Stats returns the current figures of the connection.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	stats := Stats{Connections: len(c.wires)}
	for _, w := range c.wires {
		inFlight, serving, dropped := w.counts()
		stats.InFlight += inFlight
		stats.Serving += serving
		stats.Dropped += dropped
	}
	return stats
}

// OpenTunnel returns the tunnel on a channel that a call has returned. It sends nothing. What has arrived on the
// channel before, up to 1 MiB, is read first. The caller must close the tunnel.
//
// The channel is valid on the connection that returned it, until that is lost. On a pool no tunnel can be opened,
// because the pool does not know which of its connections returned the channel.
func (c *Conn) OpenTunnel(channel uint32) (*Tunnel, error) {
	w, err := c.tunnelWire()
	if err != nil {
		return nil, err
	}
	return newTunnel(w, channel)
}
