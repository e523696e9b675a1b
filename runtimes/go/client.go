package rapace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
)

// Conn is a connection to a server: one session, on which any number of calls can be under way at once. When it is lost,
// all of them fail at once with CodeUnavailable, and so do later ones: a Conn does not reconnect.
type Conn struct {
	socket  net.Conn
	options connOptions
	wake    chan struct{} // tells the writer that there is something to write
	dead    chan struct{} // closed when err is set
	workers sync.WaitGroup

	mu      sync.Mutex // guards what follows
	session *session[*call]
	unsent  []byte        // frames that wait for the writer
	writing int           // how many bytes of others the writer hands to the socket
	room    chan struct{} // closed when the writer has come further; nil unless a call waits for it
	err     *Error        // why the connection is dead
}

type connOptions struct {
	dialer     Dialer
	limits     Limits
	logger     *slog.Logger
	trailingOK bool
}

// ConnOption is an option of [Dial] and [NewConn].
type ConnOption func(*connOptions)

// WithDialer makes [Dial] open sockets by this function.
func WithDialer(dialer Dialer) ConnOption {
	return func(o *connOptions) { o.dialer = dialer }
}

// WithLimits sets the limits of the connection.
func WithLimits(limits Limits) ConnOption {
	return func(o *connOptions) { o.limits = limits }
}

// WithLogger makes the connection log what no call can report, at level debug. Payloads are never logged. The default
// is silence.
func WithLogger(logger *slog.Logger) ConnOption {
	return func(o *connOptions) { o.logger = logger }
}

// AllowTrailingBytes accepts answers with bytes after their value, which otherwise are decode errors.
func AllowTrailingBytes() ConnOption {
	return func(o *connOptions) { o.trailingOK = true }
}

// Dial connects to the server at tcp://host:port or unix:///path/to/socket. The context bounds the dialling alone, not the
// life of the connection; without a deadline it has 10 seconds. The caller must close the connection.
func Dial(ctx context.Context, address string, options ...ConnOption) (*Conn, error) {
	o := newConnOptions(options)
	socket, err := dial(ctx, address, o.dialer)
	if err != nil {
		return nil, err
	}
	return newConn(socket, o), nil
}

// NewConn makes a connection of a socket, or of anything else that carries bytes in order, such as an end of [net.Pipe].
// It takes the socket over; the caller must close the connection instead. The socket's Close must end its Read and Write.
func NewConn(socket net.Conn, options ...ConnOption) *Conn {
	return newConn(socket, newConnOptions(options))
}

func newConnOptions(options []ConnOption) connOptions {
	o := connOptions{dialer: new(net.Dialer).DialContext, logger: slog.New(slog.DiscardHandler)}
	for _, option := range options {
		option(&o)
	}
	o.limits = o.limits.withDefaults()
	return o
}

func newConn(socket net.Conn, options connOptions) *Conn {
	c := &Conn{
		socket:  socket,
		options: options,
		wake:    make(chan struct{}, 1),
		dead:    make(chan struct{}),
		session: newSession[*call](options.limits),
	}
	c.workers.Go(c.read)
	c.workers.Go(c.write)
	return c
}

// Close ends the connection. Calls in flight fail with CodeUnavailable and the cause [ErrClosed]. When it returns, nothing
// of the connection is left, goroutines included. Closing again does nothing. The error is always nil.
func (c *Conn) Close() error {
	c.fail(localError(CodeUnavailable, ErrClosed))
	c.workers.Wait()
	return nil
}

// fail ends the connection and every call in flight. Only the first reason counts.
func (c *Conn) fail(reason *Error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = reason
	calls := len(c.session.live)
	for _, x := range c.session.live {
		x.handle.finish(reason)
	}
	clear(c.session.live)
	c.unsent = nil
	close(c.dead)
	dropped := c.session.dropped
	c.mu.Unlock()
	err := c.socket.Close()
	c.options.logger.Debug("connection ended", "reason", reason, "calls", calls, "dropped", dropped, "close", err)
}

// lost returns the error for a connection that a failing read or write has ended.
func lost(err error) *Error {
	var protocol *ProtocolError
	switch {
	case errors.As(err, &protocol):
		return localError(CodeUnavailable, err)
	case err == io.EOF:
		return &Error{Code: CodeUnavailable, Message: "the server closed the connection", cause: err}
	}
	return &Error{Code: CodeUnavailable, Message: "connection lost: " + err.Error(), cause: err}
}

// read hands what arrives to the calls, until the connection ends.
func (c *Conn) read() {
	frames := frameReader{max: c.options.limits.MaxFrameBytes}
	acknowledge := c.acknowledger()
	inParts := false // whether the peer was seen to write a frame in parts
	for {
		space := frames.space()
		n, err := c.socket.Read(space)
		frames.advance(n)
		awaited, wrong := c.deliver(&frames)
		if wrong != nil {
			c.fail(lost(wrong))
			return
		}
		if err != nil {
			if err == io.EOF && frames.partial() {
				err = io.ErrUnexpectedEOF
			}
			c.fail(lost(err))
			return
		}
		inParts = inParts || frames.headAlone()
		// When the space was filled, more has arrived already and the peer is not held up.
		if n < len(space) && (frames.partial() || inParts && awaited) {
			acknowledge()
		}
	}
}

// deliver hands each complete frame to its call, and tells whether more is awaited. A call takes a copy, so none of them
// holds up the others.
func (c *Conn) deliver(frames *frameReader) (awaited bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		f, ok, err := frames.next()
		if !ok {
			return len(c.session.live) > 0, err
		}
		e, ok := c.session.receive(f)
		if !ok {
			continue
		}
		if e.hasItem && !e.handle.put(e.item) {
			if !e.end {
				c.abandon(e.handle, cancelledByResources)
			}
			e.end, e.err = true, &Error{
				Code:    CodeResourceExhausted,
				Message: fmt.Sprintf("the stream has more than %d bytes that were not read", c.options.limits.MaxStreamBytes),
			}
		}
		if e.end {
			e.handle.finish(e.err)
		}
	}
}

// acknowledger returns what makes this side's system acknowledge at once what it has received: see mayDelay.
func (c *Conn) acknowledger() func() {
	if !mayDelay(c.socket) {
		return func() {}
	}
	if quick := quickAcknowledger(c.socket); quick != nil {
		return quick
	}
	return c.nudge
}

// nudge sends a frame that means nothing, so that the acknowledgement travels with it.
func (c *Conn) nudge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.unsent) == 0 {
		c.unsent = c.session.appendNudge(c.unsent)
		c.wakeWriter()
	}
}

// write writes the frames that wait, all of them in one go, until the connection ends. Calls do not write themselves:
// one that is cancelled must neither leave half a frame behind nor wait for a peer that does not read.
func (c *Conn) write() {
	var frames []byte
	for {
		frames = c.takeUnsent(kept(frames))
		if len(frames) > 0 {
			if _, err := c.socket.Write(frames); err != nil {
				c.fail(lost(err))
				return
			}
			continue
		}
		select {
		case <-c.wake:
		case <-c.dead:
			return
		}
	}
}

// takeUnsent returns the frames to write next, when those before are written, and leaves the buffer for later ones.
func (c *Conn) takeUnsent(buf []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	frames := c.unsent
	c.unsent, c.writing = buf, len(frames)
	if c.room != nil {
		close(c.room)
		c.room = nil
	}
	return frames
}

// wakeWriter tells the writer that there is something to write.
func (c *Conn) wakeWriter() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// send begins a call with a request, whose header it writes. It waits while too much is unsent, at most until the
// call's time is over.
func (c *Conn) send(ctx context.Context, x *call, method uint32, request []byte) *Error {
	c.mu.Lock()
	for c.err == nil && c.writing+len(c.unsent) > c.options.limits.MaxUnsentBytes {
		if c.room == nil {
			c.room = make(chan struct{})
		}
		room := c.room
		c.mu.Unlock()
		select {
		case <-room:
		case <-c.dead:
		case <-ctx.Done():
			return contextError(ctx)
		case <-x.timer.C:
			return x.timedOut()
		}
		c.mu.Lock()
	}
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	x.channel = c.session.open(x.kind, x, method, request)
	c.unsent = append(c.unsent, request...)
	c.wakeWriter()
	return nil
}

// cancel ends a call before its end has come, and asks the server to stop working on it.
func (c *Conn) cancel(x *call, reason cancelReason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abandon(x, reason)
}

// abandon is cancel for a caller that holds the lock.
func (c *Conn) abandon(x *call, reason cancelReason) {
	if c.session.abandon(x.channel) && len(c.unsent) < c.options.limits.MaxUnsentBytes {
		c.unsent = c.session.appendCancel(c.unsent, x.channel, reason)
		c.wakeWriter()
	}
}
