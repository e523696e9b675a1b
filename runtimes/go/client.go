package rapace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Conn is a connection to a server: one session, on which any number of calls can be under way at once. When it is lost,
// all of them fail at once with CodeUnavailable, and so do later ones: a Conn does not reconnect.
type Conn struct {
	socket  net.Conn
	options connOptions
	begun   time.Time
	wake    chan struct{} // tells the writer that there is something to write
	dead    chan struct{} // closed when err is set
	workers sync.WaitGroup
	nudges  *time.Timer  // runs until it is time to nudge
	nudging atomic.Bool  // whether it runs
	alarm   *time.Timer  // runs until the next call has waited too long
	alarmAt atomic.Int64 // when that is; 0 when no alarm is set. Changed under the lock
	// writeNow returns how much of some bytes the socket takes at once; nil when it cannot be asked.
	writeNow func([]byte) int

	mu      sync.Mutex // guards what follows
	session *session[*call]
	unsent  []byte        // frames that wait for the writer
	writing int           // how many bytes of others are being handed to the socket; nobody else writes meanwhile
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
		socket:   socket,
		options:  options,
		begun:    time.Now(),
		wake:     make(chan struct{}, 1),
		dead:     make(chan struct{}),
		nudges:   stoppedTimer(),
		alarm:    stoppedTimer(),
		writeNow: immediateWriter(socket),
		session:  newSession[*call](options.limits),
	}
	c.workers.Go(c.read)
	c.workers.Go(c.write)
	c.workers.Go(c.keepTime)
	return c
}

func stoppedTimer() *time.Timer {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return timer
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
		x.handle.wake()
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
	acknowledge, acknowledgeSoon := c.acknowledgers()
	inParts := false // whether the peer was seen to write a frame in parts
	var woken []*call
	for {
		space := frames.space()
		n, err := c.socket.Read(space)
		frames.advance(n)
		awaited, wrong := c.deliver(&frames, &woken)
		// Not under the lock, which they want first of all.
		for _, x := range woken {
			x.wake()
		}
		clear(woken)
		woken = woken[:0]
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
		switch {
		case n == len(space):
		case frames.partial():
			acknowledge()
		case inParts && awaited:
			acknowledgeSoon()
		}
	}
}

// deliver hands each complete frame to its call, and tells whether more is awaited. A call takes a copy, so none of them
// holds up the others. It appends the calls that got something.
func (c *Conn) deliver(frames *frameReader, woken *[]*call) (awaited bool, err error) {
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
		*woken = append(*woken, e.handle)
	}
}

// acknowledgers return what makes this side's system acknowledge what it has received, at once and soon: see mayDelay.
func (c *Conn) acknowledgers() (now, soon func()) {
	if !mayDelay(c.socket) {
		return func() {}, func() {}
	}
	if quick := quickAcknowledger(c.socket); quick != nil {
		return quick, quick
	}
	return c.nudge, c.nudgeSoon
}

// nudgeSoon nudges after a while, for all that came meanwhile, unless nothing is awaited by then.
func (c *Conn) nudgeSoon() {
	if !c.nudging.Swap(true) {
		c.nudges.Reset(nudgePeriod)
	}
}

// nudge sends a frame that means nothing, so that the acknowledgement travels with it.
func (c *Conn) nudge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.appendNudge()
}

// nudgeIfAwaited is nudge while anything is to come.
func (c *Conn) nudgeIfAwaited() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.session.live) > 0 {
		c.appendNudge()
	}
}

// appendNudge is nudge for a caller that holds the lock. A frame that is to be written anyway will do.
func (c *Conn) appendNudge() {
	if len(c.unsent) == 0 {
		c.unsent = c.session.appendNudge(c.unsent)
		c.wakeWriter()
	}
}

// write writes the frames that wait, all of them in one go, until the connection ends. Calls do not wait for the socket
// themselves: one that is cancelled must neither leave half a frame behind nor wait for a peer that does not read.
func (c *Conn) write() {
	var frames []byte
	for {
		frames = c.takeUnsent(kept(frames, keepBytes))
		if len(frames) > 0 {
			if _, err := c.socket.Write(frames); err != nil {
				c.fail(lost(err))
				return
			}
			c.written()
			continue
		}
		select {
		case <-c.wake:
			// Calls that are about to send get to do so first, so that their frames leave together.
			runtime.Gosched()
		case <-c.dead:
			return
		}
	}
}

// takeUnsent returns the frames to write next and leaves the buffer for later ones. While a call writes, there are none.
func (c *Conn) takeUnsent(buf []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writing > 0 {
		return nil
	}
	frames := c.unsent
	c.unsent, c.writing = buf, len(frames)
	return frames
}

// written notes that what was being written is.
func (c *Conn) written() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = 0
	if c.room != nil {
		close(c.room)
		c.room = nil
	}
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
	defer c.mu.Unlock()
	if c.writing+len(c.unsent) > c.options.limits.MaxUnsentBytes {
		if err := c.waitForRoom(ctx, x); err != nil {
			return err
		}
	}
	if c.err != nil {
		return c.err
	}
	x.channel = c.session.open(x.kind, x, method, request)
	c.setAlarm(x.deadline.Load())
	if len(c.session.live) == 1 && c.writeNow != nil && c.writing == 0 && len(c.unsent) == 0 {
		c.sendNow(request)
		return nil
	}
	c.unsent = append(c.unsent, request...)
	c.wakeWriter()
	return nil
}

// sendNow writes the request of a call that is alone: there is nothing to write together with it, and the writer would
// have to be woken first. What the socket does not take at once is the writer's. The lock is held, but not while it writes.
func (c *Conn) sendNow(request []byte) {
	c.writing = len(request)
	c.mu.Unlock()
	n := c.writeNow(request)
	c.mu.Lock()
	c.writing = 0
	if c.err != nil {
		return
	}
	// Frames of other calls may have come meanwhile.
	if n < len(request) {
		c.unsent = slices.Insert(c.unsent, 0, request[n:]...)
	}
	if len(c.unsent) > 0 {
		c.wakeWriter()
	}
	if c.room != nil {
		close(c.room)
		c.room = nil
	}
}

// waitForRoom waits while too much is unsent. The lock is held, but not while it waits.
func (c *Conn) waitForRoom(ctx context.Context, x *call) *Error {
	var timeout <-chan time.Time
	if at := x.deadline.Load(); at != 0 {
		timer := time.NewTimer(time.Duration(at - c.now()))
		defer timer.Stop()
		timeout = timer.C
	}
	for c.err == nil && c.writing+len(c.unsent) > c.options.limits.MaxUnsentBytes {
		if c.room == nil {
			c.room = make(chan struct{})
		}
		room := c.room
		c.mu.Unlock()
		var err *Error
		select {
		case <-room:
		case <-c.dead:
		case <-ctx.Done():
			err = contextError(ctx)
		case <-timeout:
			err = x.timedOut()
		}
		c.mu.Lock()
		if err != nil {
			return err
		}
	}
	return nil
}

// now returns the time on the connection's clock, in nanoseconds. It is never 0.
func (c *Conn) now() int64 {
	return int64(time.Since(c.begun)) + 1
}

// watch makes sure that the call ends when it has waited too long. It needs the lock only when no alarm is set before.
func (c *Conn) watch(x *call) {
	at := x.deadline.Load()
	if alarm := c.alarmAt.Load(); at == 0 || alarm != 0 && alarm <= at {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setAlarm(at)
}

// setAlarm makes the alarm go off at a time, or before; 0 is never. One alarm serves all calls: most end long before, and
// then there is nothing to undo. The lock is held.
func (c *Conn) setAlarm(at int64) {
	if alarm := c.alarmAt.Load(); at == 0 || alarm != 0 && alarm <= at || c.err != nil {
		return
	}
	c.alarmAt.Store(at)
	c.alarm.Reset(time.Duration(at - c.now()))
}

// keepTime does what is to be done at some time, until the connection ends.
func (c *Conn) keepTime() {
	defer c.alarm.Stop()
	defer c.nudges.Stop()
	for {
		select {
		case <-c.alarm.C:
			c.endLateCalls()
		case <-c.nudges.C:
			c.nudging.Store(false)
			c.nudgeIfAwaited()
		case <-c.dead:
			return
		}
	}
}

// endLateCalls ends the calls that have waited too long, and sets the alarm for the next.
func (c *Conn) endLateCalls() {
	c.mu.Lock()
	defer c.mu.Unlock()
	// Before the deadlines are read: a call that begins to wait meanwhile sees that it has to set the alarm itself.
	c.alarmAt.Store(0)
	now, next := c.now(), int64(0)
	for _, exchange := range c.session.live {
		x := exchange.handle
		at := x.deadline.Load()
		switch {
		case at == 0 || len(x.inbox.ends) > 0:
			// It does not wait, or not any more.
		case at <= now:
			c.abandon(x, cancelledByDeadline)
			x.finish(x.timedOut())
			x.wake()
		case next == 0 || at < next:
			next = at
		}
	}
	if next != 0 {
		// Calls whose time is over soon after one another are ended together.
		c.setAlarm(max(next, now+int64(alarmPeriod)))
	}
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
