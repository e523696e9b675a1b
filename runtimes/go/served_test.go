package rapace

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"runtime"
	"strings"
	"testing"
)

// items returns a stream of these items, and an error at its end unless that is nil.
func items(err error, all ...string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, item := range all {
			if !yield(item, nil) {
				return
			}
		}
		if err != nil {
			yield("", err)
		}
	}
}

// plainShop answers at once, in the ways that handlers can.
func plainShop() *shop {
	return &shop{
		find: func(_ context.Context, number uint32) (string, error) {
			switch number {
			case 1:
				return "", Errorf(CodeNotFound, "no book %d", number)
			case 2:
				return "", errors.New("the password is hunter2")
			case 3:
				panic("the password is hunter2")
			case 4:
				runtime.Goexit()
			case 5:
				return "\xff", nil
			case 6:
				return strings.Repeat("x", 1000), nil
			case 7:
				return "", fmt.Errorf("asked another: %w", &Error{Code: CodeAborted, Message: "theirs", Remote: true, Method: "Other.one"})
			case 8:
				return "", &Error{Code: CodeUnavailable, Message: "dial 10.0.0.1", Method: "Other.one"}
			case 9:
				return "", &Error{}
			}
			return "book", nil
		},
		list: func(_ context.Context, number uint32) iter.Seq2[string, error] {
			switch number {
			case 1:
				return items(Errorf(CodeDataLoss, "torn"), "a", "b")
			case 2:
				return items(errors.New("hunter2"), "a")
			case 3:
				return nil
			case 5:
				return items(nil, "a", "\xff", "b")
			case 6:
				return items(nil, "a", strings.Repeat("x", 1000), "b")
			case 7:
				return func(yield func(string, error) bool) {
					defer func() { panic("in the clean-up") }()
					yield("a", nil)
				}
			}
			return items(nil, "a", "b")
		},
		remove: func(context.Context) error { return nil },
	}
}

const (
	unaryFlags  = flagData | flagEOS
	streamFlags = flagData | flagEOS | flagNoReply
)

// Each request gets its answer, whatever is wrong with it, and the connection goes on.
func TestServedRequests(t *testing.T) {
	for _, c := range []struct {
		name    string
		channel uint32
		method  uint32
		flags   uint32
		payload string
		want    []string
		log     string // a part of the log
	}{
		{"unary", 1, shopFind.ID, unaryFlags, "\x00", []string{`1 answer "\x04book"`}, ""},
		{"without its end", 1, shopFind.ID, flagData, "\x00", []string{`1 answer "\x04book"`}, ""},
		{"nothing to answer", 1, shopRemove.ID, unaryFlags, "", []string{`1 answer ""`}, ""},
		{"stream", 1, shopList.ID, streamFlags, "\x00", []string{`1 item "\x01a"`, `1 item "\x01b"`, `1 end ""`}, ""},
		{"on channel 0", 0, shopFind.ID, unaryFlags, "\x00", []string{`0 answer "\x04book"`}, ""},
		{"error on channel 0", 0, shopFind.ID, unaryFlags, "\x01", []string{`0 error NotFound: no book 1`}, ""},
		{"status", 1, shopFind.ID, unaryFlags, "\x01", []string{`1 error NotFound: no book 1`}, ""},
		{"error", 1, shopFind.ID, unaryFlags, "\x02", []string{`1 error Internal: Shop.find failed`}, "hunter2"},
		{"panic", 1, shopFind.ID, unaryFlags, "\x03", []string{`1 error Internal: Shop.find failed`}, "plainShop"},
		{"end of the goroutine", 1, shopFind.ID, unaryFlags, "\x04", []string{`1 error Internal: Shop.find failed`}, "ended its goroutine"},
		{"not UTF-8", 1, shopFind.ID, unaryFlags, "\x05", []string{`1 error Internal: the answer of Shop.find cannot be sent`}, "the string is not valid UTF-8"},
		{"too long", 1, shopFind.ID, unaryFlags, "\x06", []string{`1 error ResourceExhausted: frame length 1066 of the answer exceeds the limit of 512 bytes`}, ""},
		{"an error of another peer", 1, shopFind.ID, unaryFlags, "\x07", []string{`1 error Aborted: theirs`}, ""},
		{"an error of a call of ours", 1, shopFind.ID, unaryFlags, "\x08", []string{`1 error Internal: Shop.find failed`}, "10.0.0.1"},
		{"an error with the code Ok", 1, shopFind.ID, unaryFlags, "\x09", []string{`1 error Internal: Shop.find failed`}, "handler failed"},
		{"stream with a status", 1, shopList.ID, streamFlags, "\x01", []string{`1 item "\x01a"`, `1 item "\x01b"`, `1 error DataLoss: torn`}, ""},
		{"stream with an error", 1, shopList.ID, streamFlags, "\x02", []string{`1 item "\x01a"`, `1 error Internal: Shop.list failed`}, "hunter2"},
		{"no stream", 1, shopList.ID, streamFlags, "\x03", []string{`1 error Internal: Shop.list failed`}, "nil pointer"},
		{"item that is not UTF-8", 1, shopList.ID, streamFlags, "\x05", []string{`1 item "\x01a"`, `1 error Internal: the answer of Shop.list cannot be sent`}, "not valid UTF-8"},
		{"item that is too long", 1, shopList.ID, streamFlags, "\x06", []string{`1 item "\x01a"`, `1 error ResourceExhausted: frame length 1066 of the answer exceeds the limit of 512 bytes`}, ""},
		{"panic in a stream's clean-up", 1, shopList.ID, streamFlags, "\x07", []string{`1 item "\x01a"`, `1 error Internal: Shop.list failed`}, "in the clean-up"},
		{"unknown method", 1, 0xabc, unaryFlags, "\x00", []string{`1 error Unimplemented: no method has the id 0x00000abc; services here: Shop`}, ""},
		{"no arguments", 1, shopFind.ID, unaryFlags, "", []string{`1 error InvalidArgument: cannot read the arguments of Shop.find: number: the payload ends within the value (at byte 0)`}, ""},
		{"too many arguments", 1, shopFind.ID, unaryFlags, "\x00\x00\x00", []string{`1 error InvalidArgument: cannot read the arguments of Shop.find: 2 bytes are left after the value (at byte 1)`}, ""},
		{"arguments for none", 1, shopRemove.ID, unaryFlags, "\x00", []string{`1 error InvalidArgument: cannot read the arguments of Shop.remove: 1 bytes are left after the value (at byte 0)`}, ""},
		{"wrong argument of a stream", 1, shopList.ID, streamFlags, "\xff\xff\xff\xff\xff", []string{`1 error InvalidArgument: cannot read the arguments of Shop.list: number: the varint exceeds its type, whose longest form has 5 bytes (at byte 0)`}, ""},
		{"stream called as unary", 1, shopList.ID, unaryFlags, "\x00", []string{`1 error InvalidArgument: streaming request missing NO_REPLY flag`}, ""},
		{"unary called as stream", 1, shopFind.ID, streamFlags, "\x00", []string{`1 error InvalidArgument: Shop.find answers once; it was called as a stream`}, ""},
		{"our parity", 2, shopFind.ID, unaryFlags, "\x00", []string{`2 error FailedPrecondition: channel 2 belongs to this side: the peer must open odd channels`}, ""},
		{"notification", 0, shopRemove.ID, streamFlags, "", nil, ""},
		{"notification with an error", 0, shopFind.ID, streamFlags, "\x01", nil, "no book 1"},
		{"notification with wrong arguments", 0, shopFind.ID, streamFlags, "", nil, "cannot read the arguments of Shop.find"},
		{"stream as a notification", 0, shopList.ID, streamFlags, "\x00", nil, "Shop.list answers with a stream; it was called as a notification"},
		{"notification of an unknown method", 0, 0xabc, streamFlags, "", nil, "no method has the id 0x00000abc"},
		{"no method", 1, 0, unaryFlags, "\x00", nil, ""},
		{"no data", 1, shopFind.ID, flagEOS, "", nil, ""},
		{"control", 1, shopFind.ID, flagControl | flagData, "\x00", nil, ""},
		{"method 0 on channel 0", 0, 0, unaryFlags, "\x00", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := playClient(t, "tcp", plainShop(), WithLimits(Limits{MaxFrameBytes: 512}))
			h.request(c.channel, c.method, c.flags, c.payload)
			h.want(c.want...)
			h.request(99, shopFind.ID, unaryFlags, "\x00")
			h.want(`99 answer "\x04book"`)
			until(t, "it is in the log", func() bool { return strings.Contains(h.logs.String(), c.log) })
			if got := h.host.Stats(); got != (HostStats{Connections: 1}) {
				until(t, "nothing runs", func() bool { return h.host.Stats().Serving == 0 })
			}
		})
	}
}

// The texts of errors travel only if the host was told so.
func TestServedErrorTexts(t *testing.T) {
	h := playClient(t, "tcp", plainShop(), WithErrorTexts())
	h.request(1, shopFind.ID, unaryFlags, "\x02")
	h.want("1 error Internal: Shop.find failed: the password is hunter2")
	h.request(1, shopFind.ID, unaryFlags, "\x03")
	h.want("1 error Internal: Shop.find failed: panic: the password is hunter2")
	h.request(1, shopFind.ID, unaryFlags, "\x05")
	h.want("1 error Internal: the answer of Shop.find cannot be sent")
}

// waitingShop answers when a test says so.
type waitingShop struct {
	shop
	begun  chan uint32
	ended  chan error  // the causes of the contexts of find that are done
	answer chan string // what find answers
}

func newWaitingShop() *waitingShop {
	w := &waitingShop{begun: make(chan uint32, 100), ended: make(chan error, 100), answer: make(chan string)}
	w.find = func(ctx context.Context, number uint32) (string, error) {
		w.begun <- number
		select {
		case answer := <-w.answer:
			return answer, nil
		case <-ctx.Done():
			w.ended <- context.Cause(ctx)
			return "late", ctx.Err()
		}
	}
	w.list = func(ctx context.Context, number uint32) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			w.begun <- number
			defer func() { w.ended <- context.Cause(ctx) }()
			for {
				if !yield("item", nil) {
					return
				}
				select {
				case <-w.answer:
				case <-ctx.Done():
				}
			}
		}
	}
	w.remove = func(context.Context) error { return nil }
	return w
}

func wantCause(t *testing.T, got error, want string) {
	t.Helper()
	if got == nil || !strings.Contains(got.Error(), want) {
		t.Errorf("the cause is %v, want %q", got, want)
	}
}

// CancelChannel reaches the handler, and the caller gets its error at once.
func TestServedCallsAreCancelled(t *testing.T) {
	w := newWaitingShop()
	h := playClient(t, "tcp", &w.shop)
	h.request(1, shopFind.ID, unaryFlags, "\x01")
	h.request(3, shopFind.ID, unaryFlags, "\x02")
	<-w.begun
	<-w.begun
	h.cancel(1)
	h.want("1 error Cancelled: cancelled")
	wantCause(t, <-w.ended, "the peer cancelled the call")
	// The channel can be used again, and the other call was left alone.
	h.request(1, shopFind.ID, unaryFlags, "\x03")
	<-w.begun
	w.answer <- "x"
	w.answer <- "x"
	got := []string{h.answer(), h.answer()}
	if joined := strings.Join(got, "; "); !strings.Contains(joined, `1 answer "\x01x"`) || !strings.Contains(joined, `3 answer "\x01x"`) {
		t.Errorf("%q", got)
	}
	// Neither what has ended nor what never began can be cancelled, nor by frames that are malformed.
	h.cancel(1)
	h.cancel(77)
	for _, payload := range []string{"", "\x02", "\x02\x05", "\x02\xff\xff\xff\xff\xff\xff", "\x01\x05\x00", "\x02\x05\x00\x00"} {
		h.request(5, shopFind.ID, unaryFlags, "\x01")
		<-w.begun
		h.request(0, controlCancelChannel, flagControl, payload)
		w.answer <- "y"
		h.want(`5 answer "\x01y"`)
	}
}

// After cancellation a stream's yield returns false.
func TestServedStreamsAreCancelled(t *testing.T) {
	w := newWaitingShop()
	h := playClient(t, "tcp", &w.shop)
	h.request(1, shopList.ID, streamFlags, "\x01")
	h.want(`1 item "\x04item"`)
	w.answer <- ""
	h.want(`1 item "\x04item"`)
	h.cancel(1)
	h.want("1 error Cancelled: cancelled")
	wantCause(t, <-w.ended, "the peer cancelled the call")
	until(t, "nothing runs", func() bool { return h.host.Stats().Serving == 0 })
}

// A generator that yields after cancellation harms nobody but itself.
func TestServedStreamThatYieldsAfterCancellation(t *testing.T) {
	s := plainShop()
	done := make(chan bool)
	s.list = func(ctx context.Context, _ uint32) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			yield("a", nil)
			<-ctx.Done()
			defer close(done)
			yield("b", nil)
			yield("c", nil)
		}
	}
	h := playClient(t, "tcp", s)
	h.request(1, shopList.ID, streamFlags, "\x01")
	h.want(`1 item "\x01a"`)
	h.cancel(1)
	h.want("1 error Cancelled: cancelled")
	<-done
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	h.want(`1 answer "\x04book"`)
	until(t, "the panic is in the log", func() bool { return strings.Contains(h.logs.String(), "range function continued iteration") })
}

// A second request on a channel ends the first call, and fails itself, with one error. Other calls go on.
func TestServedChannelIsUsedTwice(t *testing.T) {
	w := newWaitingShop()
	h := playClient(t, "tcp", &w.shop)
	h.request(1, shopFind.ID, unaryFlags, "\x01")
	h.request(3, shopFind.ID, unaryFlags, "\x02")
	<-w.begun
	<-w.begun
	h.request(1, shopFind.ID, unaryFlags, "\x03")
	h.want("1 error FailedPrecondition: channel 1 carries a call already")
	wantCause(t, <-w.ended, "cancelled")
	w.answer <- "x"
	h.want(`3 answer "\x01x"`)
	if got := len(w.begun); got != 0 {
		t.Errorf("%d more calls have begun", got)
	}
	// On channel 0 several calls run at once.
	h.request(0, shopFind.ID, unaryFlags, "\x04")
	h.request(0, shopFind.ID, unaryFlags, "\x05")
	<-w.begun
	<-w.begun
	w.answer <- "y"
	w.answer <- "y"
	h.want(`0 answer "\x01y"`, `0 answer "\x01y"`)
}

// What follows a request on its channel before the end is no other request.
func TestServedRequestInParts(t *testing.T) {
	h := playClient(t, "tcp", plainShop())
	h.request(1, shopFind.ID, flagData, "\x00")
	h.want(`1 answer "\x04book"`)
	h.request(1, shopFind.ID, flagData, "\x00")
	h.request(1, 0, flagData, "more")
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	h.want(`1 answer "\x04book"`)
	h.request(3, shopFind.ID, unaryFlags, "\x01")
	h.want("3 error NotFound: no book 1")
}

// The end of the connection cancels all calls on it.
func TestServedCallsEndWithTheConnection(t *testing.T) {
	w := newWaitingShop()
	h := playClient(t, "tcp", &w.shop)
	for channel := range uint32(3) {
		h.request(2*channel+1, shopFind.ID, unaryFlags, "\x01")
		<-w.begun
	}
	_ = h.socket.Close()
	for range 3 {
		wantCause(t, <-w.ended, "the server closed the connection")
	}
	if err := <-h.ended; err != nil {
		t.Error(err)
	}
	if got := h.host.Stats(); got != (HostStats{}) {
		t.Errorf("%+v", got)
	}
}

// What was read before the writer ended the wire is not served: nobody would cancel it.
func TestNothingIsServedOnAWireThatHasEnded(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	conn := NewConn(near, WithHandlers(serveShop(plainShop())))
	defer conn.Close()
	w := conn.only
	w.fail(lost(net.ErrClosed))
	frames := frameReader{max: w.limits.MaxFrameBytes}
	n := copy(frames.space(), frameOf(2, shopFind.ID, flagData|flagEOS, "\x01"))
	frames.advance(n)
	var got delivery
	if _, _, err := w.deliver(&frames, &got); err == nil {
		t.Error("a wire that has ended takes frames")
	}
	if len(got.begun) != 0 || w.serving.calls != 0 {
		t.Errorf("%d calls begin, %d run", len(got.begun), w.serving.calls)
	}
}

// An answer that fills the longest frame of the default limit is sent, and one more byte is an error.
func TestServedAnswersUpToTheDefaultLimit(t *testing.T) {
	const most = defaultMaxFrameBytes - descriptorBytes - 4 // a string of this length has four bytes of length
	s := plainShop()
	s.find = func(_ context.Context, more uint32) (string, error) {
		return strings.Repeat("x", most+int(more)), nil
	}
	h := playClient(t, "tcp", s)
	h.request(1, shopFind.ID, unaryFlags, "\x01")
	h.want("1 error ResourceExhausted: frame length 16777217 of the answer exceeds the limit of 16777216 bytes")
	h.request(3, shopFind.ID, unaryFlags, "\x00")
	if f := h.peer.receive(); f.channel != 3 || f.flags != unaryFlags || len(f.payload) != most+4 {
		t.Errorf("channel %d, flags %#x, %d bytes", f.channel, f.flags, len(f.payload))
	}
}

// The limits of served calls hold before anything is decoded, and are of the connection.
func TestServedLimits(t *testing.T) {
	w := newWaitingShop()
	h := playClient(t, "tcp", &w.shop, WithLimits(Limits{MaxServedCalls: 2, MaxServedBytes: 10}))
	h.request(1, shopFind.ID, unaryFlags, "\x80\x80\x80\x80\x00") // 5 bytes
	h.request(3, shopFind.ID, unaryFlags, "\x80\x80\x80\x80\x00\x00")
	h.want("3 error ResourceExhausted: requests of 5 bytes run on this connection already, the limit is 10")
	h.request(3, shopFind.ID, unaryFlags, "\x80\x80\x80\x80\x00")
	<-w.begun
	<-w.begun
	h.request(5, shopFind.ID, unaryFlags, "not decoded")
	h.want("5 error ResourceExhausted: 2 calls run on this connection already")
	// A notification counts too, and its caller does not learn of it.
	h.request(0, shopFind.ID, streamFlags, "\x00")
	until(t, "it is refused", func() bool {
		return strings.Contains(h.logs.String(), `level=WARN msg="refused a call of the peer: method 0x00000101, 2 calls run`)
	})
	w.answer <- "x"
	w.answer <- "x"
	h.answer()
	h.answer()
	// A request alone always runs: this one is longer than the limit, and wrong.
	until(t, "nothing runs", func() bool { return h.host.Stats().Serving == 0 })
	h.request(5, shopFind.ID, unaryFlags, strings.Repeat("\x00", 100))
	h.want("5 error InvalidArgument: cannot read the arguments of Shop.find: 99 bytes are left after the value (at byte 1)")
}

// A call that is cancelled counts until its handler has returned, so that a peer cannot begin more and more of them.
func TestServedCallsThatIgnoreCancellationCount(t *testing.T) {
	s := plainShop()
	begun, release := make(chan bool), make(chan bool)
	s.find = func(context.Context, uint32) (string, error) {
		begun <- true
		<-release
		return "late", nil
	}
	h := playClient(t, "tcp", s, WithLimits(Limits{MaxServedCalls: 1}))
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	<-begun
	h.cancel(1)
	h.want("1 error Cancelled: cancelled")
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	h.want("1 error ResourceExhausted: 1 calls run on this connection already")
	release <- true
	until(t, "nothing runs", func() bool { return h.host.Stats().Serving == 0 })
	h.request(1, shopRemove.ID, unaryFlags, "")
	h.want(`1 answer ""`)
}
