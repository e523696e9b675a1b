package rapace

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"testing"
)

func newTestSession(parity parity) *session[string, string] {
	return newSession[string, string](parity, Limits{MaxAbandonedCalls: 3}.withDefaults())
}

func open(s *session[string, string], kind kind, name string) ([]byte, uint32) {
	request := make([]byte, headerBytes)
	channel := s.open(kind, name, 7, request)
	return request, channel
}

func TestRequests(t *testing.T) {
	s := newTestSession(odd)
	for i, kind := range []kind{unary, serverStreaming, unary} {
		request, channel := open(s, kind, "x")
		le := binary.LittleEndian
		message, channelSent, flags := le.Uint64(request[4:]), le.Uint32(request[12:]), le.Uint32(request[36:])
		wantFlags := map[bool]uint32{false: 0x05, true: 0x105}[kind == serverStreaming]
		if message != uint64(i+1) || channel != uint32(2*i+1) || channelSent != channel || flags != wantFlags {
			t.Errorf("request %d: message %d, channel %d (sent %d), flags %#x", i, message, channel, channelSent, flags)
		}
	}
}

func errorPayload(code, length uint32, message string) string {
	b := binary.LittleEndian.AppendUint32(nil, code)
	b = binary.LittleEndian.AppendUint32(b, length)
	return string(b) + message
}

func TestAnswers(t *testing.T) {
	const data, eos, failed = flagData, flagEOS, flagError
	type answer struct {
		flags   uint32
		payload string
	}
	for _, test := range []struct {
		name    string
		kind    kind
		answers []answer
		want    string // the events: item(…), end, error(…); - for none
	}{
		{"unary", unary, []answer{{data | eos, "x"}}, "item(x) end"},
		{"unary without EOS", unary, []answer{{data, "x"}, {data | eos, "y"}}, "item(x) end - "},
		{"unary of ()", unary, []answer{{data | eos, ""}}, "item() end"},
		{"bare EOS for a unary call", unary, []answer{{eos, ""}}, "item() end"},
		{"unary, unknown flags", unary, []answer{{0xfffffe00 | data | eos, "x"}}, "item(x) end"},
		{"unary, no useful flag", unary, []answer{{0x40, "x"}, {data | eos, "y"}}, "- item(y) end"},
		{"control frame", unary, []answer{{flagControl | data | eos, "x"}}, "-"},
		{"error", unary, []answer{{failed | eos, errorPayload(4, 2, "no")}}, "error(NotFound no) end"},
		{"error with DATA", unary, []answer{{failed | data | eos, errorPayload(4, 2, "no")}}, "error(NotFound no) end"},
		{"error without EOS", unary, []answer{{failed, errorPayload(4, 2, "no")}}, "error(NotFound no) end"},
		{"error, code 0", unary, []answer{{failed | eos, errorPayload(0, 0, "")}}, "error(Ok ) end"},
		{"error, unknown code", unary, []answer{{failed | eos, errorPayload(4711, 1, "m")}}, "error(Code(4711) m) end"},
		{"error, more than its message", unary, []answer{{failed | eos, errorPayload(4, 1, "more")}}, "error(NotFound m) end"},
		{"error, not UTF-8", unary, []answer{{failed | eos, errorPayload(4, 3, "a\xffb")}}, "error(NotFound a\uFFFDb) end"},
		{"error, too short", unary, []answer{{failed | eos, "\x04\x00\x00\x00"}},
			"error(Internal malformed error frame: its payload has 4 bytes, 8 are needed) end"},
		{"error, length beyond its end", unary, []answer{{failed | eos, errorPayload(4, 9, "no")}},
			"error(Internal malformed error frame: its message has 9 bytes, 2 are there) end"},
		{"error, greatest length", unary, []answer{{failed | eos, errorPayload(4, math.MaxUint32, "")}},
			"error(Internal malformed error frame: its message has 4294967295 bytes, 0 are there) end"},
		{"stream", serverStreaming, []answer{{data, "a"}, {data, "b"}, {eos, ""}}, "item(a) item(b) end"},
		{"stream of ()", serverStreaming, []answer{{data, ""}, {data, ""}, {eos, ""}}, "item() item() end"},
		{"item with the end", serverStreaming, []answer{{data | eos, "a"}}, "item(a) end"},
		{"empty stream", serverStreaming, []answer{{eos, ""}}, "end"},
		{"stream, then error", serverStreaming, []answer{{data, "a"}, {failed | eos, errorPayload(9, 0, "")}}, "item(a) error(Aborted ) end"},
		{"after the end", serverStreaming, []answer{{eos, ""}, {data, "a"}, {failed, ""}}, "end - -"},
	} {
		s := newTestSession(odd)
		_, channel := open(s, test.kind, "call")
		got := ""
		for _, answer := range test.answers {
			got += describe(s.receive(frame{descriptor{0, channel, 0, answer.flags}, []byte(answer.payload)}))
		}
		if want := test.want; got != want && got != want+" " {
			t.Errorf("%s: %q, want %q", test.name, got, want)
		}
	}
}

func describe(e event[string], meaning meaning) (text string) {
	switch meaning {
	case meansNothing:
		return "- "
	case meansRequest:
		return "request "
	}
	if e.handle != "call" {
		text += "of " + e.handle + " "
	}
	if e.hasItem {
		text += fmt.Sprintf("item(%s) ", e.item)
	}
	if e.err != nil {
		text += fmt.Sprintf("error(%v %s) ", e.err.Code, e.err.Message)
		if !e.err.Remote {
			text += "not remote "
		}
	}
	if e.end {
		text += "end "
	}
	return text
}

func TestLossyString(t *testing.T) {
	for _, test := range [][2]string{
		{"plain é 猫", "plain é 猫"},
		{"a\xff\xffb", "a\uFFFD\uFFFDb"},
		{"\xe2\x82", "\uFFFD"},
		{"\xe2\x82x", "\uFFFDx"},
		{"\xf0\x9f\xa6x", "\uFFFDx"},
		{"\xf0\x9fx\xa6", "\uFFFDx\uFFFD"},
		{"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},
		{"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
		{"\xc0\x80", "\uFFFD\uFFFD"},
		{"\uFFFD\xe2", "\uFFFD\uFFFD"},
	} {
		if got := lossyString([]byte(test[0])); got != test[1] {
			t.Errorf("%q became %q, want %q", test[0], got, test[1])
		}
	}
}

func TestAnswersOfOthersAreDropped(t *testing.T) {
	s := newTestSession(odd)
	_, channel := open(s, unary, "call")
	for _, other := range []uint32{0, 2, channel + 2, math.MaxUint32} {
		if got := describe(s.receive(frame{descriptor{0, other, 0, flagData | flagEOS}, nil})); got != "- " {
			t.Errorf("channel %d: %v", other, got)
		}
	}
	dropped := s.dropped + uint64(len(s.tunnels.early))
	if dropped != 3 {
		t.Errorf("%d frames were counted as dropped, want 3: all but that of channel 0", s.dropped)
	}
	if describe(s.receive(frame{descriptor{99, channel, 1234, flagData | flagEOS}, nil})) != "item() end " {
		t.Error("the answer was not taken")
	}
}

func TestAbandonedCalls(t *testing.T) {
	s := newTestSession(odd)
	_, channel := open(s, serverStreaming, "call")
	if !s.abandon(channel) {
		t.Error("a call in flight cannot be abandoned")
	}
	if s.abandon(channel) {
		t.Error("a call was abandoned twice")
	}
	for _, flags := range []uint32{flagData, flagData, flagEOS, flagData} {
		if got := describe(s.receive(frame{descriptor{0, channel, 0, flags}, nil})); got != "- " {
			t.Errorf("an abandoned call got %s", got)
		}
	}
	if len(s.stale.set) != 0 {
		t.Error("the channel is stale after the end of the stream")
	}
	// The oldest are forgotten.
	for range 10 {
		_, channel = open(s, unary, "call")
		s.abandon(channel)
	}
	if len(s.stale.set) != 3 || len(s.stale.order) != 3 {
		t.Errorf("%d channels are stale, %d in order, want 3", len(s.stale.set), len(s.stale.order))
	}
}

func TestChannelsAreNotReusedWhileTheyLive(t *testing.T) {
	s := newTestSession(odd)
	_, first := open(s, unary, "live")
	_, second := open(s, unary, "abandoned")
	s.abandon(second)
	s.calls.lastChannel = math.MaxUint32 - 2
	_, last := open(s, unary, "last")
	_, next := open(s, unary, "next")
	if first != 1 || second != 3 || last != math.MaxUint32 || next != 5 {
		t.Errorf("channels %d, %d, then %d, %d; want 1, 3, then %d, 5", first, second, last, next, uint32(math.MaxUint32))
	}
}

func TestCancelChannel(t *testing.T) {
	s := newTestSession(odd)
	b := s.appendCancel([]byte("before"), 301, cancelledByDeadline)
	f := b[len("before"):]
	le := binary.LittleEndian
	if length, channel, method, flags := le.Uint32(f), le.Uint32(f[12:]), le.Uint32(f[16:]), le.Uint32(f[36:]); length != 68 || channel != 0 || method != 3 || flags != flagControl {
		t.Errorf("length %d, channel %d, method %d, flags %#x", length, channel, method, flags)
	}
	// ControlPayload::CancelChannel { channel_id: 301, reason: DeadlineExceeded } in postcard.
	if got := hex.EncodeToString(f[headerBytes:]); got != "02ad0201" {
		t.Errorf("payload %s", got)
	}
	nudge := s.appendNudge(nil)
	if len(nudge) != 68 || le.Uint32(nudge[12:]) != 0 || le.Uint32(nudge[36:]) != flagControl {
		t.Errorf("nudge % x", nudge)
	}
}
