package rapace

import (
	"context"
	"net"
)

// ServedCall is a call of the peer that a handler serves. It remains valid after the handler has returned.
type ServedCall struct {
	context servedContext
	method  *Method
	wire    *wire
	owner   any
}

// CallFrom returns the call that a context was made for, and nil for the context of anything else. Handlers and the
// interceptors around them use it.
func CallFrom(ctx context.Context) *ServedCall {
	call, _ := ctx.Value(servedKey{}).(*ServedCall)
	return call
}

// Method returns the name of the method that is called, such as Catalog.find.
func (c *ServedCall) Method() string {
	return c.method.Name
}

// Peer returns the address of the caller's socket. For a Unix socket it is often empty.
func (c *ServedCall) Peer() net.Addr {
	return c.wire.socket.RemoteAddr()
}

// OpenTunnel opens a tunnel to the peer. The handler answers with the number of its channel, and the peer opens its end
// with that. The handler, or whatever it hands the tunnel to, must close it.
func (c *ServedCall) OpenTunnel() (*Tunnel, error) {
	return ownTunnel(c.wire)
}
