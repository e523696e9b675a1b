package rapace

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"testing"
	"time"
)

// certificateOf returns a certificate for example.com and 127.0.0.1, and what trusts it.
func certificateOf(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return server.TLS.Certificates[0], pool
}

// listenTLS answers calls over TLS until the test ends, and returns its address.
func listenTLS(t *testing.T, config *tls.Config) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
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
			go func() {
				defer socket.Close()
				(&peer{t: t, socket: socket, frames: frameReader{max: 1 << 20}}).serve()
			}()
		}
	}()
	return listener.Addr().String()
}

func TestTLS(t *testing.T) {
	certificate, pool := certificateOf(t)
	address := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate}})
	_, port, _ := net.SplitHostPort(address)
	for _, test := range []struct {
		name, address string
		config        *tls.Config
	}{
		{"the address's host", "tls://" + address, &tls.Config{RootCAs: pool}},
		{"another name", "tls://localhost:" + port, &tls.Config{RootCAs: pool, ServerName: "example.com"}},
	} {
		conn, err := Dial(t.Context(), test.address, WithTLS(test.config))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if got, err := echo(t.Context(), NewClient(conn), 7); got != 7 || err != nil {
			t.Errorf("%s: %d, %v", test.name, got, err)
		}
		conn.Close()
	}
}

// What is wrong with a server is an error of the connection's that says what it is; nothing is trusted by default.
func TestTLSRefusals(t *testing.T) {
	certificate, pool := certificateOf(t)
	address := listenTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate}})
	_, port, _ := net.SplitHostPort(address)
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	go func() {
		socket, err := plain.Accept()
		if err == nil {
			_, _ = socket.Write(make([]byte, 100))
			socket.Close()
		}
	}()
	late := func() time.Time { return time.Now().AddDate(200, 0, 0) }
	for _, test := range []struct {
		name    string
		address string
		config  *tls.Config
		is      any
		text    string
	}{
		{"unknown authority", address, nil, &unknown, "certificate signed by unknown authority"},
		{"wrong name", "localhost:" + port, &tls.Config{RootCAs: pool}, &name, "not localhost"},
		{"expired", address, &tls.Config{RootCAs: pool, Time: late}, &invalid, "expired"},
		{"not TLS", plain.Addr().String(), nil, &record, "does not look like a TLS handshake"},
	} {
		_, err := Dial(t.Context(), "tls://"+test.address, WithTLS(test.config))
		wantError(t, err, CodeUnavailable, test.text)
		wantError(t, err, CodeUnavailable, "TLS handshake with "+test.address)
		if !errors.As(err, test.is) {
			t.Errorf("%s: error %v has another cause", test.name, err)
		}
	}
}

// A server that asks for a certificate gets it; without one the connection is lost.
func TestClientCertificate(t *testing.T) {
	certificate, pool := certificateOf(t)
	address := listenTLS(t, &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAnyClientCert,
	})
	config := &tls.Config{RootCAs: pool}
	for _, own := range [][]tls.Certificate{{certificate}, nil} {
		config.Certificates = own
		conn, err := Dial(t.Context(), "tls://"+address, WithTLS(config))
		if err == nil {
			// Under TLS 1.3 the server says no when this side's handshake is over.
			_, err = echo(t.Context(), NewClient(conn), 7)
			conn.Close()
		}
		if own != nil && err != nil || own == nil && CodeOf(err) != CodeUnavailable {
			t.Errorf("with %d certificates: %v", len(own), err)
		}
	}
}

func TestDialTimeoutWithinTheHandshake(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = Dial(ctx, "tls://"+silent.Addr().String())
	wantError(t, err, CodeDeadlineExceeded, "")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v is not that of the context", err)
	}
}

func TestWebSocketsNeedThePackage(t *testing.T) {
	_, err := Dial(t.Context(), "ws://127.0.0.1:1/")
	wantError(t, err, CodeInvalidArgument, "needs the option WithWebSocket(websocket.Handshake)")
}
