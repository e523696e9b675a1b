package rapace

import (
	"crypto/tls"
	"log/slog"
)

type connOptions struct {
	dialer       Dialer
	webSocket    WebSocketHandshake
	tls          *tls.Config
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

// WithDialer makes [Dial] open sockets by this function, those below TLS and WebSockets too.
func WithDialer(dialer Dialer) ConnOption {
	return func(o *connOptions) { o.dialer = dialer }
}

// WithWebSocket lets [Dial] open ws:// and wss:// by this function: Handshake of the package websocket beside this one,
// which is there when code was generated with --opt websocket=true.
func WithWebSocket(handshake WebSocketHandshake) ConnOption {
	return func(o *connOptions) { o.webSocket = handshake }
}

// WithTLS sets what tls:// and wss:// use: the certificates that are trusted, this side's own, and the name of the server,
// which by default is the address's host. Without it the system's certificates are trusted.
func WithTLS(config *tls.Config) ConnOption {
	return func(o *connOptions) { o.tls = config }
}

// WithLimits sets the limits of the connection.
func WithLimits(limits Limits) ConnOption {
	return func(o *connOptions) { o.limits = limits }
}

// WithLogger makes the connection log its states, and at level debug what no call can report. Payloads are never logged.
// The default is silence.
func WithLogger(logger *slog.Logger) ConnOption {
	return func(o *connOptions) { o.logger = logger }
}

// AllowTrailingBytes accepts answers with bytes after their value, which otherwise are decode errors.
func AllowTrailingBytes() ConnOption {
	return func(o *connOptions) { o.trailingOK = true }
}

// WithReconnect makes [Dial] connect anew when the connection is lost. Calls in flight fail then; later ones wait for the
// connection, within their time. Calls of methods that are marked idempotent are sent again instead, once after each loss;
// streams never are.
func WithReconnect(reconnect Reconnect) ConnOption {
	return func(o *connOptions) { r := reconnect.withDefaults(); o.reconnect = &r }
}

// WithPool makes [Dial] open up to so many connections, for a server that answers one request after another. They look like
// one: a call takes one without any call, or opens another, or takes the one with the fewest. When all are lost, so is the
// whole. Tunnels cannot be opened on a pool: nobody could tell which of its connections a channel belongs to.
func WithPool(connections int) ConnOption {
	return func(o *connOptions) { o.pool = max(connections, 1) }
}

// WithStateHandler makes the connection tell each change of its state, in order, with its cause when it was not asked for.
// The handler must return soon, and must not close the connection, which waits for it.
func WithStateHandler(handler func(State, error)) ConnOption {
	return func(o *connOptions) { o.onState = handler }
}

// WithInterceptors puts functions around every call on the connection, the first of them outermost.
func WithInterceptors(interceptors ...Interceptor) ConnOption {
	return func(o *connOptions) { o.interceptors = append(o.interceptors, interceptors...) }
}

func newConnOptions(options []ConnOption) connOptions {
	o := connOptions{dialer: dialInTurn, logger: slog.New(slog.DiscardHandler), pool: 1}
	for _, option := range options {
		option(&o)
	}
	o.limits = o.limits.withDefaults()
	return o
}
