package rapace

import (
	"context"
	"log/slog"
	"net"
	"time"
)

// HostOption is an option of [NewHost]: a [*Service], a [ConnOption], or one of the functions that return a HostOption.
type HostOption interface {
	applyToHost(o *hostOptions)
}

type hostOptions struct {
	connections []ConnOption
	services    []*Service
	limits      HostLimits
	webSocket   WebSocketAccept
	origins     []string
}

type hostOption func(*hostOptions)

func (f hostOption) applyToHost(o *hostOptions) { f(o) }

// applyToHost makes the option one of every connection of the host.
func (f ConnOption) applyToHost(o *hostOptions) { o.connections = append(o.connections, f) }

// applyToHost makes the host serve the service.
func (s *Service) applyToHost(o *hostOptions) { o.services = append(o.services, s) }

// HostLimits bound what a host accepts. A field that is zero has its default. [Limits] bound each connection.
type HostLimits struct {
	// MaxConnections is how many connections are open at once. One more is closed at once. Default 4,096.
	MaxConnections int
	// HandshakeTimeout is how long TLS and WebSocket handshakes may take together. Default 10 seconds.
	HandshakeTimeout time.Duration
	// IdleTimeout is how long a connection may have no call in flight, either way, and no open tunnel, before it is
	// closed. The default is without end: plug-ins may be quiet for hours.
	IdleTimeout time.Duration
	// Grace is how long calls in flight may take to end during a shutdown, before they are cancelled. Default 10
	// seconds.
	Grace time.Duration
}

const (
	defaultMaxConnections   = 1 << 12
	defaultHandshakeTimeout = 10 * time.Second
	defaultGrace            = 10 * time.Second
	// acceptPause is how long a host waits when the system has no file descriptor left for a connection.
	acceptPause = 100 * time.Millisecond
	// probeTimeout is how long it may take to find out whether a process listens on a Unix socket that exists.
	probeTimeout = time.Second
)

// withDefaults returns the limits with a default in each field that is not set.
func (l HostLimits) withDefaults() HostLimits {
	if l.MaxConnections <= 0 {
		l.MaxConnections = defaultMaxConnections
	}
	if l.HandshakeTimeout <= 0 {
		l.HandshakeTimeout = defaultHandshakeTimeout
	}
	if l.Grace <= 0 {
		l.Grace = defaultGrace
	}
	return l
}

// WithHostLimits sets the limits of the host.
func WithHostLimits(limits HostLimits) HostOption {
	return hostOption(func(o *hostOptions) { o.limits = limits })
}

// WebSocketAccept answers the handshake of a WebSocket client on a socket. The function Accept of the package websocket
// is one. Pages of other origins than these are refused, unless the list is nil. A client that is not a web page sends
// no Origin header and is allowed. The context bounds the handshake alone. The result carries frames as a socket does.
type WebSocketAccept func(ctx context.Context, socket net.Conn, origins []string, maxMessageBytes int) (net.Conn, error)

// WithWebSocketAccept lets the host listen at ws:// and wss:// addresses with this function: Accept of the package
// websocket, which is generated with --opt websocket=true.
func WithWebSocketAccept(accept WebSocketAccept) HostOption {
	return hostOption(func(o *hostOptions) { o.webSocket = accept })
}

// WithOrigins lets only pages of these origins open WebSockets, such as https://shop.example. The default is all origins.
// A client that is not a web page sends no Origin header and is allowed.
func WithOrigins(origins ...string) HostOption {
	return hostOption(func(o *hostOptions) { o.origins = append([]string{}, origins...) })
}

// connectionOptions returns the options of the host's connections.
func (o *hostOptions) connectionOptions() connOptions {
	defaults := []ConnOption{WithLogger(slog.Default()), WithFirstChannel(2)}
	options := newConnOptions(append(append(defaults, o.connections...), WithHandlers(o.services...)))
	// That a connection is up or lost is nothing to report for a host.
	options.stateLogger, options.onState = slog.New(slog.DiscardHandler), nil
	return options
}
