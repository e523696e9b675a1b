package rapace

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCallsAreAnsweredInAnyOrder(t *testing.T) {
	for _, network := range []string{"tcp", "pipe"} {
		conn, peer := connect(t, network)
		client := NewClient(conn)
		const calls = 20
		wait := inBackground(t, func() {
			var requests []frame
			for range calls {
				requests = append(requests, peer.receive())
			}
			for i := range requests {
				f := requests[len(requests)-1-i]
				if f.flags != flagData|flagEOS || f.method != 7 {
					t.Errorf("request with flags %#x, method %d", f.flags, f.method)
				}
				// Answers for nobody: an unknown channel, channel 0, a finished one.
				peer.send(9999, flagData|flagEOS, "\x01")
				peer.send(0, flagData|flagEOS, "\x01")
				peer.send(f.channel, flagData|flagEOS, string(f.payload))
				peer.send(f.channel, flagData|flagEOS, "\x63")
			}
		})
		var group sync.WaitGroup
		for i := range uint32(calls) {
			group.Go(func() {
				if got, err := echo(t.Context(), client, i); got != i || err != nil {
					t.Errorf("call %d: %d, %v", i, got, err)
				}
			})
		}
		group.Wait()
		wait()
	}
}

func TestAnswerInPieces(t *testing.T) {
	conn, peer := connect(t, "tcp")
	wait := inBackground(t, func() {
		f := peer.receive()
		for _, b := range frameOf(f.channel, 0, flagData|flagEOS, "\x2a") {
			if _, err := peer.socket.Write([]byte{b}); err != nil {
				t.Error(err)
			}
		}
	})
	if got, err := echo(t.Context(), NewClient(conn), 1); got != 42 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	wait()
}

// The text of an error says where it comes from, and what may be the reason. The message is the server's.
func TestErrorsSayWhereAndWhy(t *testing.T) {
	conn, peer := connect(t, "tcp")
	client := NewClient(conn)
	where := " [" + peer.socket.LocalAddr().String() + "]"
	for _, c := range []struct {
		flags         uint32
		payload, want string
	}{
		{flagError, errorPayload(11, 20, "unknown method_id: 7"), "Echo.echo: Unimplemented: unknown method_id: 7 (the server does not serve Echo.echo: is it older than this client?)"},
		{flagError, errorPayload(11, 8, "Echo.ech"), "Echo.echo: Unimplemented: Echo.ech"},
		{flagData, "\xff", "Echo.echo: Internal: cannot decode: byte 1: the payload ends within the value (is this client from the api.json of the server?)"},
	} {
		wait := inBackground(t, func() { peer.send(peer.receive().channel, c.flags|flagEOS, c.payload) })
		_, err := echo(t.Context(), client, 1)
		wait()
		if err == nil || err.Error() != c.want+where {
			t.Errorf("error %v, want %s", err, c.want+where)
		}
	}
}

func TestRemoteErrors(t *testing.T) {
	conn, peer := connect(t, "tcp")
	client := NewClient(conn)
	for _, test := range []struct {
		payload string
		want    Error
	}{
		{errorPayload(4, 2, "no"), Error{Code: CodeNotFound, Message: "no"}},
		// What the server says of deadlines and cancellation is nothing of this side's.
		{errorPayload(1, 0, ""), Error{Code: CodeCancelled}},
		{errorPayload(2, 4, "late"), Error{Code: CodeDeadlineExceeded, Message: "late"}},
		{"", Error{Code: CodeInternal, Message: "malformed error frame: its payload has 0 bytes, 8 are needed"}},
	} {
		wait := inBackground(t, func() { peer.send(peer.receive().channel, flagError|flagEOS, test.payload) })
		_, err := echo(t.Context(), client, 1)
		wait()
		test.want.Remote, test.want.Method, test.want.Peer = true, "Echo.echo", peer.socket.LocalAddr().String()
		var got *Error
		if !errors.As(err, &got) || *got != test.want {
			t.Errorf("error %#v, want %#v", err, test.want)
		}
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Unwrap(err) != nil {
			t.Errorf("the remote error %v has a cause on this side", err)
		}
	}
}

func TestUndecodableAnswers(t *testing.T) {
	conn, peer := connect(t, "tcp")
	client := NewClient(conn)
	for _, test := range []struct {
		payload string
		offset  int
	}{{"", 0}, {"\xff\xff\xff\xff\x7f", 0}, {"\x01\x00", 1}} {
		wait := inBackground(t, func() { peer.send(peer.receive().channel, flagData|flagEOS, test.payload) })
		got, err := echo(t.Context(), client, 1)
		wait()
		var decode *DecodeError
		if got != 0 || !errors.As(err, &decode) || decode.Offset != test.offset || CodeOf(err) != CodeInternal {
			t.Errorf("% x: %d, %v", test.payload, got, err)
		}
	}
	// The connection lives on.
	go peer.serve()
	if got, err := echo(t.Context(), client, 7); got != 7 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

func TestTrailingBytesCanBeAllowed(t *testing.T) {
	conn, peer := connect(t, "tcp", AllowTrailingBytes())
	wait := inBackground(t, func() { peer.send(peer.receive().channel, flagData|flagEOS, "\x05\x00") })
	if got, err := echo(t.Context(), NewClient(conn), 1); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	wait()
}

func TestRefusedArgumentsSendNothing(t *testing.T) {
	conn, peer := connect(t, "tcp", WithLimits(Limits{MaxFrameBytes: 1000}))
	client := NewClient(conn)
	_, err := Call(t.Context(), client, &echoMethod, func(e *Encoder) error {
		e.U32(1)
		return InField(e.String("\xff"), "name")
	}, decodeU32)
	var refused *EncodeError
	if !errors.As(err, &refused) || refused.Path != "name" || CodeOf(err) != CodeInvalidArgument {
		t.Errorf("error %v", err)
	}
	_, err = Call(t.Context(), client, &echoMethod, func(e *Encoder) error {
		e.Bytes(make([]byte, 1000-64-1))
		return nil
	}, decodeU32)
	wantError(t, err, CodeResourceExhausted, "frame length 1001 of the request exceeds the limit of 1000 bytes")
	for _, err := range Stream(t.Context(), client, &echoMethod, func(e *Encoder) error { return e.Char(-1) }, decodeU32) {
		wantError(t, err, CodeInvalidArgument, "not a Unicode scalar value")
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = echo(done, client, 1)
	wantError(t, err, CodeCancelled, "context canceled")

	wait := inBackground(t, func() {
		f := peer.receive()
		if f.message != 1 || f.channel != 1 {
			t.Errorf("message %d on channel %d was sent before", f.message, f.channel)
		}
		peer.send(f.channel, flagData|flagEOS, "\x09")
	})
	if got, err := echo(t.Context(), client, 9); got != 9 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	wait()
}

func TestManyCallsAtOnce(t *testing.T) {
	conn, peer := connect(t, "tcp")
	go peer.serve()
	client := NewClient(conn)
	var group sync.WaitGroup
	for i := range uint32(5000) {
		group.Go(func() {
			ctx := t.Context()
			if i%10 == 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Duration(i%7)*100*time.Microsecond)
				defer cancel()
			}
			got, err := echo(ctx, client, i)
			if err == nil && got != i || err != nil && (i%10 != 0 || !errors.Is(err, context.DeadlineExceeded)) {
				t.Errorf("call %d: %d, %v", i, got, err)
			}
		})
	}
	group.Wait()
	conn.only.mu.Lock()
	defer conn.only.mu.Unlock()
	if conn.only.session.inFlight() != 0 {
		t.Errorf("%d calls are left", conn.only.session.inFlight())
	}
}

// Requests that the socket does not take at once, alone and among others, arrive whole and in order.
func TestLongRequests(t *testing.T) {
	for _, network := range []string{"tcp", "pipe"} {
		conn, peer := connect(t, network)
		go peer.serve()
		send := func(bytes int) {
			value := strings.Repeat(string(rune('a'+bytes%26)), bytes)
			got, err := Call(t.Context(), NewClient(conn), &echoMethod, func(e *Encoder) error {
				return e.String(value)
			}, func(d *Decoder, v *string) (err error) {
				*v, err = d.String()
				return err
			})
			if got != value || err != nil {
				t.Errorf("%s: %d bytes came back for %d: %v", network, len(got), bytes, err)
			}
		}
		send(8 << 20)
		var group sync.WaitGroup
		for i := range 16 {
			group.Go(func() {
				for j := range 8 {
					send(1 << (i + j) % (6 << 20))
				}
			})
		}
		group.Wait()
	}
}

func TestAllocationsOfASmallCall(t *testing.T) {
	conn, peer := connect(t, "tcp")
	go peer.serve()
	client := NewClient(conn)
	ctx := context.Background()
	call := func() {
		if got, err := echo(ctx, client, 5); got != 5 || err != nil {
			t.Errorf("%d, %v", got, err)
		}
	}
	call()
	// The peer of this test allocates as well: a buffer for each answer.
	const ofPeer = 2
	if got := testing.AllocsPerRun(1000, call); got > 3+ofPeer {
		t.Errorf("%v allocations a call, the peer's %d among them", got, ofPeer)
	} else {
		t.Logf("%v allocations a call, the peer's %d among them", got, ofPeer)
	}
}

func BenchmarkCall(b *testing.B) {
	client, server := net.Pipe()
	conn := NewConn(client)
	defer conn.Close()
	go (&peer{socket: server, frames: frameReader{max: 1 << 20}}).serve()
	c := NewClient(conn)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := echo(context.Background(), c, 5); err != nil {
			b.Fatal(err)
		}
	}
}
