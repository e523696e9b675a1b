package rapace

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
)

// Dialer opens a socket. The network is tcp or unix. It is what [net.Dialer.DialContext] does.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// WebSocketHandshake opens a WebSocket on a socket that is connected to the server of a URL, with TLS where the URL has
// it. The function Handshake of the package websocket is one. The context bounds the handshake alone. The result
// carries frames as a socket does, each with its length in front, and sends each as a message. When the handshake
// fails, the caller must close the socket.
type WebSocketHandshake func(ctx context.Context, socket net.Conn, url string, maxMessageBytes int) (net.Conn, error)

// dialOptions are the options of [Dial] that are about opening sockets.
type dialOptions struct {
	dialer        Dialer
	webSocket     WebSocketHandshake
	tls           *tls.Config
	maxFrameBytes int
}

// dial opens what an address names. Its errors are those of calls.
func (o *dialOptions) dial(ctx context.Context, to address) (net.Conn, *Error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, dialTimeout)
		defer cancel()
	}
	socket, err := o.open(ctx, to)
	if err == nil {
		return socket, nil
	}
	var failed *Error
	if errors.As(err, &failed) {
		return nil, failed
	}
	done := ctx.Err()
	if done == nil && errors.Is(err, os.ErrDeadlineExceeded) {
		// The socket has the context's deadline, and noticed it first.
		done = context.DeadlineExceeded
	}
	code := CodeUnavailable
	if done != nil {
		code, err = codeOf(done), fmt.Errorf("%w: %w", done, err)
	}
	// The peer's certificate or its answer to a handshake may be quoted.
	return nil, &Error{Code: code, Message: Quote(err.Error()), cause: err}
}

// open opens the socket, and what runs on it.
func (o *dialOptions) open(ctx context.Context, to address) (net.Conn, error) {
	if to.url != "" && o.webSocket == nil {
		message := fmt.Sprintf("address %q needs the option WithWebSocket(websocket.Handshake)", to.text)
		return nil, &Error{Code: CodeInvalidArgument, Message: message}
	}
	socket, err := o.dialer(ctx, to.network, to.dial)
	if err == nil && to.tls {
		socket, err = secured(ctx, socket, o.tlsConfig(to), to.dial)
	}
	if err == nil && to.url != "" {
		var messages net.Conn
		if messages, err = o.webSocket(ctx, socket, to.url, o.maxFrameBytes); err != nil {
			_ = socket.Close()
			return nil, fmt.Errorf("WebSocket handshake with %s: %w", to.dial, err)
		}
		socket = messages
	}
	return socket, err
}

// secured returns TLS on a socket, or closes it.
func secured(ctx context.Context, socket net.Conn, config *tls.Config, address string) (net.Conn, error) {
	secure := tls.Client(socket, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = socket.Close()
		return nil, fmt.Errorf("TLS handshake with %s: %w", address, err)
	}
	return secure, nil
}

// tlsConfig returns the configuration of the user's for a server; without one, the system's roots are trusted.
func (o *dialOptions) tlsConfig(to address) *tls.Config {
	config := o.tls.Clone()
	if config == nil {
		config = new(tls.Config)
	}
	if config.ServerName == "" {
		config.ServerName = to.host
	}
	return config
}
