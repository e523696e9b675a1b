// Package websocket lets a connection run over a WebSocket, with the library github.com/coder/websocket:
//
//	conn, err := rapace.Dial(ctx, "wss://example.com/rpc", rapace.WithWebSocket(websocket.Handshake))
//
// and lets a host accept WebSockets:
//
//	host := rapace.NewHost(bookshop.ServeCatalog(shop{}), rapace.WithWebSocketAccept(websocket.Accept))
//	err := host.ListenAndServe(ctx, "ws://127.0.0.1:9000")
//
// It is a separate package so that a program without WebSockets does not need the library.
package websocket

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/coder/websocket"
)

// maxAnswerBytes is how long the head of the server's answer to a handshake may be.
const maxAnswerBytes = 64 << 10

// Handshake makes a WebSocket of a socket, see rapace.WithWebSocket.
func Handshake(ctx context.Context, below net.Conn, url string, maxMessageBytes int) (net.Conn, error) {
	client := &http.Client{
		Transport: answers{&http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { return cuttable{below}, nil },
			// A socket that becomes no WebSocket is not for another request.
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: maxAnswerBytes,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	// TLS is below already.
	url = strings.Replace(url, "wss://", "ws://", 1)
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{
		HTTPClient:      client,
		CompressionMode: websocket.CompressionDisabled,
	})
	if err == nil {
		// Messages are bounded where they are read.
		conn.SetReadLimit(-1)
		return &socket{messages: conn, below: below, longest: maxMessageBytes, peer: "server"}, nil
	}
	// Without the layers that the library and the client put around it.
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return nil, err
}
