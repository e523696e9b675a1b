package rapace

import (
	"context"
	"iter"
)

// intercept runs a call with these arguments inside the interceptors of the connection and of the client.
func (c *Client) intercept(
	ctx context.Context, info CallInfo, arguments *argumentSource, call func(context.Context) error,
) error {
	info.arguments = arguments
	info.Timeout = c.settings.timeout
	if info.Kind == KindStream {
		info.Timeout = c.settings.idle
	}
	info.Network, info.Address = c.conn.address.network, c.conn.address.dial
	info.Peer = c.conn.address.peer()
	return intercepted(ctx, c.interceptors, info, call)
}

func callIntercepted[T any](
	ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, answer func(*Decoder, *T) error,
) (T, error) {
	var value, none T
	info := infoOf(method, KindUnary)
	encoded := encodedOnce(client, arguments)
	err := client.intercept(ctx, info, argumentsOf(client, arguments), func(ctx context.Context) (err error) {
		value, err = callDirectly(ctx, client, method, encoded, answer)
		return err
	})
	if err != nil {
		return none, err
	}
	return value, nil
}

func notifyIntercepted(ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error) error {
	info := infoOf(method, KindNotification)
	encoded := encodedOnce(client, arguments)
	return client.intercept(ctx, info, argumentsOf(client, arguments), func(ctx context.Context) error {
		return notifyDirectly(ctx, client, method, encoded)
	})
}

// argumentsOf returns the values that a call was made with. They are found now, for the reason that [encodedOnce] has.
func argumentsOf(client *Client, arguments func(*Encoder) error) *argumentSource {
	var values []any
	if arguments != nil {
		e := NewEncoder(*client.settings.limits)
		e.collected = &values
		// The error is that of an argument that cannot be encoded, with which the call itself fails.
		if _ = arguments(e); values == nil {
			return &argumentSource{find: func() ([]any, error) { return nil, errNotCollected }}
		}
	}
	return &argumentSource{find: func() ([]any, error) { return values, nil }}
}

// encodedOnce encodes the arguments now. It returns a function that writes their bytes, or fails with their error, each
// time the call is made. An interceptor may keep the call and make it again. If it kept the encoder of the arguments
// instead, that function would escape to the heap in every call, also in calls without interceptors.
func encodedOnce(client *Client, arguments func(*Encoder) error) func(*Encoder) error {
	e := NewEncoder(*client.settings.limits)
	var err error
	if arguments != nil {
		err = arguments(e)
	}
	return func(to *Encoder) error {
		to.Raw(e.Encoded())
		return err
	}
}

func streamIntercepted[T any](
	ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, item func(*Decoder, *T) error,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		left := false
		info := infoOf(method, KindStream)
		err := client.intercept(ctx, info, argumentsOf(client, arguments), func(ctx context.Context) error {
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
