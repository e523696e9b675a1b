package rapace

import (
	"context"
	"iter"
	"slices"
	"time"
)

// DefaultTimeout is how long a call waits for its answer when neither its context nor its client sets a limit.
const DefaultTimeout = 30 * time.Second

// Client is the part that all generated clients share.
type Client struct {
	conn     *Conn
	settings callSettings
	// interceptors are those of the connection, then those of the client.
	interceptors []Interceptor
}

// ClientOption is an option of a generated client.
type ClientOption func(*Client)

// WithTimeout sets how long a call waits for its answer when the context has no deadline. Zero means without end. For a
// stream it bounds how long sending the request takes. The stream itself is bounded by its context, and by
// [WithIdleTimeout].
func WithTimeout(timeout time.Duration) ClientOption {
	return func(c *Client) { c.settings.timeout = timeout }
}

// WithIdleTimeout sets how long a stream waits for each item when the context has no deadline. The default is zero,
// without end: a subscription may be quiet for hours.
func WithIdleTimeout(timeout time.Duration) ClientOption {
	return func(c *Client) { c.settings.idle = timeout }
}

// WithClientInterceptors puts functions around every call of the client, inside those of the connection, the first of them
// outermost.
func WithClientInterceptors(interceptors ...Interceptor) ClientOption {
	return func(c *Client) { c.interceptors = append(slices.Clip(c.interceptors), interceptors...) }
}

// NewClient returns a client on a connection.
func NewClient(conn *Conn, options ...ClientOption) *Client {
	c := &Client{conn, callSettings{
		wires:      conn,
		limits:     &conn.options.limits,
		timeout:    DefaultTimeout,
		trailingOK: conn.options.trailingOK,
		peer:       conn.address.peer(),
	}, conn.options.interceptors}
	for _, option := range options {
		option(c)
	}
	return c
}

func callDirectly[T any](
	ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, answer func(*Decoder, *T) error,
) (T, error) {
	c := begin(unary, method, &client.settings)
	defer c.release()
	var value, none T
	payload, failure := c.answer(ctx, arguments)
	if failure != nil {
		return none, c.named(failure)
	}
	if failure := decode(ctx, c, payload, answer, &value); failure != nil {
		return none, c.named(failure)
	}
	return value, nil
}

func notifyDirectly(ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error) error {
	c := begin(unary, method, &client.settings)
	defer c.release()
	if failure := c.notify(ctx, arguments); failure != nil {
		return c.named(failure)
	}
	return nil
}

func streamDirectly[T any](
	ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, item func(*Decoder, *T) error,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		c := begin(serverStreaming, method, &client.settings)
		defer c.release()
		var none T
		if failure := c.start(ctx, arguments); failure != nil {
			yield(none, c.named(failure))
			return
		}
		defer func() { c.wire.cancel(&c.exchange, cancelledByClient) }()
		for {
			payload, ok, failure := c.nextItem(ctx)
			if failure != nil {
				yield(none, c.named(failure))
				return
			}
			if !ok {
				return
			}
			var value T
			if failure := decode(ctx, c, payload, item, &value); failure != nil {
				yield(none, c.named(failure))
				return
			}
			if !yield(value, nil) {
				return
			}
		}
	}
}
