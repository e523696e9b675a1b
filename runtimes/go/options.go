package rapace

import (
	"crypto/tls"
	"log/slog"
)

type connOptions struct {
	dialOptions
	limits       Limits
	logger       *slog.Logger
	trailingOK   bool
	reconnect    *Reconnect
	pool         int
	onState      func(State, error)
	interceptors []Interceptor
}

// ConnOption is an option of [Dial] and [NewConn].
type ConnOption func(*connOptions)

// WithDialer makes [Dial] open sockets with this function, also those that TLS and WebSockets run on.
func WithDialer(dialer Dialer) ConnOption {
	return func(o *connOptions) { o.dialer = dialer }
}

// WithWebSocket lets [Dial] open ws:// and wss:// addresses with this function: Handshake of the package websocket,
// which is generated with --opt websocket=true.
func WithWebSocket(handshake WebSocketHandshake) ConnOption {
	return func(o *connOptions) { o.webSocket = handshake }
}

// WithTLS sets the configuration of tls:// and wss:// addresses: trusted certificates, client certificates, and the
// name of the server, which defaults to the host of the address. Without this option the system's certificates are
// trusted.
func WithTLS(config *tls.Config) ConnOption {
	return func(o *connOptions) { o.tls = config }
}

// WithLimits sets the limits of the connection.
func WithLimits(limits Limits) ConnOption {
	return func(o *connOptions) { o.limits = limits }
}

// WithLogger makes the connection log its states, and at level debug what no call can report. It never logs payloads.
// By default nothing is logged.
func WithLogger(logger *slog.Logger) ConnOption {
	return func(o *connOptions) { o.logger = logger }
}

// AllowTrailingBytes accepts answers with bytes after their value. Without it they are decode errors.
func AllowTrailingBytes() ConnOption {
	return func(o *connOptions) { o.trailingOK = true }
}

// WithReconnect makes [Dial] connect again when the connection is lost. Calls in flight fail. Later calls wait for the
// connection until their deadline. Calls of idempotent methods do not fail: they are sent again, once after each loss.
// Streams are never sent again.
func WithReconnect(reconnect Reconnect) ConnOption {
	return func(o *connOptions) { r := reconnect.withDefaults(); o.reconnect = &r }
}

// WithPool makes [Dial] open up to this many connections, for a server that answers one request after another. They
// look like one connection: a call takes one that has no calls, or opens another, or takes the one with the fewest
// calls. The pool is lost when all of them are lost. Tunnels cannot be opened on a pool, because it does not know which
// of its connections a channel belongs to.
func WithPool(connections int) ConnOption {
	return func(o *connOptions) { o.pool = max(connections, 1) }
}

// WithStateHandler sets a function that gets each change of the connection's state, in order. The error is the cause of
// the change, nil when the caller asked for it. The handler must return soon, and must not close the connection,
// because Close waits for it.
func WithStateHandler(handler func(State, error)) ConnOption {
	return func(o *connOptions) { o.onState = handler }
}

// WithInterceptors puts functions around every call on the connection, the first of them outermost.
func WithInterceptors(interceptors ...Interceptor) ConnOption {
	return func(o *connOptions) { o.interceptors = append(o.interceptors, interceptors...) }
}

func newConnOptions(options []ConnOption) connOptions {
	o := connOptions{logger: slog.New(slog.DiscardHandler), pool: 1}
	o.dialer = dialInTurn
	for _, option := range options {
		option(&o)
	}
	o.limits = o.limits.withDefaults()
	o.maxFrameBytes = o.limits.MaxFrameBytes
	return o
}
