package rapace

import (
	"context"
	"crypto/tls"
	"log/slog"
)

type connOptions struct {
	dialOptions
	limits       Limits
	logger       *slog.Logger
	stateLogger  *slog.Logger // logs the states
	trailingOK   bool
	reconnect    *Reconnect
	pool         int
	onState      func(State, error)
	interceptors []Interceptor
	// parity is that of the channels on which this side opens its calls.
	parity parity
	serveOptions
}

// serveOptions are the options about handlers.
type serveOptions struct {
	services           []*Service
	table              *methodTable // of the services; nil when there are none
	servedInterceptors []Interceptor
	errorTexts         bool
	// handlerLogger logs the failures of handlers.
	handlerLogger *slog.Logger
}

// handlers returns the handlers of the owner, whose contexts have the values of a context; nil when there are none.
func (o *serveOptions) handlers(ctx context.Context, owner any) *handlers {
	if o.table == nil {
		return nil
	}
	return &handlers{
		methodTable: o.table,
		handling:    handling{o.servedInterceptors, o.errorTexts, o.handlerLogger},
		base:        context.WithoutCancel(ctx),
		owner:       owner,
	}
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
// By default nothing is logged, except that handlers that fail are logged by [slog.Default].
func WithLogger(logger *slog.Logger) ConnOption {
	return func(o *connOptions) { o.logger, o.handlerLogger = logger, logger }
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

// WithHandlers serves these services on the connection: the peer can call them while this side calls the peer. Each
// connection of a pool and each connection that is opened again serves them.
func WithHandlers(services ...*Service) ConnOption {
	return func(o *connOptions) { o.services = append(o.services, services...) }
}

// WithFirstChannel sets the channel of this side's first call, 1 or 2: the others follow in steps of two, and the peer
// must use the other half. The default is 1 for the side that dials and 2 for the side that accepts. Any other channel
// panics. Rust hosts of plug-ins often open odd channels although the plug-in has dialled: the plug-in then needs 2.
func WithFirstChannel(channel uint32) ConnOption {
	if channel != 1 && channel != 2 {
		panic("rapace: the first channel is 1 or 2")
	}
	return func(o *connOptions) { o.parity = parity(channel % 2) }
}

// WithServedInterceptors puts functions around every call that handlers serve, the first of them outermost.
func WithServedInterceptors(interceptors ...Interceptor) ConnOption {
	return func(o *connOptions) { o.servedInterceptors = append(o.servedInterceptors, interceptors...) }
}

// WithErrorTexts sends the text of an error without a code, and what a handler has panicked with, to the caller.
// Without it the caller learns only that the method has failed, because these texts can quote what is not for it.
func WithErrorTexts() ConnOption {
	return func(o *connOptions) { o.errorTexts = true }
}

func newConnOptions(options []ConnOption) connOptions {
	o := connOptions{logger: slog.New(slog.DiscardHandler), pool: 1, parity: odd}
	o.handlerLogger = slog.Default()
	o.dialer = dialInTurn
	for _, option := range options {
		option(&o)
	}
	o.limits = o.limits.withDefaults()
	o.maxFrameBytes, o.stateLogger = o.limits.MaxFrameBytes, o.logger
	if len(o.services) > 0 {
		o.table = newMethodTable(o.services)
	}
	return o
}
