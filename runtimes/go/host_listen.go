package rapace

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Listener is where a host listens: see [Host.Listen].
type Listener struct {
	net.Listener
	scheme string // with which the address begins
	path   string // with which the address of a WebSocket ends
	tls    *tls.Config
	// isWebSocket reports whether sockets carry WebSockets.
	isWebSocket bool
}

// Address returns the address at which clients reach the listener, with the port that the system has chosen where port
// 0 was asked for.
func (l *Listener) Address() string {
	return l.scheme + "://" + l.Addr().String() + l.path
}

// Listen listens at an address: tcp://host:port, unix:///path/to/socket, tls://host:port with the certificate of
// [WithTLS], and with [WithWebSocketAccept] ws://host:port and wss://host:port. Port 0 stands for a free one. A Unix
// socket that no process listens on any more is replaced. The caller must serve or close the listener.
func (h *Host) Listen(address string) (*Listener, error) {
	at, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	l := &Listener{isWebSocket: at.url != ""}
	scheme, rest, _ := strings.Cut(at.text, "://")
	l.scheme = scheme
	if l.isWebSocket {
		if h.options.webSocket == nil {
			message := fmt.Sprintf("address %q needs the option WithWebSocketAccept(websocket.Accept)", at.text)
			return nil, &Error{Code: CodeInvalidArgument, Message: message}
		}
		if _, path, found := strings.Cut(rest, "/"); found {
			l.path = "/" + path
		}
	}
	if at.tls {
		l.tls = h.conn.tls
		if l.tls == nil || len(l.tls.Certificates) == 0 && l.tls.GetCertificate == nil && l.tls.GetConfigForClient == nil {
			message := fmt.Sprintf("address %q needs the option WithTLS with a certificate", at.text)
			return nil, &Error{Code: CodeInvalidArgument, Message: message}
		}
	}
	if at.network == "unix" {
		l.Listener, err = listenUnix(at.dial)
	} else {
		l.Listener, err = net.Listen(at.network, at.dial)
	}
	if err != nil {
		return nil, &Error{Code: CodeUnavailable, Message: fmt.Sprintf("cannot listen at %s: %v", at.text, err), cause: err}
	}
	return l, nil
}

// ListenAndServe listens at an address, as [Host.Listen] does, and serves as [Host.Serve] does.
func (h *Host) ListenAndServe(ctx context.Context, address string) error {
	l, err := h.Listen(address)
	if err != nil {
		return err
	}
	return h.Serve(ctx, l)
}

// Serve serves the connections of a listener, which it closes when it returns: one of [Host.Listen], or any other, also
// one of the package crypto/tls. It returns nil when the context is done and the calls in flight have ended, or the
// host's grace period has passed, and after [Host.Shutdown]. Otherwise it returns why the listener has failed.
func (h *Host) Serve(ctx context.Context, listener net.Listener) error {
	h.mu.Lock()
	if h.shut {
		h.mu.Unlock()
		_ = listener.Close()
		return ErrHostClosed
	}
	h.listeners[listener] = struct{}{}
	h.running.Add(1)
	h.mu.Unlock()
	defer h.running.Done()
	serving, end := context.WithCancel(ctx)
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	var sockets sync.WaitGroup
	err := h.accept(serving, listener, &sockets)
	if err != nil {
		// The connections do not outlive the listener.
		end()
	}
	sockets.Wait()
	end()
	_ = listener.Close()
	h.mu.Lock()
	delete(h.listeners, listener)
	h.mu.Unlock()
	return err
}

// accept accepts sockets until the listener is closed, and serves each.
func (h *Host) accept(ctx context.Context, listener net.Listener, sockets *sync.WaitGroup) error {
	noted := false
	for {
		socket, err := listener.Accept()
		switch {
		case err == nil:
			noted = false
			if h.enter() != nil {
				_ = socket.Close()
				continue
			}
			sockets.Go(func() {
				defer h.leave()
				h.serveAccepted(ctx, listener, socket)
			})
		case ctx.Err() != nil || h.open.Err() != nil:
			return nil
		case errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE):
			// Connections that end make room.
			if !noted {
				noted = true
				h.logger.Error("rapace: no connection can be accepted", "error", err)
			}
			select {
			case <-time.After(acceptPause):
			case <-ctx.Done():
			case <-h.open.Done():
			}
		case errors.Is(err, syscall.ECONNABORTED):
			// The peer has given up before it was accepted.
		default:
			return err
		}
	}
}

// serveAccepted serves a socket that a listener has accepted.
func (h *Host) serveAccepted(ctx context.Context, listener net.Listener, accepted net.Conn) {
	socket, err := h.shakeHands(ctx, listener, accepted)
	if err != nil {
		_ = accepted.Close()
		if h.open.Err() == nil && ctx.Err() == nil {
			h.logger.Warn("rapace: a handshake failed", "peer", accepted.RemoteAddr(), "error", Quote(err.Error()))
		}
		return
	}
	_ = h.serve(ctx, socket)
}

// shakeHands returns what runs on an accepted socket: TLS, a WebSocket, both, or the socket itself.
func (h *Host) shakeHands(ctx context.Context, listener net.Listener, socket net.Conn) (net.Conn, error) {
	l, _ := listener.(*Listener)
	if l != nil && l.tls != nil {
		socket = tls.Server(socket, l.tls)
	}
	secure, _ := socket.(interface{ HandshakeContext(context.Context) error })
	isWebSocket := l != nil && l.isWebSocket
	if secure == nil && !isWebSocket {
		return socket, nil
	}
	ctx, cancel := context.WithTimeout(ctx, h.limits.HandshakeTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = beneath(socket).Close() })
	defer stop()
	defer context.AfterFunc(h.open, cancel)()
	err := error(nil)
	if secure != nil {
		err = secure.HandshakeContext(ctx)
	}
	shaken := socket
	if err == nil && isWebSocket {
		shaken, err = h.options.webSocket(ctx, socket, h.options.origins, h.conn.limits.MaxFrameBytes)
	}
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("not done within %v: %w", rounded(h.limits.HandshakeTimeout), err)
	}
	return shaken, err
}
