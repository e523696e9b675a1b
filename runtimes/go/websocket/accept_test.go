package websocket_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	peer "github.com/coder/websocket"

	"rapace"
	"rapace/websocket"
)

// logs is what has been logged.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// until waits until the log has a text.
func (l *logs) until(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !strings.Contains(l.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q is not in the log:\n%s", text, l)
		}
	}
}

// host serves a method that returns its argument, and returns the address and the log.
func host(t *testing.T, options ...rapace.HostOption) (address string, log *logs) {
	t.Helper()
	log = new(logs)
	method := rapace.Method{Name: "Echo.echo", ID: 7}
	echo := rapace.NewService("Echo", rapace.ServedMethod{Method: &method, Serve: func(_ context.Context, r *rapace.Request) error {
		value, err := r.Arguments().Bytes()
		if err != nil {
			return err
		}
		if err := r.Begin(); err != nil {
			return err
		}
		e, err := r.Answer(nil)
		if err != nil {
			return err
		}
		e.Bytes(value)
		return nil
	}})
	h := rapace.NewHost(append([]rapace.HostOption{
		echo, rapace.WithWebSocketAccept(websocket.Accept),
		rapace.WithLogger(slog.New(slog.NewTextHandler(log, nil))),
	}, options...)...)
	listener, err := h.Listen("ws://127.0.0.1:0/rpc")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- h.Serve(context.Background(), listener) }()
	t.Cleanup(func() {
		_ = h.Shutdown(context.Background())
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return listener.Address(), log
}

func TestServedCalls(t *testing.T) {
	address, _ := host(t)
	if !strings.HasPrefix(address, "ws://127.0.0.1:") || !strings.HasSuffix(address, "/rpc") {
		t.Errorf("the address is %s", address)
	}
	conn, err := rapace.Dial(t.Context(), address, rapace.WithWebSocket(websocket.Handshake))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, size := range []int{0, 1, 125, 126, 70_000, 1 << 20} {
		payload := bytes.Repeat([]byte{7}, size)
		if got, err := call(conn, payload); err != nil || !bytes.Equal(got, payload) {
			t.Errorf("%d bytes: %d come back, %v", size, len(got), err)
		}
	}
}

// open opens a WebSocket by the library.
func open(t *testing.T, address, origin string) (*peer.Conn, *http.Response, error) {
	t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	conn, response, err := peer.Dial(t.Context(), address, &peer.DialOptions{HTTPHeader: header})
	if err == nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, response, err
}

func TestOrigins(t *testing.T) {
	listed, _ := host(t, rapace.WithOrigins("https://shop.example"))
	all, _ := host(t)
	none, _ := host(t, rapace.WithOrigins())
	for _, c := range []struct {
		address, origin string
		allowed         bool
	}{
		{listed, "https://shop.example", true},
		{listed, "https://other.example", false},
		{listed, "http://shop.example", false},
		{listed, "null", false},
		{listed, "", true},
		{all, "https://other.example", true},
		{none, "https://shop.example", false},
		{none, "", true},
	} {
		_, response, err := open(t, c.address, c.origin)
		if (err == nil) != c.allowed {
			t.Errorf("origin %q: %v", c.origin, err)
		}
		if !c.allowed && (response == nil || response.StatusCode != http.StatusForbidden) {
			t.Errorf("origin %q: %+v", c.origin, response)
		}
	}
}

// What is no frame closes its WebSocket, and no other.
func TestMessagesOfClientsThatAreNoFrames(t *testing.T) {
	address, log := host(t, rapace.WithLimits(rapace.Limits{MaxFrameBytes: 1000}))
	for _, c := range []struct {
		kind    peer.MessageType
		message string
		code    peer.StatusCode
		log     string
	}{
		{peer.MessageText, strings.Repeat("x", 64), peer.StatusUnsupportedData, "a text message"},
		{peer.MessageBinary, "short", peer.StatusProtocolError, "a message of 5 bytes is below that of a descriptor"},
		{peer.MessageBinary, "", peer.StatusProtocolError, "a message of 0 bytes"},
		{peer.MessageBinary, strings.Repeat("x", 1001), peer.StatusMessageTooBig, "exceeds the limit of 1000 bytes"},
	} {
		conn, _, err := open(t, address, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Write(t.Context(), c.kind, []byte(c.message)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := conn.Read(t.Context()); peer.CloseStatus(err) != c.code {
			t.Errorf("%q: %v, want code %v", c.message, err, c.code)
		}
		log.until(t, c.log)
	}
	conn, err := rapace.Dial(t.Context(), address, rapace.WithWebSocket(websocket.Handshake))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got, err := call(conn, []byte("x")); string(got) != "x" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// What is no handshake gets an answer of HTTP where it is HTTP, and is closed.
func TestHandshakesThatAreNone(t *testing.T) {
	address, log := host(t, rapace.WithHostLimits(rapace.HostLimits{HandshakeTimeout: 300 * time.Millisecond}))
	target := strings.TrimSuffix(strings.TrimPrefix(address, "ws://"), "/rpc")
	const upgrade = "GET /rpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
	for name, c := range map[string]struct {
		sent, got, log string
	}{
		"a web page":      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "426", "does not contain Upgrade"},
		"no key":          {strings.Replace(upgrade, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", "", 1), "400", "missing Sec-WebSocket-Key"},
		"a frame":         {string(make([]byte, 68)) + "\r\n\r\n", "", "no WebSocket handshake"},
		"a head too long": {"GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 70_000), "", "no WebSocket handshake"},
		"silence":         {"", "", "not done within 300ms"},
		"unmasked":        {upgrade + "\x82\x00", "101", "an unmasked frame: clients mask"},
	} {
		t.Run(name, func(t *testing.T) {
			socket, err := net.Dial("tcp", target)
			if err != nil {
				t.Fatal(err)
			}
			defer socket.Close()
			go func() { _, _ = io.WriteString(socket, c.sent) }()
			reader := bufio.NewReader(socket)
			if c.got != "" {
				line, err := reader.ReadString('\n')
				if want := fmt.Sprintf("HTTP/1.1 %s ", c.got); !strings.HasPrefix(line, want) {
					t.Errorf("%q, %v, want %s", line, err, want)
				}
			}
			_, _ = io.Copy(io.Discard, reader) // until the host closes it
			log.until(t, c.log)
		})
	}
}
