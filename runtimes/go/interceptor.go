package rapace

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

// Interceptor is a function around every call of a connection, or around every call that is served: see
// [WithInterceptors], [WithClientInterceptors] and [WithServedInterceptors]. It gets what is called, and calls next to make the call.
// For a call with one answer next returns when the answer has arrived, for a stream when it has ended or its reader has
// left, for a notification when it has been sent. next returns the error of the call, and nil when the reader has left.
// The interceptor may pass next another context, call it again, or not call it at all. The caller gets what the
// interceptor returns. A stream that is started again yields its items again.
//
// Around a served call, next decodes the arguments, calls the handler and encodes its answer, which is sent when the
// outermost interceptor has returned. Items of a stream are sent at once. [CallFrom] has more about the call.
type Interceptor func(ctx context.Context, call CallInfo, next func(context.Context) error) error

// CallInfo describes a call to an [Interceptor].
type CallInfo struct {
	// Service is the name of the service's trait in Rust, such as Catalog.
	Service string
	// Method is the method's name in Rust, such as find.
	Method string
	// Kind is how the method answers.
	Kind CallKind
	// Peer is the address of the other side: as it was dialled, without the query of a WebSocket's, or else what the socket
	// says. For a Unix socket that was accepted it is often empty.
	Peer string
	// Network and Address are where the server is, as [net.Dial] takes it: tcp and host:port as the connection was
	// dialled, or unix and the path of the socket. For a connection of [NewConn] they are what its socket returns for
	// its peer. For a served call, they are this side's address.
	Network, Address string
	// Idempotent is true when it does no harm to call the method twice.
	Idempotent bool
	// Timeout is how long the answer, or each item of the stream, is waited for when the context has no deadline. Zero
	// means without end.
	Timeout time.Duration

	// arguments finds the arguments. It is nil for a CallInfo that a test has made.
	arguments *argumentSource
}

// Arguments returns the arguments of the call, in order. On a client they are the values that the caller has passed. For a
// served call they are decoded anew each time, and Arguments fails with CodeInvalidArgument when they cannot be decoded, as
// next does. Arguments must be called before the interceptor returns. Arguments may hold secrets: printing a CallInfo
// leaves them out.
func (c CallInfo) Arguments() ([]any, error) {
	if c.arguments == nil {
		return nil, nil
	}
	return c.arguments.read()
}

// argumentSource finds the arguments of a call for its interceptors. It is a pointer in a [CallInfo], so that printing that
// does not print them.
type argumentSource struct {
	mu sync.Mutex
	// find returns the arguments until the call has ended.
	find func() ([]any, error)
}

var (
	// errNotCollected is the error for code that encodes or decodes arguments and does not collect them.
	errNotCollected = errors.New("the arguments are not known: this code was generated for an earlier version of the runtime")
	// errCallEnded is the error for the arguments of a served call whose interceptors have returned.
	errCallEnded = errors.New("the call has ended, and its arguments with it")
)

func (s *argumentSource) read() ([]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find()
}

// close ends the use of what the arguments are found in.
func (s *argumentSource) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.find = func() ([]any, error) { return nil, errCallEnded }
}

// CallKind is how a call is answered.
type CallKind uint8

// The kinds of calls.
const (
	KindUnary        CallKind = iota // with one answer
	KindStream                       // with a stream of items
	KindNotification                 // not at all
)

// String returns unary, stream or notification.
func (k CallKind) String() string {
	switch k {
	case KindUnary:
		return "unary"
	case KindStream:
		return "stream"
	}
	return "notification"
}

// Name returns the service and the method, such as Catalog.find.
func (c CallInfo) Name() string {
	return c.Service + "." + c.Method
}

// infoOf returns what a method says of its calls.
func infoOf(method *Method, kind CallKind) CallInfo {
	// Names that are keywords of Rust begin with r#.
	service, name, _ := strings.Cut(strings.ReplaceAll(method.Name, "r#", ""), ".")
	return CallInfo{Service: service, Method: name, Kind: kind, Idempotent: method.Idempotent}
}

// intercepted runs a call inside interceptors, the first of them outermost.
func intercepted(
	ctx context.Context, interceptors []Interceptor, info CallInfo, call func(context.Context) error,
) error {
	return asError(chained(ctx, interceptors, info, call), info.Name())
}

// chained is intercepted with the error as the outermost interceptor returns it.
func chained(
	ctx context.Context, interceptors []Interceptor, info CallInfo, call func(context.Context) error,
) error {
	next := call
	for i := len(interceptors) - 1; i >= 0; i-- {
		inner := next
		next = func(ctx context.Context) error { return interceptors[i](ctx, info, inner) }
	}
	return next(ctx)
}

// asError returns an error of an interceptor as an error of a call.
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
