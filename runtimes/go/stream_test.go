package rapace

import (
	"fmt"
	"iter"
	"testing"
)

func TestStreams(t *testing.T) {
	conn, peer := connect(t, "tcp")
	client := NewClient(conn)
	for _, test := range []struct {
		name  string
		play  func(channel uint32)
		items string
		code  Code
	}{
		{"empty", func(c uint32) { peer.send(c, flagEOS, "") }, "[]", CodeOK},
		{"items", func(c uint32) {
			for _, item := range []string{"\x01", "\x02", "\x03"} {
				peer.send(c, flagData, item)
			}
			peer.send(c, flagEOS, "")
		}, "[1 2 3]", CodeOK},
		{"the last item with the end", func(c uint32) {
			peer.send(c, flagData, "\x01")
			peer.send(c, flagData|flagEOS, "\x02")
			peer.send(c, flagData, "\x03")
		}, "[1 2]", CodeOK},
		{"an error behind items", func(c uint32) {
			peer.send(c, flagData, "\x01")
			peer.send(c, flagError|flagEOS, errorPayload(9, 0, ""))
		}, "[1]", CodeAborted},
		{"an item that is none", func(c uint32) {
			peer.send(c, flagData, "\x01")
			peer.send(c, flagData, "\xff")
			if f := peer.receive(); f.flags != flagControl || f.method != controlCancelChannel {
				t.Errorf("flags %#x, method %d, want CancelChannel", f.flags, f.method)
			}
			peer.send(c, flagData, "\x03")
			peer.send(c, flagEOS, "")
		}, "[1]", CodeInternal},
	} {
		wait := inBackground(t, func() {
			f := peer.receive()
			if f.flags != flagData|flagEOS|flagNoReply || len(f.payload) != 0 {
				t.Errorf("request with flags %#x, payload % x", f.flags, f.payload)
			}
			test.play(f.channel)
		})
		items, err := []uint32{}, error(nil)
		for item, failure := range count(t.Context(), client) {
			if err = failure; failure == nil {
				items = append(items, item)
			}
		}
		wait()
		if fmt.Sprint(items) != test.items || CodeOf(err) != test.code {
			t.Errorf("%s: %v, %v", test.name, items, err)
		}
	}
}

func TestLeavingAStreamFreesItsChannel(t *testing.T) {
	conn, peer := connect(t, "tcp")
	client := NewClient(conn)
	leave := []func(seq iter.Seq2[uint32, error]){
		func(seq iter.Seq2[uint32, error]) {
			for range seq {
				break
			}
		},
		func(seq iter.Seq2[uint32, error]) {
			defer func() { _ = recover() }()
			for range seq {
				panic("in the loop")
			}
		},
		func(seq iter.Seq2[uint32, error]) {
			next, stop := iter.Pull2(seq)
			next()
			stop()
		},
	}
	for i, leave := range leave {
		wait := inBackground(t, func() {
			channel := peer.receive().channel
			peer.send(channel, flagData, "\x01")
			if f := peer.receive(); f.method != controlCancelChannel || string(f.payload) != string([]byte{2, byte(channel), 0}) {
				t.Errorf("%d: method %d, payload % x, want CancelChannel by the client", i, f.method, f.payload)
			}
			peer.send(channel, flagData, "\x02")
			peer.send(channel, flagEOS, "")
		})
		leave(count(t.Context(), client))
		wait()
	}
	go peer.serve()
	if got, err := echo(t.Context(), client, 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	conn.only.mu.Lock()
	defer conn.only.mu.Unlock()
	if conn.only.session.inFlight() != 0 || len(conn.only.session.stale.set) != 0 {
		t.Errorf("%d calls, %d stale channels are left", conn.only.session.inFlight(), len(conn.only.session.stale.set))
	}
}

func TestAStreamThatIsNotReadFailsAlone(t *testing.T) {
	conn, peer := connect(t, "tcp", WithLimits(Limits{MaxStreamBytes: 1000}))
	client := NewClient(conn)
	wait := inBackground(t, func() {
		stream := peer.receive().channel
		for range 100 {
			peer.send(stream, flagData, "\x01")
		}
		// The call and the end of the stream come in any order.
		for range 2 {
			f := peer.receive()
			if f.method == echoMethod.ID {
				peer.send(f.channel, flagData|flagEOS, string(f.payload))
			} else if f.method != controlCancelChannel || f.payload[2] != byte(cancelledByResources) {
				t.Errorf("method %d, payload % x, want CancelChannel for want of resources", f.method, f.payload)
			}
		}
	})
	items := 0
	var last error
	for _, err := range count(t.Context(), client) {
		if items == 0 {
			// A call inside the loop is answered although the stream is not read meanwhile.
			if got, err := echo(t.Context(), client, 7); got != 7 || err != nil {
				t.Errorf("%d, %v", got, err)
			}
		}
		if last = err; err == nil {
			items++
		}
	}
	wait()
	wantError(t, last, CodeResourceExhausted, "more than 1000 bytes that were not read")
	// 65 bytes each, 15 of them in 1000; those that the reader had taken do not count.
	if items < 15 || items >= 100 {
		t.Errorf("%d items arrived before", items)
	}
}

// What the reader of a stream holds to yield it later waits as much as what it has not taken yet.
func TestStreamLimitCountsWhatIsHeldForTheReader(t *testing.T) {
	conn, peer := connect(t, "tcp", WithLimits(Limits{MaxStreamBytes: 1000}))
	client := NewClient(conn)
	more := make(chan struct{})
	var batch []byte
	tenItems := func(channel uint32) []byte {
		batch = batch[:0]
		for range 10 {
			batch = append(batch, frameOf(channel, 0, flagData, "\x01")...)
		}
		return batch
	}
	wait := inBackground(t, func() {
		channel := peer.receive().channel
		_, _ = peer.socket.Write(tenItems(channel))
		<-more
		_, _ = peer.socket.Write(tenItems(channel))
		if f := peer.receive(); f.method != controlCancelChannel || f.payload[2] != byte(cancelledByResources) {
			t.Errorf("method %d, payload % x, want CancelChannel for want of resources", f.method, f.payload)
		}
	})
	items := 0
	var last error
	for _, err := range count(t.Context(), client) {
		if last = err; err != nil {
			break
		}
		if items++; items == 1 {
			close(more)
			wait()
		}
	}
	wantError(t, last, CodeResourceExhausted, "more than 1000 bytes that were not read")
	// The one that was read, and 15 of 65 bytes each.
	if items != 16 {
		t.Errorf("%d items arrived before, want 16", items)
	}
}

// An item that alone exceeds the limit is within that of a frame, and nobody is slow.
func TestASingleItemAlwaysFits(t *testing.T) {
	conn, peer := connect(t, "tcp", WithLimits(Limits{MaxStreamBytes: 10}))
	wait := inBackground(t, func() {
		channel := peer.receive().channel
		peer.send(channel, flagData|flagEOS, "\x01")
	})
	items := 0
	for _, err := range count(t.Context(), NewClient(conn)) {
		if items++; err != nil {
			t.Error(err)
		}
	}
	wait()
	if items != 1 {
		t.Errorf("%d items, want 1", items)
	}
}
