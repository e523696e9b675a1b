package rapace

import "net"

// mayDelay reports whether the peer's system may hold back the rest of a frame until what it sent before is
// acknowledged, which this side's system does after some 40 ms only. Published rapace servers, which write each frame
// in three parts without TCP_NODELAY, run into this with the rest of a frame, and with the next frame when no request
// follows the one before. A Unix socket and a pipe never do.
func mayDelay(socket net.Conn) bool {
	address := socket.LocalAddr()
	return address == nil || address.Network() != "unix" && address.Network() != "pipe"
}

// isMessages reports whether the socket carries messages, which arrive as a whole.
func isMessages(socket net.Conn) bool {
	address := socket.LocalAddr()
	return address != nil && address.Network() == "websocket"
}

// beneath returns the socket that TLS or a WebSocket runs on, or the socket itself.
func beneath(socket net.Conn) net.Conn {
	for {
		above, ok := socket.(interface{ NetConn() net.Conn })
		if !ok {
			return socket
		}
		socket = above.NetConn()
	}
}

// addressOfSide returns what a socket says of this side.
func addressOfSide(socket net.Conn) address {
	var a address
	if own := beneath(socket).LocalAddr(); own != nil {
		a.network, a.dial = own.Network(), own.String()
	}
	return a
}

// addressOf returns what a socket that was not dialled here says of its peer.
func addressOf(socket net.Conn) address {
	a := address{text: "socket"}
	if peer := beneath(socket).RemoteAddr(); peer != nil {
		a.network, a.dial = peer.Network(), peer.String()
	}
	return a
}
