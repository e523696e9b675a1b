package rapace

import (
	"encoding/binary"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// A peer that calls this side learns at once that nothing is served here, while calls of this side go on.
func TestReportAPeersCallIsRefused(t *testing.T) {
	var log logs
	conn, peer := connect(t, "tcp", WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	wait := inBackground(t, func() {
		if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
			t.Errorf("%d, %v", got, err)
		}
	})
	call := peer.receive()
	request := func(channel, method, flags uint32) {
		t.Helper()
		if _, err := peer.socket.Write(frameOf(channel, method, flags, "\x07")); err != nil {
			t.Fatal(err)
		}
	}
	for _, request := range []struct{ channel, flags uint32 }{
		{2, flagData | flagEOS}, {4, flagData | flagEOS | flagNoReply}, {6, flagData}, {2, flagData | flagEOS},
	} {
		if _, err := peer.socket.Write(frameOf(request.channel, 0xabc, request.flags, "\x07")); err != nil {
			t.Fatal(err)
		}
		f := peer.receive()
		le := binary.LittleEndian
		if f.channel != request.channel || f.method != 0 || f.flags != flagError|flagEOS || le.Uint32(f.payload) != uint32(CodeUnimplemented) {
			t.Errorf("channel %d is answered with %+v", request.channel, f)
		}
		if got := string(f.payload[8:]); got != "this client serves no methods" || int(le.Uint32(f.payload[4:])) != len(got) {
			t.Errorf("the peer reads %q", got)
		}
	}
	// These are no calls of the peer's: the rest of a request, odd channels, tunnels, control frames, channel 0.
	request(6, 0xabc, flagData|flagEOS)
	request(99, 0xabc, flagData|flagEOS)
	request(8, 0, flagData)
	request(10, 0xabc, flagEOS)
	request(12, 0xabc, flagControl|flagData)
	request(0, 0xabc, flagData|flagEOS)
	peer.send(call.channel, flagData|flagEOS, string(call.payload))
	wait()
	tunnel, err := conn.OpenTunnel(8)
	if err != nil {
		t.Fatal(err)
	}
	request(8, 0xabc, flagData)
	for range 2 {
		if n, err := tunnel.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("the tunnel: %d, %v", n, err)
		}
	}
	tunnel.Close()
	if f := peer.receive(); f.channel != 8 || f.flags != flagData|flagEOS {
		t.Errorf("%+v is not the tunnel's end", f)
	}
	const line = `level=WARN msg="refused a call of the peer: method 0x00000abc, no handler"`
	if got := strings.Count(log.String(), line); got != 4 {
		t.Errorf("%d refusals are in the log, want 4:\n%s", got, log.String())
	}
}

// A peer that calls and does not read takes no memory.
func TestReportRefusalsThatNobodyReadsAreBounded(t *testing.T) {
	conn, peer := connect(t, "pipe", WithLimits(Limits{MaxUnsentBytes: 1000}))
	for channel := uint32(2); channel < 2000; channel += 2 {
		if _, err := peer.socket.Write(frameOf(channel, 7, flagData|flagEOS, "")); err != nil {
			t.Fatal(err)
		}
	}
	conn.only.mu.Lock()
	defer conn.only.mu.Unlock()
	if got := len(conn.only.unsent); got > 1200 {
		t.Errorf("%d bytes wait", got)
	}
}

// A peer that makes refused calls again and again does not fill a log.
func TestReportFewRefusalsAreLogged(t *testing.T) {
	var log logs
	_, peer := connect(t, "pipe", WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	for channel := range uint32(3 * loggedRefusals) {
		if _, err := peer.socket.Write(frameOf(2+2*channel, 7, flagData|flagEOS, "")); err != nil {
			t.Fatal(err)
		}
		peer.receive()
	}
	const line = `level=WARN msg="refused a call of the peer: method 0x00000007, no handler"`
	logged := strings.Split(strings.TrimSpace(log.String()), "\n")
	if got := strings.Count(log.String(), line); got != loggedRefusals || len(logged) != loggedRefusals+2 {
		t.Errorf("%d refusals are in the log of %d lines, want %d between the first line and the last:\n%s", got, len(logged), loggedRefusals, log.String())
	}
	if last := logged[len(logged)-1]; !strings.HasSuffix(last, `level=WARN msg="`+moreRefusals+`"`) {
		t.Errorf("the last line is %s", last)
	}
}

// A subscription may be quiet for longer than any call may take.
func TestReportAQuietStreamLives(t *testing.T) {
	conn, peer := connect(t, "tcp")
	go func() {
		channel := peer.receive().channel
		time.Sleep(300 * time.Millisecond)
		peer.send(channel, flagData, "\x05")
		time.Sleep(300 * time.Millisecond)
		peer.send(channel, flagEOS, "")
	}()
	items := 0
	for _, err := range count(t.Context(), NewClient(conn, WithTimeout(20*time.Millisecond))) {
		if err != nil {
			t.Fatal(err)
		}
		items++
	}
	if items != 1 {
		t.Errorf("%d items", items)
	}
}

// What a peer says can neither forge a line of a log, nor steer a terminal, nor fill memory.
func TestReportTextsOfThePeerAreQuoted(t *testing.T) {
	long := strings.Repeat("x", quotedBytes)
	for text, want := range map[string]string{
		"plain, \"quoted\" ünïcödé 語": "plain, \"quoted\" ünïcödé 語",
		"a\nb\r\nc\td\u2028e\u0085f":  "a b  c d e f",
		"\x1b[31mred\x00\x7f\u009b":   "\ufffd[31mred\ufffd\ufffd\ufffd",
		"\u202eabc\u2066\u200f\u061c": "\ufffdabc\ufffd\ufffd\ufffd",
		"\xff\xfe":                    "\ufffd\ufffd",
		long:                          long,
		long + "y":                    long[:quotedBytes-3] + "...",
		strings.Repeat("語", 400):      strings.Repeat("語", 340) + "...",
		strings.Repeat("\n", 1<<20):   strings.Repeat(" ", quotedBytes-3) + "...",
		strings.Repeat("\x00", 1<<20): strings.Repeat("\ufffd", 340) + "...",
	} {
		if got := quoteBytes([]byte(text)); got != want || len(got) > quotedBytes || !utf8.ValidString(got) {
			t.Errorf("%.40q became %.80q of %d bytes, want %.80q", text, got, len(got), want)
		}
	}
	conn, peer := connect(t, "tcp")
	message := "no\n\x1b[2Jsuch " + strings.Repeat("z", 1<<20)
	go func() {
		payload := binary.LittleEndian.AppendUint32(nil, uint32(CodeNotFound))
		payload = binary.LittleEndian.AppendUint32(payload, uint32(len(message)))
		peer.send(peer.receive().channel, flagError|flagEOS, string(payload)+message)
	}()
	_, err := echo(t.Context(), NewClient(conn), 1)
	wantError(t, err, CodeNotFound, "NotFound: no \ufffd[2Jsuch zzz")
	if got := err.(*Error).Message; len(got) != quotedBytes || !strings.HasSuffix(got, "z...") {
		t.Errorf("the message has %d bytes", len(got))
	}
	// The keys of a map are the peer's too.
	err = InKey(&DecodeError{}, "a\n"+message)
	if text := err.Error(); strings.ContainsAny(text, "\n\x1b") || len(text) > quotedBytes+100 {
		t.Errorf("the path has %d bytes: %.80q", len(text), text)
	}
}

func TestReportTimesAreRounded(t *testing.T) {
	for timeout, want := range map[time.Duration]string{
		14_647_485: "14.6ms", 30 * time.Second: "30s", 1: "1ns", 1_234_567_891: "1.23s", 3_723_456_000_000: "1h2m3s", 999_999: "1ms",
	} {
		if got := rounded(timeout).String(); got != want {
			t.Errorf("%v is shown as %v, want %v", timeout, got, want)
		}
	}
}
