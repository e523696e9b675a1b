package rapace

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// peer is the server's end of a connection, played frame by frame.
type peer struct {
	t      *testing.T
	socket net.Conn
	frames frameReader
	quiet  bool // whether the end of the connection is nothing to report
}

// connect returns a connection and its peer, joined by a TCP socket or, for the network pipe, in memory.
func connect(t *testing.T, network string, options ...ConnOption) (*Conn, *peer) {
	t.Helper()
	var client, server net.Conn
	if network == "pipe" {
		client, server = net.Pipe()
	} else {
		listener, err := net.Listen(network, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		if client, err = net.Dial(network, listener.Addr().String()); err != nil {
			t.Fatal(err)
		}
		if server, err = listener.Accept(); err != nil {
			t.Fatal(err)
		}
	}
	conn := NewConn(client, options...)
	t.Cleanup(func() { conn.Close(); server.Close() })
	return conn, &peer{t: t, socket: server, frames: frameReader{max: 64 << 20}}
}

// receive returns the next frame that is not a nudge.
func (p *peer) receive() frame {
	p.t.Helper()
	for {
		f, ok, err := p.frames.next()
		if err != nil {
			p.t.Error(err)
			return frame{}
		}
		if ok {
			if f.flags == flagControl && f.method == controlPing {
				continue
			}
			f.payload = []byte(string(f.payload))
			return f
		}
		n, err := p.socket.Read(p.frames.space())
		p.frames.advance(n)
		if err != nil {
			if !p.quiet {
				p.t.Error("the peer cannot read:", err)
			}
			return frame{}
		}
	}
}

func (p *peer) send(channel, flags uint32, payload string) {
	p.t.Helper()
	if _, err := p.socket.Write(frameOf(channel, 0, flags, payload)); err != nil && !p.quiet {
		p.t.Error("the peer cannot write:", err)
	}
}

// serve answers unary requests with their own payload, until the connection ends.
func (p *peer) serve() {
	for {
		f, ok, err := p.frames.next()
		if err != nil {
			return
		}
		if ok {
			if f.flags&flagControl == 0 {
				if _, err := p.socket.Write(frameOf(f.channel, 0, flagData|flagEOS, string(f.payload))); err != nil {
					return
				}
			}
			continue
		}
		n, err := p.socket.Read(p.frames.space())
		p.frames.advance(n)
		if err != nil {
			return
		}
	}
}

var echoMethod = Method{Name: "Echo.echo", ID: 7}

// echo calls a method that takes and returns a u32.
func echo(ctx context.Context, client *Client, value uint32) (uint32, error) {
	return Call(ctx, client, &echoMethod, func(e *Encoder) error {
		e.U32(value)
		return nil
	}, decodeU32)
}

func count(ctx context.Context, client *Client) iter.Seq2[uint32, error] {
	return Stream(ctx, client, &Method{Name: "Echo.count", ID: 8}, nil, decodeU32)
}

func decodeU32(d *Decoder, v *uint32) (err error) {
	*v, err = d.U32()
	return err
}

// inBackground runs a function and returns what waits for its end, for some seconds at most.
func inBackground(t *testing.T, f func()) (wait func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	return func() {
		t.Helper()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			stacks := make([]byte, 1<<16)
			t.Fatalf("still running after 10 s:\n%s", stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func wantError(t *testing.T, err error, code Code, text string) {
	t.Helper()
	if CodeOf(err) != code || err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want %v and %q", err, code, text)
	}
}

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
		test.want.Remote, test.want.Method = true, "Echo.echo"
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
	if len(conn.only.session.live) != 0 || len(conn.only.session.tombstones) != 0 {
		t.Errorf("%d calls, %d tombstones are left", len(conn.only.session.live), len(conn.only.session.tombstones))
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

func TestCancelAndTimeout(t *testing.T) {
	conn, peer := connect(t, "tcp")
	client := NewClient(conn, WithTimeout(20*time.Millisecond))
	cause := errors.New("the cause")
	cancelled := func() context.Context {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(20*time.Millisecond, func() { cancel(cause) })
		return ctx
	}
	soon := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	for _, test := range []struct {
		ctx    func() context.Context
		client *Client
		code   Code
		is     []error
		reason cancelReason
	}{
		{cancelled, NewClient(conn), CodeCancelled, []error{context.Canceled, cause}, cancelledByClient},
		{soon, NewClient(conn), CodeDeadlineExceeded, []error{context.DeadlineExceeded}, cancelledByDeadline},
		{t.Context, client, CodeDeadlineExceeded, []error{context.DeadlineExceeded}, cancelledByDeadline},
	} {
		var channel uint32
		wait := inBackground(t, func() {
			channel = peer.receive().channel
			if f := peer.receive(); f.method != controlCancelChannel || f.payload[2] != byte(test.reason) {
				t.Errorf("method %d, payload % x, want CancelChannel", f.method, f.payload)
			}
		})
		_, err := echo(test.ctx(), test.client, 1)
		for _, is := range test.is {
			if !errors.Is(err, is) {
				t.Errorf("error %v is not %v", err, is)
			}
		}
		var failed *Error
		if !errors.As(err, &failed) || failed.Code != test.code || failed.Remote || failed.Method != "Echo.echo" {
			t.Errorf("error %#v", err)
		}
		wait()
		// The late answer is nobody's; the next call gets its own.
		wait = inBackground(t, func() {
			next := peer.receive()
			peer.send(channel, flagData|flagEOS, "\x63")
			peer.send(next.channel, flagData|flagEOS, string(next.payload))
		})
		if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
			t.Errorf("the next call: %d, %v", got, err)
		}
		wait()
	}
}

// A peer that does not read holds up no call beyond its time, and leaves no half frame in the way of the next ones.
func TestPeerThatDoesNotRead(t *testing.T) {
	conn, peer := connect(t, "pipe", WithLimits(Limits{MaxUnsentBytes: 10_000}))
	client := NewClient(conn, WithTimeout(50*time.Millisecond))
	start := time.Now()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := Call(t.Context(), client, &echoMethod, func(e *Encoder) error {
				e.Bytes(make([]byte, 3000))
				return nil
			}, decodeU32)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		})
	}
	group.Wait()
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the calls took %v", took)
	}
	conn.only.mu.Lock()
	if len(conn.only.unsent) > 10_000 {
		t.Errorf("%d bytes wait to be sent", len(conn.only.unsent))
	}
	conn.only.mu.Unlock()
	go peer.serve()
	if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

func TestConnectionLoss(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(peer *peer, channel uint32)
		is   error
		text string
	}{
		{"closed", func(p *peer, _ uint32) { p.socket.Close() }, io.ErrUnexpectedEOF, "the server closed the connection"},
		{"closed within a frame", func(p *peer, _ uint32) {
			_, _ = p.socket.Write([]byte("\x40\x00"))
			p.socket.Close()
		}, io.ErrUnexpectedEOF, "connection lost"},
		{"frame too short", func(p *peer, _ uint32) { _, _ = p.socket.Write([]byte("\x3f\x00\x00\x00")) }, nil, "frame length 63"},
		{"frame too long", func(p *peer, _ uint32) { _, _ = p.socket.Write([]byte("\xff\xff\xff\xff")) }, nil, "exceeds the limit of 16777216 bytes"},
	} {
		conn, peer := connect(t, "tcp")
		client := NewClient(conn)
		var group sync.WaitGroup
		check := func(err error) {
			wantError(t, err, CodeUnavailable, test.text)
			var protocol *ProtocolError
			if test.is != nil && !errors.Is(err, test.is) || test.is == nil && !errors.As(err, &protocol) {
				t.Errorf("%s: error %v has another cause", test.name, err)
			}
		}
		for range 10 {
			group.Go(func() {
				_, err := echo(t.Context(), client, 1)
				check(err)
			})
		}
		group.Go(func() {
			items := 0
			var last error
			for _, err := range count(t.Context(), client) {
				if last = err; err == nil {
					items++
				}
			}
			// A cut stream never ends as if it were complete.
			check(last)
			if items != 1 {
				t.Errorf("%s: %d items", test.name, items)
			}
		})
		for range 11 {
			if f := peer.receive(); f.flags&flagNoReply != 0 {
				peer.send(f.channel, flagData, "\x01")
			}
		}
		test.end(peer, 1)
		wait := inBackground(t, group.Wait)
		wait()
		_, err := echo(t.Context(), client, 1)
		check(err)
		for _, err := range count(t.Context(), client) {
			check(err)
		}
	}
}

func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		conn, peer := connect(t, "tcp")
		client := NewClient(conn)
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				_, err := echo(context.Background(), client, 1)
				wantError(t, err, CodeUnavailable, "connection closed")
				if !errors.Is(err, ErrClosed) {
					t.Errorf("error %v is not ErrClosed", err)
				}
			})
			group.Go(func() {
				for _, err := range count(context.Background(), client) {
					if !errors.Is(err, ErrClosed) {
						t.Errorf("error %v is not ErrClosed", err)
					}
				}
			})
		}
		for range 10 {
			peer.receive()
		}
		for range 3 {
			group.Go(func() { conn.Close() })
		}
		wait := inBackground(t, group.Wait)
		wait()
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if _, err := echo(context.Background(), client, 1); !errors.Is(err, ErrClosed) {
			t.Errorf("a later call: %v", err)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

// What the socket does not take is unsent as much as what waits for it. A call waits while there is too much of both,
// however small it is; otherwise it is sent, however large it is.
func TestUnsentBytes(t *testing.T) {
	conn, peer := connect(t, "pipe", WithLimits(Limits{MaxUnsentBytes: 10_000}))
	opened := func() int {
		conn.only.mu.Lock()
		defer conn.only.mu.Unlock()
		return len(conn.only.session.live)
	}
	var group sync.WaitGroup
	call := func(bytes int) {
		want := opened() + 1
		group.Go(func() {
			_, err := Call(t.Context(), NewClient(conn), &echoMethod, func(e *Encoder) error {
				e.Raw(make([]byte, bytes))
				return nil
			}, decodeU32)
			if CodeOf(err) != CodeInternal {
				t.Errorf("error %v, want one of trailing bytes", err)
			}
		})
		for opened() != want {
			runtime.Gosched()
		}
	}
	call(6_000)
	call(9_000)
	_, err := echo(t.Context(), NewClient(conn, WithTimeout(30*time.Millisecond)), 1)
	wantError(t, err, CodeDeadlineExceeded, "")
	if got := opened(); got != 2 || conn.only.session.lastMessage != 2 {
		t.Errorf("%d calls were opened, %d frames made, want 2", got, conn.only.session.lastMessage)
	}
	go peer.serve()
	group.Wait()
	if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

// One long stream must not hold its memory for good.
func TestBuffersOfAReleasedCallAreBounded(t *testing.T) {
	conn, _ := connect(t, "pipe")
	x := begin(serverStreaming, &echoMethod, NewClient(conn))
	for range 1 << 17 {
		x.put(nil)
	}
	x.release()
	if got := cap(x.inbox.ends); got > keepItems {
		t.Errorf("room for %d items is kept", got)
	}
}

func TestCloseDoesNotWaitForAPeerThatDoesNotRead(t *testing.T) {
	conn, _ := connect(t, "pipe")
	client := NewClient(conn, WithTimeout(10*time.Millisecond))
	_, _ = echo(t.Context(), client, 1)
	wait := inBackground(t, func() { conn.Close() })
	wait()
}

// A frame's length has 32 bits, and is an int here.
func TestGreatestFrameLimit(t *testing.T) {
	limits := Limits{MaxFrameBytes: math.MaxInt}.withDefaults()
	if got := limits.MaxFrameBytes + lengthBytes; got < 0 || got > math.MaxInt32 {
		t.Errorf("the greatest frame limit is %d bytes", limits.MaxFrameBytes)
	}
}

func TestDial(t *testing.T) {
	for _, address := range []string{"", "127.0.0.1:1", "http://127.0.0.1:1", "tcp://", "tcp://host", "tls://", "ws://", "ws://user@host", "unix://"} {
		_, err := Dial(t.Context(), address)
		wantError(t, err, CodeInvalidArgument, "is none of tcp://host:port, tls://host:port, unix:///path, ws://")
	}
	_, err := Dial(t.Context(), "unix:///nowhere/at/all")
	wantError(t, err, CodeUnavailable, "/nowhere/at/all")
	var netError *net.OpError
	if !errors.As(err, &netError) {
		t.Errorf("error %v lost its cause", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Dial(cancelled, "tcp://127.0.0.1:1")
	wantError(t, err, CodeCancelled, "")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v is not that of the context", err)
	}

	// The socket's deadline is that of the context, and can be noticed before it.
	_, err = Dial(t.Context(), "tcp://127.0.0.1:1", WithDialer(func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}))
	wantError(t, err, CodeDeadlineExceeded, "dial tcp: i/o timeout")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v is not that of the context", err)
	}

	path := t.TempDir() + "/s"
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var asked string
	conn, err := Dial(t.Context(), "unix://"+path, WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
		asked = network + " " + address
		return new(net.Dialer).DialContext(ctx, network, address)
	}))
	if err != nil || asked != "unix "+path {
		t.Fatalf("%v, the dialer was asked for %q", err, asked)
	}
	defer conn.Close()
	socket, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	go (&peer{t: t, socket: socket, frames: frameReader{max: 1 << 20}}).serve()
	if got, err := echo(t.Context(), NewClient(conn), 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
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
	if len(conn.only.session.live) != 0 {
		t.Errorf("%d calls are left", len(conn.only.session.live))
	}
}

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

// A call's time is its own, whatever others were given before it.
func TestTimeoutsOfAllLengths(t *testing.T) {
	conn, peer := connect(t, "tcp")
	go func() { _, _ = io.Copy(io.Discard, peer.socket) }()
	timeouts := []time.Duration{time.Hour, 300, 20, 150, 60, 20, 500, 90}
	start := time.Now()
	var group sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	for _, timeout := range timeouts {
		if timeout < time.Hour {
			timeout *= time.Millisecond
		}
		group.Go(func() {
			began := time.Now()
			_, err := echo(ctx, NewClient(conn, WithTimeout(timeout)), 1)
			if timeout == time.Hour {
				wantError(t, err, CodeCancelled, "")
				return
			}
			wantError(t, err, CodeDeadlineExceeded, fmt.Sprintf("no answer within %v", timeout))
			if took := time.Since(began); took < timeout || took > timeout+2*time.Second {
				t.Errorf("a timeout of %v took %v", timeout, took)
			}
		})
		time.Sleep(time.Millisecond)
	}
	for time.Since(start) < 600*time.Millisecond {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	group.Wait()
	// Nothing is left to wait for, so nothing is waited for.
	conn.only.mu.Lock()
	defer conn.only.mu.Unlock()
	if len(conn.only.session.live) != 0 {
		t.Errorf("%d calls are left", len(conn.only.session.live))
	}
}

// The time of a stream is that of each item, and does not run while the reader does something else.
func TestTimeoutOfEachItem(t *testing.T) {
	conn, peer := connect(t, "tcp")
	go func() {
		channel := peer.receive().channel
		for range 4 {
			time.Sleep(40 * time.Millisecond)
			peer.send(channel, flagData, "\x05")
		}
	}()
	items := 0
	var last error
	for item, err := range count(t.Context(), NewClient(conn, WithTimeout(100*time.Millisecond))) {
		if last = err; err != nil {
			break
		}
		if item != 5 {
			t.Errorf("item %d", item)
		}
		if items++; items == 2 {
			time.Sleep(150 * time.Millisecond)
		}
	}
	wantError(t, last, CodeDeadlineExceeded, "no answer within 100ms")
	if items != 4 {
		t.Errorf("%d items, want 4", items)
	}
}

func TestManyTimeoutsAtOnce(t *testing.T) {
	conn, peer := connect(t, "tcp")
	go func() { _, _ = io.Copy(io.Discard, peer.socket) }()
	client := NewClient(conn, WithTimeout(50*time.Millisecond))
	start := time.Now()
	var group sync.WaitGroup
	for range 10_000 {
		group.Go(func() {
			_, err := echo(t.Context(), client, 1)
			wantError(t, err, CodeDeadlineExceeded, "")
		})
	}
	group.Wait()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the calls took %v", took)
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
