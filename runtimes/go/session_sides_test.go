package rapace

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// sides are both parities, and the first channels that a side of each opens and its peer.
var sides = []struct {
	name       string
	parity     parity
	own, peers [3]uint32
}{
	{"odd", odd, [3]uint32{1, 3, 5}, [3]uint32{2, 4, 6}},
	{"even", even, [3]uint32{2, 4, 6}, [3]uint32{1, 3, 5}},
}

func TestASideOpensChannelsOfItsParity(t *testing.T) {
	for _, side := range sides {
		s := newTestSession(side.parity)
		for _, want := range side.own {
			if _, got := open(s, unary, "x"); got != want {
				t.Errorf("%s: channel %d, want %d", side.name, got, want)
			}
		}
	}
}

// Channels start again at the least number of their parity. Those in use are skipped, and so is channel 0.
func TestChannelsOfBothParitiesStartAgain(t *testing.T) {
	for _, test := range []struct {
		parity parity
		last   uint32
		want   []uint32
	}{
		{odd, math.MaxUint32 - 4, []uint32{math.MaxUint32 - 2, math.MaxUint32, 3, 7}},
		{even, math.MaxUint32 - 5, []uint32{math.MaxUint32 - 3, math.MaxUint32 - 1, 4, 8}},
	} {
		s := newTestSession(test.parity)
		_, first := open(s, unary, "in flight")
		if !s.attach(first+4, "tunnel") {
			t.Fatal("the tunnel is not open")
		}
		s.calls.lastChannel = test.last
		var got []uint32
		for range test.want {
			_, channel := open(s, unary, "x")
			got = append(got, channel)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("channels %d, want %d", got, test.want)
		}
	}
}

// What a frame means on a channel that this side does not use.
func TestUnknownChannels(t *testing.T) {
	const method = 0xabc
	for _, test := range []struct {
		name    string
		peers   bool // whether the channel is one of the peer's
		method  uint32
		flags   uint32
		want    string
		dropped uint64
		early   int
	}{
		{"a request", true, method, flagData | flagEOS, "request ", 0, 0},
		{"a request for a stream", true, method, flagData | flagEOS | flagNoReply, "request ", 0, 0},
		{"a request that goes on", true, method, flagData, "request ", 0, 0},
		{"a method without data", true, method, flagEOS, "- ", 1, 0},
		{"an error with a method", true, method, flagError | flagEOS, "- ", 1, 0},
		{"a control frame with a method", true, method, flagControl | flagData, "- ", 0, 0},
		{"early data of a tunnel", true, 0, flagData, "- ", 0, 1},
		{"the early end of a tunnel", true, 0, flagData | flagEOS, "- ", 0, 1},
		{"an early error of a tunnel", true, 0, flagError, "- ", 0, 1},
		{"no flags", true, 0, 0, "- ", 1, 0},
		{"an answer", false, 0, flagData | flagEOS, "- ", 1, 0},
		{"a request on a channel of this side", false, method, flagData | flagEOS, "- ", 1, 0},
	} {
		for _, side := range sides {
			s := newTestSession(side.parity)
			channel := side.own[2]
			if test.peers {
				channel = side.peers[2]
			}
			got := describe(s.receive(frame{descriptor{0, channel, test.method, test.flags}, nil}))
			if got != test.want || s.dropped != test.dropped || len(s.tunnels.early) != test.early {
				t.Errorf("%s, %s: %q, %d dropped, %d early; want %q, %d, %d",
					side.name, test.name, got, s.dropped, len(s.tunnels.early), test.want, test.dropped, test.early)
			}
		}
	}
}

// A refusal is an answer: it names no method. The rest of a request that goes on is no further request.
func TestRefusals(t *testing.T) {
	for _, side := range sides {
		s := newTestSession(side.parity)
		channel := side.peers[0]
		request := func(flags uint32) string {
			return describe(s.receive(frame{descriptor{0, channel, 7, flags}, nil}))
		}
		if got := request(flagData); got != "request " {
			t.Errorf("%s: %q", side.name, got)
		}
		s.began(frame{descriptor{0, channel, 7, flagData}, nil})
		b := appendError(nil, channel, CodeUnimplemented, servesNothing)
		le := binary.LittleEndian
		message, inline := le.Uint64(b[4:]), le.Uint32(b[20:]) == inlineSlot
		if message != 0 || inline {
			t.Errorf("%s: message %d, repeated in the descriptor: %t", side.name, message, inline)
		}
		sent, method, flags, code := le.Uint32(b[12:]), le.Uint32(b[16:]), le.Uint32(b[36:]), le.Uint32(b[headerBytes:])
		if sent != channel || method != 0 || flags != flagError|flagEOS || Code(code) != CodeUnimplemented {
			t.Errorf("%s: channel %d, method %d, flags %#x, code %d", side.name, sent, method, flags, code)
		}
		for i, want := range []string{"- ", "- ", "request "} {
			if got := request([]uint32{flagData, flagData | flagEOS, flagData | flagEOS}[i]); got != want {
				t.Errorf("%s: frame %d is %q, want %q", side.name, i, got, want)
			}
		}
		s.began(frame{descriptor{0, channel, 7, flagData | flagEOS}, nil})
		if got := request(flagData | flagEOS); got != "request " {
			t.Errorf("%s: the next request is %q", side.name, got)
		}
	}
}

// A tunnel on a channel of the peer's gets what arrived before it was opened. While it is open, the frames on its
// channel are its own, whether or not they name a method.
func TestTunnelsOfBothParities(t *testing.T) {
	for _, side := range sides {
		s := newTestSession(side.parity)
		channel := side.peers[1]
		send := func(method, flags uint32, payload string) string {
			return describe(s.receive(frame{descriptor{0, channel, method, flags}, []byte(payload)}))
		}
		got := send(0, flagData, "early")
		if !s.attach(channel, "call") || s.attach(channel, "again") {
			t.Errorf("%s: the tunnel is not open once", side.name)
		}
		for _, f := range s.tunnels.takeEarly(channel) {
			got += describe(s.receive(f))
		}
		got += send(0, flagData, "a") + send(7, flagData, "b") + send(0, flagData|flagEOS, "") + send(0, flagData, "late")
		if want := "- item(early) item(a) item(b) end - "; got != want {
			t.Errorf("%s: %q, want %q", side.name, got, want)
		}
		if s.inFlight() != 1 {
			t.Errorf("%s: %d are in flight, want the tunnel whose own direction is open", side.name, s.inFlight())
		}
		s.appendTunnel(nil, channel, nil)
		if got := send(7, flagData, ""); s.inFlight() != 0 || got != "- " {
			t.Errorf("%s: %d are in flight, and the channel gets %q", side.name, s.inFlight(), got)
		}
	}
}
