package rapace

// This file is what generated code imports, besides Encoder, Decoder and the types that values have. It changes only
// together with the constant below.

import (
	"context"
	"errors"
	"iter"
)

// IsAtLeastVersion3 and those that follow exist when this runtime suits code that was generated for that version of it.
// Generated code mentions one of them, so that a mismatch is a compile error. Version 4 has [Option], version 5 handlers,
// version 6 [JSON], results and known types, and version 7 arguments that interceptors see and open enums. Code of versions
// before 3 does not pass the sizes of its values in memory, so that no limit could hold: there is no constant that it could
// mention.
const (
	IsAtLeastVersion3 = true
	IsAtLeastVersion4 = true
	IsAtLeastVersion5 = true
	IsAtLeastVersion6 = true
	IsAtLeastVersion7 = true
)

// Call calls a method with one answer. The encoder of arguments may be nil when there are none, and the decoder when
// the answer is ().
func Call[T any](
	ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, answer func(*Decoder, *T) error,
) (T, error) {
	if len(client.interceptors) > 0 {
		return callIntercepted(ctx, client, method, arguments, answer)
	}
	return callDirectly(ctx, client, method, arguments, answer)
}

// Notify calls a method without waiting for an answer. It returns when the request has been handed to the socket, so
// that an error of the method is not reported.
func Notify(ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error) error {
	if len(client.interceptors) > 0 {
		return notifyIntercepted(ctx, client, method, arguments)
	}
	return notifyDirectly(ctx, client, method, arguments)
}

// Stream calls a method that answers with a stream. Each range over the result is one call: the call starts with the
// range, and leaving the range ends it. When the call fails, the error is the last that the range yields.
func Stream[T any](
	ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, item func(*Decoder, *T) error,
) iter.Seq2[T, error] {
	if len(client.interceptors) > 0 {
		return streamIntercepted(ctx, client, method, arguments, item)
	}
	return streamDirectly(ctx, client, method, arguments, item)
}

// Unserved returns the error of a method that a handler does not implement.
func Unserved(method *Method) error {
	return &Error{Code: CodeUnimplemented, Message: method.Name + " is not implemented"}
}

// UnservedCall is Unserved for a method with an answer.
func UnservedCall[T any](method *Method) (none T, err error) {
	return none, Unserved(method)
}

// UnservedStream is Unserved for a method that answers with a stream.
func UnservedStream[T any](method *Method) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, Unserved(method))
	}
}

// Unset returns the error of a fake's method whose field is nil.
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

// CallResult is Call for a method that answers with an outcome, which split takes apart: it returns the value, or the
// error that is the failure.
func CallResult[R, T any](
	ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, answer func(*Decoder, *R) error,
	split func(R) (T, error),
) (value T, err error) {
	result, err := Call(ctx, client, method, arguments, answer)
	if err != nil {
		return value, err
	}
	return split(result)
}

// StreamResult is Stream for items that are outcomes. A failure does not end the stream.
func StreamResult[R, T any](
	ctx context.Context, client *Client, method *Method, arguments func(*Encoder) error, item func(*Decoder, *R) error,
	split func(R) (T, error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for result, err := range Stream(ctx, client, method, arguments, item) {
			var value T
			if err == nil {
				value, err = split(result)
			}
			if !yield(value, err) {
				return
			}
		}
	}
}

// ErrorAs returns the error of this type in err's tree, and whether there is one.
func ErrorAs[E any](err error) (found E, is bool) {
	is = errors.As(err, &found)
	return found, is
}
