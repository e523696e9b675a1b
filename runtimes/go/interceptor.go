package rapace

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Interceptor stands around a call. It sees what is called, and calls next to go on: for a call with one answer next returns
// when the answer is there, for a stream when it has ended or its reader has left, for a notification when it has been
// sent. What next returns is how that went, nil when the reader has left. The interceptor may give next another context,
// call it again, or not at all; what it returns is what the caller gets. A stream that is begun again yields its items
// again.
type Interceptor func(ctx context.Context, call CallInfo, next func(context.Context) error) error

// CallInfo tells an [Interceptor] what is called.
type CallInfo struct {
	// Method is the method's name, such as Catalog.find.
	Method string
	// Network and Address tell where the server is, as [net.Dial] takes it: tcp and host:port as the connection was dialled, or
	// unix and the path of the socket. For a connection of [NewConn] they are what its socket says of its peer.
	Network, Address string
	// Idempotent is true when it does no harm to call the method twice.
	Idempotent bool
	// Streaming is true when a stream answers.
	Streaming bool
	// Notification is true when no answer is waited for.
	Notification bool
	// Timeout is how long the answer, or each item of the stream, is waited for when the context has no deadline; zero is
	// without end.
	Timeout time.Duration
}

// intercept runs a call within the interceptors of the connection.
func (c *Client) intercept(ctx context.Context, info CallInfo, call func(context.Context) error) error {
	info.Timeout = c.timeout
	if info.Streaming {
		info.Timeout = c.idle
	}
	info.Network, info.Address = c.conn.address.network, c.conn.address.dial
	next := call
	interceptors := c.conn.options.interceptors
	for i := len(interceptors) - 1; i >= 0; i-- {
		inner := next
		next = func(ctx context.Context) error { return interceptors[i](ctx, info, inner) }
	}
	return asError(next(ctx), info.Method)
}

// asError returns an error of an interceptor as one of calls.
func asError(err error, method string) error {
	var failed *Error
	if err == nil || errors.As(err, &failed) {
		return err
	}
	code := CodeInternal
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		code = CodeDeadlineExceeded
		if errors.Is(err, context.Canceled) {
			code = CodeCancelled
		}
	}
	failed = localError(code, err)
	failed.Method = method
	return failed
}

func callIntercepted[T any](ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, answer func(*Decoder, *T) error) (T, error) {
	var value, none T
	info := CallInfo{Method: method.Name, Idempotent: method.Idempotent}
	encoded := encodedOnce(client, arguments)
	err := client.intercept(ctx, info, func(ctx context.Context) (err error) {
		value, err = callDirectly(ctx, client, method, encoded, answer)
		return err
	})
	if err != nil {
		return none, err
	}
	return value, nil
}

func notifyIntercepted(ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error) error {
	info := CallInfo{Method: method.Name, Idempotent: method.Idempotent, Notification: true}
	encoded := encodedOnce(client, arguments)
	return client.intercept(ctx, info, func(ctx context.Context) error {
		return notifyDirectly(ctx, client, method, encoded)
	})
}

// encodedOnce encodes arguments, and returns what writes them or fails likewise as often as the call is made. An interceptor
// may keep the call, so what made the arguments would be allocated for every call if it were kept in it, those without
// interceptors among them.
func encodedOnce(client *Client, arguments func(*Encoder) error) func(*Encoder) error {
	e := NewEncoder(client.conn.options.limits)
	var err error
	if arguments != nil {
		err = arguments(e)
	}
	return func(to *Encoder) error {
		to.Raw(e.Encoded())
		return err
	}
}

func streamIntercepted[T any](ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, item func(*Decoder, *T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		left := false
		info := CallInfo{Method: method.Name, Idempotent: method.Idempotent, Streaming: true}
		err := client.intercept(ctx, info, func(ctx context.Context) error {
			if left {
				return nil
			}
			for value, err := range streamDirectly(ctx, client, method, arguments, item) {
				if err != nil {
					return err
				}
				if !yield(value, nil) {
					left = true
					return nil
				}
			}
			return nil
		})
		if err != nil && !left {
			var none T
			yield(none, err)
		}
	}
}
