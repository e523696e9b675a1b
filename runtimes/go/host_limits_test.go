package rapace

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What is no frame ends its connection with a warning that has the peer's address. Others go on.
func TestHostGarbage(t *testing.T) {
	log := new(logs)
	h := NewHost(serveShop(plainShop()), log.option())
	address := strings.TrimPrefix(listen(t, h, "tcp://127.0.0.1:0"), "tcp://")
	other, err := Dial(t.Context(), "tcp://"+address)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	garbage := map[string]func(socket net.Conn){
		"zeros":  func(socket net.Conn) { _, _ = socket.Write(make([]byte, 100)) },
		"length": func(socket net.Conn) { _, _ = socket.Write([]byte("\xff\xff\xff\x7f")) },
		"HTTP": func(socket net.Conn) {
			request, _ := http.NewRequest(http.MethodGet, "http://x/", nil)
			_ = request.Write(socket)
		},
		"TLS": func(socket net.Conn) {
			_ = tls.Client(socket, &tls.Config{InsecureSkipVerify: true}).Handshake()
		},
		// Its length is one that a frame can have.
		"short TLS": func(socket net.Conn) { _, _ = socket.Write([]byte("\x16\x03\x01\x00\xa0\x01\x00\x00\x9c\x03\x03abc")) },
	}
	for name, send := range garbage {
		socket, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		go send(socket)
		_, _ = io.Copy(io.Discard, socket) // until the host closes it
		from := socket.LocalAddr().String()
		until(t, name+" is logged", func() bool {
			for line := range strings.Lines(log.String()) {
				if strings.Contains(line, "level=WARN") && strings.Contains(line, from) && strings.Contains(line, "protocol error") {
					return true
				}
			}
			return false
		})
		_ = socket.Close()
	}
	if got, err := find(t.Context(), other, 0); got != "book" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A connection too many is closed, and logged once until there is room again.
func TestHostMaxConnections(t *testing.T) {
	log := new(logs)
	h := NewHost(serveShop(plainShop()), log.option(), WithHostLimits(HostLimits{MaxConnections: 1}))
	address := strings.TrimPrefix(listen(t, h, "tcp://127.0.0.1:0"), "tcp://")
	for range 2 {
		first, err := Dial(t.Context(), "tcp://"+address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := find(t.Context(), first, 0); err != nil {
			t.Error(err)
		}
		for range 3 {
			socket, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, socket); n != 0 {
				t.Errorf("%d bytes, %v", n, err)
			}
			_ = socket.Close()
		}
		first.Close()
		until(t, "the place is free", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return h.places == 0 })
	}
	if got := strings.Count(log.String(), "further connections are closed"); got != 2 {
		t.Errorf("%d lines in the log, want 2", got)
	}
}

// An idle connection is closed. One with a call in flight, either way, or with a tunnel is not idle.
func TestHostIdleTimeout(t *testing.T) {
	w := newWaitingShop()
	const timeout = 200 * time.Millisecond
	h := playClient(t, "tcp", &w.shop, WithHostLimits(HostLimits{IdleTimeout: timeout}))
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	<-w.begun
	time.Sleep(2 * timeout)
	w.answer <- "x"
	h.want(`1 answer "\x01x"`)
	if n, err := h.socket.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d bytes, %v", n, err)
	}
	if err := <-h.ended; err != nil {
		t.Error(err)
	}
}

// A handshake that takes too long is given up, and the log says with whom.
func TestHostHandshakeTimeout(t *testing.T) {
	served, _ := certificates(t)
	log := new(logs)
	h := NewHost(serveShop(plainShop()), WithTLS(served), log.option(), WithHostLimits(HostLimits{HandshakeTimeout: 20 * time.Millisecond}))
	address := strings.TrimPrefix(listen(t, h, "tls://127.0.0.1:0"), "tls://")
	for text, say := range map[string]string{"not done within 20ms": "", "first record does not look like a TLS handshake": "GET / HTTP/1.1\r\n\r\n"} {
		socket, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(socket, say)
		_, _ = io.Copy(io.Discard, socket)
		until(t, text, func() bool {
			return strings.Contains(log.String(), text) && strings.Contains(log.String(), socket.LocalAddr().String())
		})
		_ = socket.Close()
	}
}
