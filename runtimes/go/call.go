package rapace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// call is a call in progress: what it sends, and what has arrived for it. Calls are used again and again.
type call struct {
	incoming
	settings *callSettings
	method   *Method
	encoder  Encoder
	decoder  Decoder
	// ctx is the context of the call while its answer is decoded, otherwise nil.
	ctx context.Context
}

// callSettings are what the calls of a client have in common.
type callSettings struct {
	wires      wires
	limits     *Limits
	timeout    time.Duration
	idle       time.Duration
	trailingOK bool
	peer       string // the address of the other side, for errors
}

// wires gives calls a wire to be sent on: a connection.
type wires interface {
	// choose returns the wire for a call, and claims it. It waits for one until the call's deadline.
	choose(ctx context.Context, x *exchange) (*wire, *Error)
	// leave gives up the claim on a wire.
	leave(w *wire)
	// replaces reports whether a call that failed with this error before it was sent has another wire to wait for.
	replaces(err *Error, w *wire) bool
	// resends reports whether an idempotent call that failed with this error is sent again on another wire.
	resends(err *Error, w *wire) bool
}

var callPool = sync.Pool{New: func() any {
	c := new(call)
	c.ready = make(chan struct{}, 1)
	c.decoder.overdue = c.overdue
	return c
}}

// begin returns a call whose encoder is ready for the payload of the request.
func begin(kind kind, method *Method, settings *callSettings) *call {
	c := callPool.Get().(*call)
	c.init(kind, settings.limits)
	c.settings, c.method, c.timeout, c.idle = settings, method, settings.timeout, settings.idle
	c.encoder.reset(*settings.limits, headerBytes)
	return c
}

// release returns the call to the pool. It must have ended, by its answer or by wire.cancel.
func (c *call) release() {
	c.leave()
	c.deadline.Store(0)
	select {
	case <-c.ready:
	default:
	}
	c.encoder.buf = kept(c.encoder.buf, keepCallBytes)
	c.decoder.Reset(nil)
	c.inbox.reset()
	c.taken.reset()
	c.next = 0
	c.method, c.settings = nil, nil
	callPool.Put(c)
}

// encode writes the request's payload and returns the frame, whose header is still to be written.
func (c *call) encode(arguments func(*Encoder) error) ([]byte, *Error) {
	if arguments != nil {
		if err := arguments(&c.encoder); err != nil {
			return nil, localError(CodeInvalidArgument, err)
		}
	}
	request, most := c.encoder.buf, c.settings.limits.MaxFrameBytes
	if length := len(request) - lengthBytes; length > most {
		message := fmt.Sprintf("frame length %d of the request exceeds the limit of %d bytes", length, most)
		return nil, &Error{Code: CodeResourceExhausted, Message: message}
	}
	return request, nil
}

// start encodes and sends the request.
func (c *call) start(ctx context.Context, arguments func(*Encoder) error) *Error {
	request, err := c.prepare(ctx, arguments)
	if err != nil {
		return err
	}
	if err := c.send(ctx, request); err != nil {
		return err
	}
	if c.kind == serverStreaming {
		// The stream may last for long.
		c.encoder.buf = kept(c.encoder.buf, keepBytes)
	}
	return nil
}

// prepare encodes the request, and starts the call's clock.
func (c *call) prepare(ctx context.Context, arguments func(*Encoder) error) ([]byte, *Error) {
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	request, err := c.encode(arguments)
	if err == nil {
		c.startClock(ctx, c.timeout)
	}
	return request, err
}

// send sends the request, on another wire when the chosen one was dead and there may be another.
func (c *call) send(ctx context.Context, request []byte) *Error {
	for {
		if err := c.join(ctx); err != nil {
			return err
		}
		err := c.wire.send(ctx, &c.exchange, c.method.ID, request)
		if err == nil || !c.settings.wires.replaces(err, c.wire) {
			return err
		}
	}
}

// join chooses the wire that the call is on.
func (c *call) join(ctx context.Context) *Error {
	c.leave()
	wire, err := c.settings.wires.choose(ctx, &c.exchange)
	c.wire = wire
	return err
}

// leave gives up the claim on the wire.
func (c *call) leave() {
	if c.wire != nil {
		c.settings.wires.leave(c.wire)
	}
	c.wire = nil
}

// answer sends the request and waits for the payload of the answer. When the connection is lost before the answer and
// opened again, an idempotent request is sent again.
func (c *call) answer(ctx context.Context, arguments func(*Encoder) error) ([]byte, *Error) {
	request, err := c.prepare(ctx, arguments)
	if err != nil {
		return nil, err
	}
	for {
		if err := c.send(ctx, request); err != nil {
			return nil, err
		}
		payload, err := c.await(ctx)
		if err == nil || !c.method.Idempotent || c.wire == nil || !c.settings.wires.resends(err, c.wire) {
			return payload, err
		}
	}
}

// await waits for the payload of the answer.
func (c *call) await(ctx context.Context) ([]byte, *Error) {
	for {
		if err := c.take(ctx); err != nil {
			return nil, err
		}
		if payload, ok := c.item(); ok {
			return payload, nil
		}
		if c.taken.done {
			return nil, c.taken.err
		}
	}
}

// notify sends the request, on channel 0.
func (c *call) notify(ctx context.Context, arguments func(*Encoder) error) *Error {
	request, err := c.prepare(ctx, arguments)
	if err != nil {
		return err
	}
	if err := c.join(ctx); err != nil {
		return err
	}
	return c.wire.notify(ctx, &c.exchange, c.method.ID, request)
}

// nextItem returns the payload of a stream's next item, and false at its end. The time that it waits can be bounded.
// The time that the reader takes is not.
func (c *call) nextItem(ctx context.Context) ([]byte, bool, *Error) {
	for {
		if ctx.Err() != nil {
			return nil, false, c.giveUp(contextError(ctx))
		}
		if payload, ok := c.item(); ok {
			return payload, true, nil
		}
		if c.taken.done {
			return nil, false, c.taken.err
		}
		c.startClock(ctx, c.idle)
		c.wire.watch(&c.exchange)
		if err := c.take(ctx); err != nil {
			return nil, false, err
		}
		c.deadline.Store(0)
	}
}

// take waits until something has arrived that was not taken yet, and takes all of it. The wire ends the call at its
// deadline.
func (c *call) take(ctx context.Context) *Error {
	cancelled := ctx.Done()
	for {
		if c.kind != unary {
			c.wire.wants(&c.exchange)
		}
		if cancelled == nil {
			<-c.ready
		} else {
			select {
			case <-c.ready:
			case <-cancelled:
				return c.giveUp(contextError(ctx))
			}
		}
		if c.kind != unary {
			c.wire.supplied(&c.exchange)
		}
		if c.swap() {
			return nil
		}
		// The token was for something that had been taken before.
	}
}

// giveUp ends the call for a reason on this side.
func (c *call) giveUp(err *Error) *Error {
	reason := cancelledByClient
	if err.Code == CodeDeadlineExceeded {
		reason = cancelledByDeadline
	}
	c.wire.cancel(&c.exchange, reason)
	return err
}

// named returns err with the method's name. All calls of a connection share its errors, so the result is a copy.
func (c *call) named(err *Error) error {
	named := *err
	named.Method, named.Peer = c.method.Name, c.settings.peer
	var undecodable *DecodeError
	switch {
	case named.Remote && named.Code == CodeUnimplemented && isUnknownMethod(named.Message):
		named.hint = "the server does not serve " + c.method.Name + ": is it older than this client?"
	case errors.As(err.cause, &undecodable):
		named.hint = "is this client from the api.json of the server?"
	}
	return &named
}

// isUnknownMethod reports whether a server says that it does not know the number of a method, in the words of rapace 0.5, of
// rapace-host, or of the hosts of other languages.
func isUnknownMethod(message string) bool {
	return slices.ContainsFunc([]string{"unknown method_id", "no service here has", "no method has the id"}, func(words string) bool {
		return strings.HasPrefix(message, words)
	})
}

// overdue returns why nobody waits for the answer that is being decoded, and nil when somebody does.
func (c *call) overdue() error {
	if c.ctx.Err() != nil {
		return contextError(c.ctx)
	}
	if at := c.deadline.Load(); at != 0 && now() >= at {
		return c.timedOut()
	}
	return nil
}

// decode decodes a payload, all of it, unless the call ends before that. The decoder function is nil for ().
func decode[T any](ctx context.Context, c *call, payload []byte, decoder func(*Decoder, *T) error, value *T) *Error {
	d := &c.decoder
	d.reset(payload, *c.settings.limits)
	c.ctx = ctx
	defer func() { c.ctx = nil }()
	if decoder != nil {
		if err := decoder(d, value); err != nil {
			return undecodable(err)
		}
	}
	if !c.settings.trailingOK {
		if err := d.Finish(); err != nil {
			return undecodable(err)
		}
	}
	return nil
}

// undecodable returns the error for a payload that was not decoded: it is wrong, or the call ended before.
func undecodable(err error) *Error {
	var late *Error
	if errors.As(err, &late) {
		return late
	}
	return localError(CodeInternal, err)
}
