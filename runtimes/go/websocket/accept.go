package websocket

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/coder/websocket"

	"rapace"
)

// maxRequestBytes is how long the head of a client's handshake may be.
const maxRequestBytes = 64 << 10

// handshakeBegin is what a handshake begins with.
const handshakeBegin = "GET "

// Accept answers the handshake of a client on a socket, see rapace.WithWebSocketAccept. The context is not looked at: the
// host closes the socket when it is done.
func Accept(_ context.Context, below net.Conn, origins []string, maxMessageBytes int) (net.Conn, error) {
	reader := bufio.NewReader(io.LimitReader(below, maxRequestBytes))
	// What is no HTTP at all, as TLS, may never send the end of a line: the host does not wait for one.
	if begin, err := reader.Peek(len(handshakeBegin)); err == nil && string(begin) != handshakeBegin {
		return nil, fmt.Errorf("no WebSocket handshake: it begins with %q", begin)
	}
	request, err := http.ReadRequest(reader)
	if err != nil {
		return nil, fmt.Errorf("no WebSocket handshake: %w", err)
	}
	answer := &response{socket: below, reader: reader, header: make(http.Header)}
	if !mayConnect(request, origins) {
		http.Error(answer, "pages of this origin may not connect", http.StatusForbidden)
		return nil, fmt.Errorf("pages of the origin %q may not connect", rapace.Quote(request.Header.Get("Origin")))
	}
	conn, err := websocket.Accept(answer, request, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // the origin is checked above
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err == nil {
		// Messages are bounded where they are read.
		conn.SetReadLimit(-1)
		return &socket{messages: conn, below: below, longest: maxMessageBytes, peer: "client"}, nil
	}
	// Without the layer that the library puts around it.
	if inner := errors.Unwrap(err); inner != nil {
		err = inner
	}
	return nil, err
}

// mayConnect reports whether a request comes from a page of one of these origins, or from a client that is not a web
// page. All may connect when the list is nil.
func mayConnect(request *http.Request, origins []string) bool {
	if origins == nil {
		return true
	}
	for _, origin := range request.Header.Values("Origin") {
		if !slices.Contains(origins, origin) {
			return false
		}
	}
	return true
}

// response writes the answer to a handshake to a socket.
type response struct {
	socket net.Conn
	reader *bufio.Reader
	header http.Header
	wrote  bool
}

var _ http.Hijacker = (*response)(nil)

// Header returns the headers of the answer.
func (r *response) Header() http.Header { return r.header }

// WriteHeader writes the head of the answer.
func (r *response) WriteHeader(status int) {
	r.wrote = true
	if status != http.StatusSwitchingProtocols {
		r.header.Set("Connection", "close")
	}
	head := bufio.NewWriter(r.socket)
	_, _ = fmt.Fprintf(head, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = r.header.Write(head)
	_, _ = head.WriteString("\r\n")
	// An error shows when the socket is used next.
	_ = head.Flush()
}

// Write writes a part of the answer's body.
func (r *response) Write(b []byte) (int, error) {
	if !r.wrote {
		r.WriteHeader(http.StatusOK)
	}
	return r.socket.Write(b)
}

// Hijack returns the socket with what has been read ahead.
func (r *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	socket := cuttable{r.socket}
	return socket, bufio.NewReadWriter(r.reader, bufio.NewWriter(socket)), nil
}
