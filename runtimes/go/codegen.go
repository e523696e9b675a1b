package rapace

// This file is what generated code imports, besides Encoder, Decoder and the types that values have. It changes only
// together with the constant below.

import (
	"context"
	"errors"
	"iter"
	"time"
)

// IsAtLeastVersion3 is there when this runtime suits code that was generated for version 3 of it. Generated code mentions
// it, so that a mismatch is found when it is compiled. Code of earlier versions does not say how large its values are in
// memory, so that no limit could hold: there is nothing for it to mention.
const IsAtLeastVersion3 = true

// DefaultTimeout is how long a call waits for its answer when neither its context nor its client says so.
const DefaultTimeout = 30 * time.Second

// Method names a method of a service. Generated code makes one for each.
type Method struct {
	// Name is the method's name, such as Catalog.find.
	Name string
	// ID is the number that stands in requests.
	ID uint32
	// Idempotent is true when it does no harm to call the method twice.
	Idempotent bool
}

// Client is the part of a generated client that all of them share.
type Client struct {
	conn    *Conn
	timeout time.Duration
	idle    time.Duration
}

// ClientOption is an option of a generated client.
type ClientOption func(*Client)

// WithTimeout sets how long a call waits for its answer when the context has no deadline. Zero is without end. A stream may
// take so long to send its request; how long it lasts is bounded by its context alone, and by [WithIdleTimeout].
func WithTimeout(timeout time.Duration) ClientOption {
	return func(c *Client) { c.timeout = timeout }
}

// WithIdleTimeout sets how long a stream waits for each item when the context has no deadline. The default is zero, without
// end: a subscription may be quiet for hours.
func WithIdleTimeout(timeout time.Duration) ClientOption {
	return func(c *Client) { c.idle = timeout }
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
	if len(client.conn.options.interceptors) > 0 {
		return callIntercepted(ctx, client, method, arguments, answer)
	}
	return callDirectly(ctx, client, method, arguments, answer)
}

func callDirectly[T any](ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, answer func(*Decoder, *T) error) (T, error) {
	x := begin(unary, method, client)
	defer x.release()
	var value, none T
	payload, failure := x.answer(ctx, arguments)
	if failure != nil {
		return none, x.named(failure)
	}
	if failure := decode(ctx, x, payload, answer, &value); failure != nil {
		return none, x.named(failure)
	}
	return value, nil
}

// Notify calls a method without waiting for an answer, nor learning of an error there. It returns when the request has been
// handed to the socket.
func Notify(ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error) error {
	if len(client.conn.options.interceptors) > 0 {
		return notifyIntercepted(ctx, client, method, arguments)
	}
	return notifyDirectly(ctx, client, method, arguments)
}

func notifyDirectly(ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error) error {
	x := begin(unary, method, client)
	defer x.release()
	if failure := x.notify(ctx, arguments); failure != nil {
		return x.named(failure)
	}
	return nil
}

// Stream calls a method that answers with a stream. Each range over the result is a call of its own: it begins with the
// range, and leaving the range ends it. An error is the last that the range yields.
func Stream[T any](ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, item func(*Decoder, *T) error) iter.Seq2[T, error] {
	if len(client.conn.options.interceptors) > 0 {
		return streamIntercepted(ctx, client, method, arguments, item)
	}
	return streamDirectly(ctx, client, method, arguments, item)
}

func streamDirectly[T any](ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, item func(*Decoder, *T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		x := begin(serverStreaming, method, client)
		defer x.release()
		var none T
		if failure := x.start(ctx, arguments); failure != nil {
			yield(none, x.named(failure))
			return
		}
		defer func() { x.link.cancel(x, cancelledByClient) }()
		for {
			payload, ok, failure := x.nextItem(ctx)
			if failure != nil {
				yield(none, x.named(failure))
				return
			}
			if !ok {
				return
			}
			var value T
			if failure := decode(ctx, x, payload, item, &value); failure != nil {
				yield(none, x.named(failure))
				return
			}
			if !yield(value, nil) {
				return
			}
		}
	}
}

// decode decodes a payload, all of it, as long as somebody waits for it.
func decode[T any](ctx context.Context, x *call, payload []byte, decoder func(*Decoder, *T) error, value *T) *Error {
	d := &x.decoder
	d.reset(payload, x.conn.options.limits)
	x.ctx = ctx
	defer func() { x.ctx = nil }()
	if decoder != nil {
		if err := decoder(d, value); err != nil {
			return undecodable(err)
		}
	}
	if !x.conn.options.trailingOK {
		if err := d.Finish(); err != nil {
			return undecodable(err)
		}
	}
	return nil
}

// undecodable returns the error for a payload that was not decoded: it is wrong, or came to its end too late.
func undecodable(err error) *Error {
	var late *Error
	if errors.As(err, &late) {
		return late
	}
	return localError(CodeInternal, err)
}

// Unset returns the error of a fake's method, of which a field says what it does, when that is nil.
func Unset(method *Method, field string) error {
	return &Error{Code: CodeUnimplemented, Message: field + " is not set", Method: method.Name}
}

// UnsetCall is Unset for a method with an answer.
func UnsetCall[T any](method *Method, field string) (none T, err error) {
	return none, Unset(method, field)
}

// UnsetStream is Unset for a method that answers with a stream.
func UnsetStream[T any](method *Method, field string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, Unset(method, field))
	}
}
