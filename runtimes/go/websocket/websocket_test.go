package websocket_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	peer "github.com/coder/websocket"

	"rapace"
	"rapace/websocket"
)

// listen gives each WebSocket to a function until the test ends, and returns its address.
func listen(t *testing.T, serve func(ctx context.Context, conn *peer.Conn)) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := peer.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		conn.SetReadLimit(-1)
		serve(context.Background(), conn)
	}))
	t.Cleanup(server.Close)
	return server
}

// echo answers each request with its own payload.
func echo(ctx context.Context, conn *peer.Conn) {
	for {
		kind, message, err := conn.Read(ctx)
		if err != nil {
			return
		}
		if kind != peer.MessageBinary || len(message) < 64 {
			panic("no frame")
		}
		if flags := binary.LittleEndian.Uint32(message[32:]); flags&2 != 0 {
			continue
		}
		answer := make([]byte, 64, len(message))
		copy(answer[8:], message[8:12])
		answer[32] = 5
		if conn.Write(ctx, peer.MessageBinary, append(answer, message[64:]...)) != nil {
			return
		}
	}
}

func dial(t *testing.T, server *httptest.Server, options ...rapace.ConnOption) *rapace.Conn {
	t.Helper()
	url := strings.Replace(server.URL, "http", "ws", 1) + "/path"
	conn, err := rapace.Dial(t.Context(), url, append(options, rapace.WithWebSocket(websocket.Handshake))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func call(conn *rapace.Conn, payload []byte) ([]byte, error) {
	return rapace.Call(context.Background(), rapace.NewClient(conn), &rapace.Method{Name: "Echo.echo", ID: 7},
		func(e *rapace.Encoder) error { e.Bytes(payload); return nil },
		func(d *rapace.Decoder, v *[]byte) (err error) { *v, err = d.Bytes(); return err })
}

func TestCalls(t *testing.T) {
	server := listen(t, echo)
	server.Start()
	secure := listen(t, echo)
	secure.StartTLS()
	roots := secure.Client().Transport.(*http.Transport).TLSClientConfig
	for name, conn := range map[string]*rapace.Conn{"ws": dial(t, server), "wss": dial(t, secure, rapace.WithTLS(roots))} {
		var group sync.WaitGroup
		for size := range 40 {
			group.Go(func() {
				payload := bytes.Repeat([]byte{byte(size)}, 1<<(size%20))
				if got, err := call(conn, payload); !bytes.Equal(got, payload) || err != nil {
					t.Errorf("%s: %d bytes came back for %d: %v", name, len(got), len(payload), err)
				}
			})
		}
		group.Wait()
	}
}

// The peer's messages that are no frames end the connection with an error that says so, and a code.
func TestMessagesThatAreNoFrames(t *testing.T) {
	for _, test := range []struct {
		name    string
		kind    peer.MessageType
		message []byte
		code    peer.StatusCode
		text    string
	}{
		{"text", peer.MessageText, make([]byte, 64), peer.StatusUnsupportedData, "a text message"},
		{"short", peer.MessageBinary, make([]byte, 63), peer.StatusProtocolError, "a message of 63 bytes"},
		{"long", peer.MessageBinary, make([]byte, 5001), peer.StatusMessageTooBig, "exceeds the limit of 5000 bytes"},
	} {
		code := make(chan peer.StatusCode, 1)
		server := listen(t, func(ctx context.Context, conn *peer.Conn) {
			_, _, _ = conn.Read(ctx)
			_ = conn.Write(ctx, test.kind, test.message)
			_, _, err := conn.Read(ctx)
			code <- peer.CloseStatus(err)
		})
		server.Start()
		conn := dial(t, server, rapace.WithLimits(rapace.Limits{MaxFrameBytes: 5000}))
		_, err := call(conn, nil)
		var protocol *rapace.ProtocolError
		if !errors.As(err, &protocol) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: error %v", test.name, err)
		}
		if got := <-code; got != test.code {
			t.Errorf("%s: closed with %v, want %v", test.name, got, test.code)
		}
	}
}

// A call that is given up is nothing to the WebSocket.
func TestACancelledCallLeavesTheWebSocketAlone(t *testing.T) {
	var requests atomic.Int64
	server := listen(t, func(ctx context.Context, conn *peer.Conn) {
		if _, _, err := conn.Read(ctx); err == nil {
			requests.Add(1)
			echo(ctx, conn)
		}
	})
	server.Start()
	conn := dial(t, server)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := rapace.Call(ctx, rapace.NewClient(conn), &rapace.Method{Name: "Echo.echo", ID: 7}, nil,
		func(*rapace.Decoder, *struct{}) error { return nil })
	if rapace.CodeOf(err) != rapace.CodeDeadlineExceeded || requests.Load() != 1 {
		t.Errorf("error %v after %d requests", err, requests.Load())
	}
	if got, err := call(conn, []byte("on")); string(got) != "on" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestLoss(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(conn *peer.Conn)
		text string
	}{
		{"cut", func(conn *peer.Conn) { _ = conn.CloseNow() }, "the server closed the connection"},
		{"closed", func(conn *peer.Conn) { _ = conn.Close(peer.StatusNormalClosure, "") }, "the server closed the connection"},
		{"refused", func(conn *peer.Conn) { _ = conn.Close(peer.StatusPolicyViolation, "no") }, `code 1008: "no"`},
	} {
		server := listen(t, func(ctx context.Context, conn *peer.Conn) {
			_, _, _ = conn.Read(ctx)
			test.end(conn)
		})
		server.Start()
		_, err := call(dial(t, server), nil)
		if rapace.CodeOf(err) != rapace.CodeUnavailable || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: error %v", test.name, err)
		}
	}
}

// cutting is a socket that ends after so many bytes.
type cutting struct {
	net.Conn
	left *atomic.Int64
}

func (c cutting) Read(b []byte) (int, error) {
	left := c.left.Load()
	if left <= 0 {
		return 0, io.EOF
	}
	n, err := c.Conn.Read(b)
	// It may be set while the read is under way.
	left = c.left.Add(-int64(n))
	if left < 0 {
		n += int(left)
	}
	return n, err
}

// Wherever a connection is cut, what came of a message is none.
func TestAMessageThatIsCutIsNone(t *testing.T) {
	server := listen(t, echo)
	server.Start()
	payload := make([]byte, 5000)
	// The header of the message, its descriptor, the length of the payload, and the payload.
	const length = 4 + 64 + 2 + 5000
	cuts := []int64{length - 1, length}
	for cut := range int64(150) {
		cuts = append(cuts, cut, 4000+cut)
	}
	for _, cut := range cuts {
		var left atomic.Int64
		left.Store(1 << 40)
		conn := dial(t, server, rapace.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
			socket, err := new(net.Dialer).DialContext(ctx, network, address)
			return cutting{socket, &left}, err
		}))
		left.Store(cut)
		_, err := call(conn, payload)
		conn.Close()
		const ended = "the server closed the connection"
		if cut < length && (err == nil || !strings.Contains(err.Error(), ended)) {
			t.Errorf("cut after %d bytes: %v", cut, err)
		}
	}
}

func TestNoWebSocketThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	url := strings.Replace(server.URL, "http", "ws", 1)
	_, err := rapace.Dial(t.Context(), url, rapace.WithWebSocket(websocket.Handshake))
	if rapace.CodeOf(err) != rapace.CodeUnavailable || !strings.Contains(err.Error(), "the server answered 404 Not Found") {
		t.Errorf("error %v", err)
	}
	// A server of something else, and one that says nothing.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = rapace.Dial(ctx, "ws://"+listener.Addr().String(), rapace.WithWebSocket(websocket.Handshake))
	if rapace.CodeOf(err) != rapace.CodeDeadlineExceeded {
		t.Errorf("error %v", err)
	}
}

// Rust's server never closes as well: that is waited for, but not for long, and nothing is left behind.
func TestCloseHasATimeLimit(t *testing.T) {
	before := runtime.NumGoroutine()
	leave := make(chan struct{})
	server := listen(t, func(context.Context, *peer.Conn) { <-leave })
	server.Start()
	conn := dial(t, server)
	start := time.Now()
	conn.Close()
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("closing took %v", took)
	}
	close(leave)
	server.Close()
	http.DefaultClient.CloseIdleConnections()
	for range 300 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
}
