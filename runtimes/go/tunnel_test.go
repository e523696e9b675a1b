package rapace

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// serveTunnel sends back what comes on a channel, and ends when the other direction has.
func (p *peer) serveTunnel(channel uint32) {
	for {
		f := p.receive()
		if f.channel != channel || f.method != 0 || f.flags&^flagEOS != flagData {
			p.t.Errorf("channel %d, method %d, flags %#x within a tunnel", f.channel, f.method, f.flags)
			return
		}
		if f.flags&flagEOS != 0 {
			p.send(channel, flagData|flagEOS, "")
			return
		}
		p.send(channel, flagData, string(f.payload))
	}
}

func openTunnel(t *testing.T, conn *Conn) *Tunnel {
	t.Helper()
	tunnel, err := conn.OpenTunnel(2)
	if err != nil {
		t.Fatal(err)
	}
	return tunnel
}

func TestTunnel(t *testing.T) {
	for _, network := range []string{"tcp", "pipe"} {
		conn, peer := connect(t, network)
		wait := inBackground(t, func() { peer.serveTunnel(2) })
		tunnel := openTunnel(t, conn)
		want := []byte(strings.Repeat("0123456789", 50_000))
		written := inBackground(t, func() {
			if n, err := tunnel.Write(want); n != len(want) || err != nil {
				t.Errorf("wrote %d, %v", n, err)
			}
			if err := tunnel.CloseWrite(); err != nil {
				t.Error(err)
			}
		})
		got, err := io.ReadAll(tunnel)
		if !bytes.Equal(got, want) || err != nil {
			t.Errorf("%s: %d bytes came back of %d: %v", network, len(got), len(want), err)
		}
		written()
		wait()
		if _, err := tunnel.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("writing after the end: %v", err)
		}
		if n, err := tunnel.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("reading after the end: %d, %v", n, err)
		}
		if stats := conn.Stats(); stats.InFlight != 0 {
			t.Errorf("%d tunnels are left", stats.InFlight)
		}
		tunnel.Close()
	}
}

// No frame of a tunnel is longer than 64 KiB, so that others get their turn.
func TestTunnelFramesAreShort(t *testing.T) {
	conn, peer := connect(t, "tcp")
	tunnel := openTunnel(t, conn)
	go func() { _, _ = tunnel.Write(make([]byte, 150_000)) }()
	for _, want := range []int{65_536, 65_536, 18_928} {
		if f := peer.receive(); len(f.payload) != want {
			t.Errorf("a frame of %d bytes, want %d", len(f.payload), want)
		}
	}
}

// Each direction ends by itself.
func TestTunnelHalfClosed(t *testing.T) {
	conn, peer := connect(t, "tcp")
	tunnel := openTunnel(t, conn)
	peer.send(2, flagData|flagEOS, "")
	if n, err := tunnel.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d, %v", n, err)
	}
	peer.send(2, flagData, "too late")
	until(t, "a frame is dropped", func() bool { return conn.Stats().Dropped == 1 })
	if _, err := tunnel.Write([]byte("on")); err != nil {
		t.Error(err)
	}
	if f := peer.receive(); string(f.payload) != "on" {
		t.Errorf("% x came", f.payload)
	}
	if err := tunnel.CloseWrite(); err != nil {
		t.Error(err)
	}
	if f := peer.receive(); f.flags != flagData|flagEOS || len(f.payload) != 0 {
		t.Errorf("flags %#x, %d bytes, want the end", f.flags, len(f.payload))
	}
	if stats := conn.Stats(); stats.InFlight != 0 {
		t.Errorf("%d tunnels are left", stats.InFlight)
	}
	peer.send(2, flagData, "much too late")
	until(t, "another one is dropped", func() bool { return conn.Stats().Dropped == 2 })
	// The last bytes come with the end.
	tunnel = openTunnel(t, conn)
	peer.send(2, flagData|flagEOS, "last")
	if got, err := io.ReadAll(tunnel); string(got) != "last" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A peer may send on a channel before this side has opened it; what nobody opens takes bounded memory.
func TestTunnelKeepsWhatCameBefore(t *testing.T) {
	conn, peer := connect(t, "tcp")
	wait := inBackground(t, func() {
		f := peer.receive()
		peer.send(2, flagData, "early")
		peer.send(2, flagData|flagEOS, "")
		for range 100 {
			peer.send(4, flagData, strings.Repeat("x", 50_000))
		}
		peer.send(2, flagData, "one ")
		peer.send(2, flagData|flagEOS, "two")
		peer.send(f.channel, flagData|flagEOS, "\x05")
	})
	if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	wait()
	conn.only.mu.Lock()
	if got := conn.only.session.tunnels.earlyBytes; got > maxEarlyBytes {
		t.Errorf("%d bytes are kept", got)
	}
	conn.only.mu.Unlock()
	if got, err := io.ReadAll(openTunnel(t, conn)); string(got) != "one two" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got := conn.Stats().Dropped; got != 102 {
		t.Errorf("%d frames are counted as dropped, want 102", got)
	}
}

func TestTunnelErrors(t *testing.T) {
	conn, peer := connect(t, "tcp")
	tunnel := openTunnel(t, conn)
	peer.send(2, flagData, "some")
	peer.send(2, flagError|flagEOS, errorPayload(4, 2, "no"))
	got, err := io.ReadAll(tunnel)
	var status *Error
	if string(got) != "some" || !errors.As(err, &status) || status.Code != CodeNotFound || !status.Remote {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := tunnel.Write([]byte("x")); !errors.As(err, &status) || status.Code != CodeNotFound {
		t.Errorf("writing: %v", err)
	}

	_, err = conn.OpenTunnel(0)
	wantError(t, err, CodeFailedPrecondition, "channel 0")
	tunnel = openTunnel(t, conn)
	_, err = conn.OpenTunnel(2)
	wantError(t, err, CodeFailedPrecondition, "channel 2 is in use")
	wait := inBackground(t, func() {
		_, err := tunnel.Read(make([]byte, 1))
		wantError(t, err, CodeUnavailable, "the server closed the connection")
		if errors.Is(err, io.EOF) {
			t.Error("a loss is taken for the end")
		}
	})
	peer.socket.Close()
	wait()
	_, err = tunnel.Write([]byte("x"))
	wantError(t, err, CodeUnavailable, "the server closed the connection")
	_, err = conn.OpenTunnel(4)
	wantError(t, err, CodeUnavailable, "")
}

// What came before the connection was lost is read, and an end that came stays one.
func TestTunnelThatEndedBeforeTheLoss(t *testing.T) {
	conn, peer := connect(t, "tcp")
	tunnel := openTunnel(t, conn)
	peer.send(2, flagData, "all")
	peer.send(2, flagData|flagEOS, "")
	peer.socket.Close()
	<-conn.only.dead
	if got, err := io.ReadAll(tunnel); string(got) != "all" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTunnelDeadlines(t *testing.T) {
	conn, peer := connect(t, "pipe", WithLimits(Limits{MaxUnsentBytes: 1000}))
	tunnel := openTunnel(t, conn)
	var _ net.Conn = tunnel
	if err := tunnel.SetDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := tunnel.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reading: %v", err)
	}
	if n, err := tunnel.Write(make([]byte, 1<<20)); n == 1<<20 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("writing: %d, %v", n, err)
	}
	// Another deadline, and all is well again.
	_ = tunnel.SetDeadline(time.Now().Add(time.Hour))
	_ = tunnel.SetDeadline(time.Time{})
	go func() { _, _ = io.Copy(io.Discard, peer.socket) }()
	go peer.send(2, flagData, "x")
	if n, err := tunnel.Read(make([]byte, 5)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestTunnelClose(t *testing.T) {
	conn, peer := connect(t, "pipe", WithLimits(Limits{MaxUnsentBytes: 1000}))
	tunnel := openTunnel(t, conn)
	reading := inBackground(t, func() {
		if _, err := tunnel.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("reading: %v", err)
		}
	})
	writing := inBackground(t, func() {
		if _, err := tunnel.Write(make([]byte, 1<<20)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("writing: %v", err)
		}
	})
	time.Sleep(20 * time.Millisecond)
	start := time.Now()
	for range 2 {
		if err := tunnel.Close(); err != nil {
			t.Error(err)
		}
	}
	reading()
	writing()
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("closing took %v", took)
	}
	if err := tunnel.SetDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a deadline after closing: %v", err)
	}
	if stats := conn.Stats(); stats.InFlight != 0 {
		t.Errorf("%d tunnels are left", stats.InFlight)
	}
	go func() {
		f := peer.receive()
		for ; f.flags&flagEOS == 0; f = peer.receive() {
		}
		// What comes still is nobody's.
		peer.send(2, flagData, "late")
		peer.send(2, flagData|flagEOS, "")
		peer.serve()
	}()
	if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

// What was written before Close arrives.
func TestTunnelCloseHandsOverWhatWasWritten(t *testing.T) {
	for range 20 {
		conn, peer := connect(t, "tcp")
		tunnel := openTunnel(t, conn)
		if _, err := tunnel.Write(make([]byte, 300_000)); err != nil {
			t.Fatal(err)
		}
		received := make(chan int)
		go func() {
			got := 0
			for {
				f := peer.receive()
				got += len(f.payload)
				if f.flags&flagEOS != 0 {
					received <- got
					return
				}
			}
		}()
		tunnel.Close()
		conn.Close()
		if got := <-received; got != 300_000 {
			t.Fatalf("%d bytes arrived", got)
		}
	}
}

// A reader that does not read makes the peer wait, as for streams.
func TestTunnelsMakeThePeerWait(t *testing.T) {
	conn, peer := connect(t, "pipe", WithLimits(Limits{StreamHighWaterBytes: 10_000, MaxStreamBytes: 1 << 20}))
	tunnel := openTunnel(t, conn)
	payload := strings.Repeat("x", 1000)
	go func() {
		for range 5_000 {
			if _, err := peer.socket.Write(frameOf(2, 0, flagData, payload)); err != nil {
				return
			}
		}
		peer.send(2, flagData|flagEOS, "")
	}()
	time.Sleep(50 * time.Millisecond)
	conn.only.mu.Lock()
	if unread := tunnel.in.unread.Load(); unread > 100_000 {
		t.Errorf("%d bytes were taken from the peer", unread)
	}
	conn.only.mu.Unlock()
	if got, err := io.Copy(io.Discard, tunnel); got != 5_000_000 || err != nil {
		t.Errorf("%d bytes, %v", got, err)
	}
}
