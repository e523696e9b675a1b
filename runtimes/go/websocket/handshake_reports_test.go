package websocket_test

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"rapace"
	"rapace/websocket"
)

// serveRaw answers each handshake with what a function makes of the right accept, and leaves the socket open.
func serveRaw(t *testing.T, answer func(accept string) string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			socket, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { socket.Close() })
			go func() {
				request, err := http.ReadRequest(bufio.NewReader(socket))
				if err != nil {
					return
				}
				hash := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
				_, _ = socket.Write([]byte(answer(base64.StdEncoding.EncodeToString(hash[:]))))
			}()
		}
	}()
	return "ws://" + listener.Addr().String()
}

const upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"

// dialRaw dials with plenty of time, of which almost nothing may be needed.
func dialRaw(t *testing.T, url string) (*rapace.Conn, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	began := time.Now()
	conn, err := rapace.Dial(ctx, url, rapace.WithWebSocket(websocket.Handshake))
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	return conn, err
}

func TestReportAWrongHandshakeFailsAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(accept string) string
		want   string
	}{
		"a wrong accept": {
			func(string) string { return upgrade + "Sec-WebSocket-Accept: AAAA\r\n\r\n" },
			`the server's Sec-WebSocket-Accept "AAAA" is not that of the key`,
		},
		"no accept": {func(string) string { return upgrade + "\r\n" }, `Sec-WebSocket-Accept "" is not that of the key`},
		"an extension": {
			func(accept string) string {
				return upgrade + "Sec-WebSocket-Accept: " + accept + "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
			},
			`Sec-WebSocket-Extensions "permessage-deflate" was not asked for`,
		},
		"a subprotocol": {
			func(accept string) string {
				return upgrade + "Sec-WebSocket-Accept: " + accept + "\r\nSec-WebSocket-Protocol: chat\r\n\r\n"
			},
			`Sec-WebSocket-Protocol "chat" was not asked for`,
		},
		"no upgrade": {
			func(accept string) string {
				return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + "\r\n\r\n"
			},
			`Upgrade "" must have websocket`,
		},
		"another status, whose text steers a terminal": {
			func(string) string {
				return "HTTP/1.1 503 gone\x1b[2J" + strings.Repeat("y", 5000) + "\r\nContent-Length: 100\r\n\r\n"
			},
			"the server answered 503 gone\ufffd[2Jyyy",
		},
	} {
		conn, err := dialRaw(t, serveRaw(t, test.answer))
		if err == nil {
			conn.Close()
		}
		if rapace.CodeOf(err) != rapace.CodeUnavailable || !strings.Contains(err.Error(), test.want) || len(err.Error()) > 1100 {
			t.Errorf("%s: error %.200v, want %s", name, err, test.want)
		}
	}
}

// A peer that masks its frames breaks the protocol, wherever the frame is in what is read.
func TestReportMaskedFramesAreRefusedAtOnce(t *testing.T) {
	ping := "\x89\x00"
	masked := "\x82\x81\x01\x02\x03\x04\x05"
	long := "\x89\x7d" + strings.Repeat("\x81\xff", 62) + "\x00"
	for name, frames := range map[string]string{
		"the first": masked, "after others": ping + long + ping + masked, "a close": "\x88\x80\x01\x02\x03\x04",
		"within a message": "\x02\x7e\x01\x00" + strings.Repeat("\xff", 256) + "\x80\x81\x01\x02\x03\x04\x05",
		"after a long one": "\x02\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + strings.Repeat("\xff", 1<<16) + masked,
	} {
		url := serveRaw(t, func(accept string) string {
			return fmt.Sprintf("%sSec-WebSocket-Accept: %s\r\n\r\n%s", upgrade, accept, frames)
		})
		conn, err := dialRaw(t, url)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		began := time.Now()
		_, err = call(conn, []byte("x"))
		if took := time.Since(began); took > 10*time.Second || !strings.Contains(fmt.Sprint(err), "a masked frame: servers do not mask") {
			t.Errorf("%s: after %v: %v", name, took, err)
		}
		conn.Close()
	}
}
