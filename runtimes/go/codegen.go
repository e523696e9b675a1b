package rapace

// This file is what generated code imports, besides Encoder, Decoder and the types that values have. It changes only
// together with the constant below.

import (
	"context"
	"iter"
	"time"
)

// IsAtLeastVersion1 is there when this runtime suits code that was generated for version 1 of it. Generated code mentions
// it, so that a mismatch is found when it is compiled.
const IsAtLeastVersion1 = true

// DefaultTimeout is how long a call waits when neither its context nor its client says so.
const DefaultTimeout = 30 * time.Second

// Method names a method of a service. Generated code makes one for each.
type Method struct {
	// Name is the method's name, such as Catalog.find.
	Name string
	// ID is the number that stands in requests.
	ID uint32
}

// Client is the part of a generated client that all of them share.
type Client struct {
	conn    *Conn
	timeout time.Duration
}

// ClientOption is an option of a generated client.
type ClientOption func(*Client)

// WithTimeout sets how long a call waits for its answer, and a stream for each item, when the context has no deadline.
// Zero is without end.
func WithTimeout(timeout time.Duration) ClientOption {
	return func(c *Client) { c.timeout = timeout }
}

// NewClient returns a client on a connection.
func NewClient(conn *Conn, options ...ClientOption) *Client {
	c := &Client{conn: conn, timeout: DefaultTimeout}
	for _, option := range options {
		option(c)
	}
	return c
}

// Call calls a method with one answer. The encoder of arguments may be nil when there are none, and the decoder when the
// answer is ().
func Call[T any](ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, answer func(*Decoder, *T) error) (T, error) {
	x := begin(unary, method, client)
	defer x.release()
	var value, none T
	payload, failure := x.answer(ctx, client.conn, arguments)
	if failure != nil {
		return none, x.named(failure)
	}
	if failure := decode(x, client.conn, payload, answer, &value); failure != nil {
		return none, x.named(failure)
	}
	return value, nil
}

// Stream calls a method that answers with a stream. Each range over the result is a call of its own: it begins with the
// range, and leaving the range ends it. An error is the last that the range yields.
func Stream[T any](ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, item func(*Decoder, *T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		x := begin(serverStreaming, method, client)
		defer x.release()
		var none T
		if failure := x.start(ctx, client.conn, arguments); failure != nil {
			yield(none, x.named(failure))
			return
		}
		defer client.conn.cancel(x, cancelledByClient)
		for {
			payload, ok, failure := x.nextItem(ctx, client.conn)
			if failure != nil {
				yield(none, x.named(failure))
				return
			}
			if !ok {
				return
			}
			var value T
			if failure := decode(x, client.conn, payload, item, &value); failure != nil {
				yield(none, x.named(failure))
				return
			}
			if !yield(value, nil) {
				return
			}
		}
	}
}

// decode decodes a payload, all of it.
func decode[T any](x *call, c *Conn, payload []byte, decoder func(*Decoder, *T) error, value *T) *Error {
	d := &x.decoder
	d.reset(payload, c.options.limits)
	if decoder != nil {
		if err := decoder(d, value); err != nil {
			return localError(CodeInternal, err)
		}
	}
	if !c.options.trailingOK {
		if err := d.Finish(); err != nil {
			return localError(CodeInternal, err)
		}
	}
	return nil
}

// answer sends the request and waits for the payload of the answer.
func (x *call) answer(ctx context.Context, c *Conn, arguments func(*Encoder) error) ([]byte, *Error) {
	if err := x.start(ctx, c, arguments); err != nil {
		return nil, err
	}
	for {
		if err := x.take(ctx, c); err != nil {
			return nil, err
		}
		if payload, ok := x.item(); ok {
			return payload, nil
		}
		if x.taken.done {
			return nil, x.taken.err
		}
	}
}

// nextItem returns the payload of a stream's next item, and false at its end. The time that it waits is bounded by the
// timeout, the time that the reader takes is not.
func (x *call) nextItem(ctx context.Context, c *Conn) ([]byte, bool, *Error) {
	for {
		if ctx.Err() != nil {
			return nil, false, x.giveUp(c, contextError(ctx))
		}
		if payload, ok := x.item(); ok {
			return payload, true, nil
		}
		if x.taken.done {
			return nil, false, x.taken.err
		}
		x.startClock(ctx, c)
		c.watch(x)
		if err := x.take(ctx, c); err != nil {
			return nil, false, err
		}
		x.deadline.Store(0)
	}
}
