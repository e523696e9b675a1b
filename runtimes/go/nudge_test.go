package rapace

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"
)

// On a socket that is not known as TCP, what makes this side acknowledge a part of a frame is a frame of its own.
func TestNudge(t *testing.T) {
	client, server := net.Pipe()
	conn := NewConn(addressless{client})
	defer conn.Close()
	defer server.Close()
	wait := inBackground(t, func() {
		buf := make([]byte, 1000)
		_, _ = server.Read(buf)
		channel := binary.LittleEndian.Uint32(buf[12:])
		answer := frameOf(channel, 0, flagData|flagEOS, "\x05")
		_, _ = server.Write(answer[:4])
		if n, _ := io.ReadFull(server, buf[:68]); n != 68 || binary.LittleEndian.Uint32(buf[36:]) != flagControl {
			t.Errorf("%d bytes came back for a part of a frame, want an empty control frame", n)
		}
		_, _ = server.Write(answer[4:])
	})
	if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	wait()
}

// A peer that writes its frames in parts holds back the next one as well until what came before is acknowledged.
func TestNudgeWhileMoreIsToCome(t *testing.T) {
	for _, inParts := range []bool{true, false} {
		client, server := net.Pipe()
		conn := NewConn(addressless{client})
		peer := &peer{t: t, socket: server, frames: frameReader{max: 1 << 20}}
		wait := inBackground(t, func() {
			item := frameOf(peer.receive().channel, 0, flagData, "\x05")
			nudge := make([]byte, headerBytes)
			want := func() {
				if n, _ := io.ReadFull(server, nudge); n != headerBytes || binary.LittleEndian.Uint32(nudge[36:]) != flagControl {
					t.Errorf("%d bytes came back, want an empty control frame", n)
				}
			}
			if inParts {
				_, _ = server.Write(item[:4])
				want()
				item = item[4:]
			}
			_, _ = server.Write(item)
			if inParts {
				want()
			}
			// Nothing is to come after the end, nor from a peer that writes its frames at once.
			_, _ = server.Write(frameOf(1, 0, flagEOS, ""))
			_ = server.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
			if n, err := server.Read(nudge); err == nil {
				t.Errorf("in parts %v: %d bytes came back", inParts, n)
			}
		})
		for item, err := range count(t.Context(), NewClient(conn)) {
			if item != 5 || err != nil {
				t.Errorf("%d, %v", item, err)
			}
		}
		wait()
		conn.Close()
		server.Close()
	}
}

// However many items a peer sends in parts, whole ones are acknowledged together.
func TestNudgesAreFew(t *testing.T) {
	const items = 2_000
	client, server := net.Pipe()
	conn := NewConn(addressless{client})
	defer conn.Close()
	defer server.Close()
	peer := &peer{t: t, socket: server, frames: frameReader{max: 1 << 20}}
	channel := make(chan uint32)
	nudges := 0
	wait := inBackground(t, func() {
		for {
			f, ok, _ := peer.frames.next()
			switch {
			case !ok:
				n, err := server.Read(peer.frames.space())
				if err != nil {
					return
				}
				peer.frames.advance(n)
			case f.flags&flagControl != 0:
				nudges++
			default:
				channel <- f.channel
			}
		}
	})
	go func() {
		item := frameOf(<-channel, 0, flagData, "\x05")
		_, _ = server.Write(item[:4])
		_, _ = server.Write(item[4:])
		for range items - 1 {
			_, _ = server.Write(item)
		}
		_, _ = server.Write(frameOf(1, 0, flagEOS, ""))
	}()
	start, got := time.Now(), 0
	for item, err := range count(t.Context(), NewClient(conn)) {
		if item != 5 || err != nil {
			t.Fatalf("%d, %v", item, err)
		}
		got++
	}
	took := time.Since(start)
	conn.Close()
	wait()
	if most := 2 + int(took/nudgePeriod); got != items || nudges > most {
		t.Errorf("%d items and %d nudges within %v, want %d and at most %d", got, nudges, took, items, most)
	}
}

// addressless is a socket that does not tell what it is.
type addressless struct{ net.Conn }

func (addressless) LocalAddr() net.Addr { return nil }
