package rapace

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// Dialer opens a socket. The network is tcp or unix. It is what [net.Dialer.DialContext] does.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// dialTimeout is how long dialling may take when its context has no deadline.
const dialTimeout = 10 * time.Second

// dial opens the socket that an address names: tcp://host:port or unix:///path/to/socket.
func dial(ctx context.Context, address string, dialer Dialer) (net.Conn, error) {
	network, rest, ok := strings.Cut(address, "://")
	if !ok || rest == "" || network != "tcp" && network != "unix" {
		return nil, &Error{
			Code:    CodeInvalidArgument,
			Message: fmt.Sprintf("address %q is neither tcp://host:port nor unix:///path", address),
		}
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, dialTimeout)
		defer cancel()
	}
	socket, err := dialer(ctx, network, rest)
	if err != nil {
		done := ctx.Err()
		if done == nil && errors.Is(err, os.ErrDeadlineExceeded) {
			// The socket has the context's deadline, and noticed it first.
			done = context.DeadlineExceeded
		}
		if done == nil {
			return nil, localError(CodeUnavailable, err)
		}
		return nil, localError(codeOf(done), fmt.Errorf("%w: %w", done, err))
	}
	return socket, nil
}

// codeOf returns the code for the error of a context.
func codeOf(err error) Code {
	if err == context.Canceled {
		return CodeCancelled
	}
	return CodeDeadlineExceeded
}

// mayDelay tells whether the peer's system may hold back the rest of a frame until what it sent before is acknowledged,
// which this side's system does after some 40 ms only. Published rapace servers, which write each frame in three parts
// without TCP_NODELAY, run into this with the rest of a frame, and with the next frame when no request follows the one
// before. A Unix socket and a pipe never do.
func mayDelay(socket net.Conn) bool {
	address := socket.LocalAddr()
	return address == nil || address.Network() != "unix" && address.Network() != "pipe"
}
