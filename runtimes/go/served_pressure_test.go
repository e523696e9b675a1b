package rapace

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A stream's handler waits at its yield while the peer does not read, and memory is bounded. It goes on when the peer
// does.
func TestServedStreamWaitsForItsReader(t *testing.T) {
	const item, most, count = 10_000, 100_000, 200
	s := plainShop()
	var yielded atomic.Int64
	s.list = func(context.Context, uint32) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for range count {
				if !yield(strings.Repeat("x", item), nil) {
					return
				}
				yielded.Add(1)
			}
		}
	}
	h := playClient(t, "pipe", s, WithLimits(Limits{MaxUnsentBytes: most}))
	h.request(1, shopList.ID, streamFlags, "\x00")
	// What is being written, what may be unsent, and one item more of each.
	if got := settled(&yielded); got > 2*most/item+2 {
		t.Errorf("%d items were yielded to a peer that does not read", got)
	}
	for range count {
		if f := h.receive(); f.flags != flagData || len(f.payload) != item+2 {
			t.Fatalf("flags %#x and %d bytes", f.flags, len(f.payload))
		}
	}
	h.want(`1 end ""`)
}

// While the peer does not read, it is read from: a call is cancelled, and handlers that wait see it.
func TestServedStreamThatWaitsIsCancelled(t *testing.T) {
	s := plainShop()
	ended := make(chan bool)
	s.list = func(context.Context, uint32) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			defer close(ended)
			for yield(strings.Repeat("x", 1000), nil) {
			}
		}
	}
	h := playClient(t, "pipe", s, WithLimits(Limits{MaxUnsentBytes: 10_000}))
	h.request(1, shopList.ID, streamFlags, "\x00")
	until(t, "it waits", func() bool { return h.unsent() > 10_000 })
	h.cancel(1)
	<-ended
	until(t, "nothing runs", func() bool { return h.host.Stats().Serving == 0 })
}

// A unary answer waits before it is encoded, so that answers that nobody reads take no memory.
func TestServedAnswersWaitBeforeTheyAreEncoded(t *testing.T) {
	const calls, answer = 50, 100_000
	s := plainShop()
	var returned atomic.Int64
	s.find = func(context.Context, uint32) (string, error) {
		returned.Add(1)
		return strings.Repeat("x", answer), nil
	}
	h := playClient(t, "pipe", s, WithLimits(Limits{MaxUnsentBytes: answer}))
	for i := range uint32(calls) {
		h.request(2*i+1, shopFind.ID, unaryFlags, "\x00")
	}
	until(t, "all handlers have returned", func() bool { return returned.Load() == calls })
	// Two may have seen that there is room, and more of them where they run at the same time.
	if got := h.unsent(); got > calls*answer/2 {
		t.Errorf("%d bytes are unsent", got)
	}
	for range calls {
		if f := h.receive(); f.flags != unaryFlags || len(f.payload) != answer+3 {
			t.Fatalf("flags %#x and %d bytes", f.flags, len(f.payload))
		}
	}
}

// A peer that makes calls that are refused, and does not read, loses the connection. Its frames are read until then.
func TestServedRefusalsThatNobodyReads(t *testing.T) {
	h := playClient(t, "pipe", plainShop(), WithLimits(Limits{MaxUnsentBytes: 10_000}))
	sent := 0
	for ; sent < 10_000; sent++ {
		if _, err := h.socket.Write(frameOf(uint32(2*sent+1), 0xabc, unaryFlags, "")); err != nil {
			break
		}
	}
	err := <-h.ended
	if !errors.Is(err, errUnread) || !strings.Contains(err.Error(), "the peer does not read: ") {
		t.Errorf("%v", err)
	}
	if refusal := headerBytes + 70; sent*refusal > 4*10_000 {
		t.Errorf("%d requests were refused", sent)
	}
	if log := h.logs.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "the peer does not read") {
		t.Errorf("the log has %s", log)
	}
}

// A long answer that leaves slowly is no reason to close the connection when a request is refused meanwhile.
func TestServedRefusalDuringALongAnswer(t *testing.T) {
	s := plainShop()
	s.find = func(context.Context, uint32) (string, error) { return strings.Repeat("x", 1_000_000), nil }
	h := playClient(t, "pipe", s, WithLimits(Limits{MaxUnsentBytes: 10_000}))
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	until(t, "the answer waits", func() bool { return h.unsent() > 1_000_000 })
	h.request(3, 0xabc, unaryFlags, "")
	if f := h.receive(); len(f.payload) != 1_000_003 {
		t.Errorf("%d bytes", len(f.payload))
	}
	h.want("3 error Unimplemented: no method has the id 0x00000abc; services here: Shop")
}

// Two sides that send each other more than either reads at once do not wait for each other.
func TestServedStreamsBothWays(t *testing.T) {
	const count = 2000
	s := plainShop()
	s.list = func(context.Context, uint32) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for range count {
				if !yield(strings.Repeat("x", 1000), nil) {
					return
				}
			}
		}
	}
	limits := WithLimits(Limits{MaxUnsentBytes: 10_000, StreamHighWaterBytes: 10_000})
	accepted := make(chan *Conn, 1)
	back := NewService("Back", ServedMethod{Method: &Method{Name: "Back.back", ID: 9}, Serve: func(ctx context.Context, r *Request) error {
		accepted <- CallFrom(ctx).Conn()
		if err := r.Begin(); err != nil {
			return err
		}
		return r.Done(nil)
	}})
	conn := NewHost(serveShop(s), back, limits).MemoryConn(limits, WithHandlers(serveShop(s)))
	defer conn.Close()
	if _, err := Call[struct{}](t.Context(), NewClient(conn), &Method{Name: "Back.back", ID: 9}, nil, nil); err != nil {
		t.Fatal(err)
	}
	var waits []func()
	for _, c := range []*Conn{conn, <-accepted} {
		waits = append(waits, inBackground(t, func() {
			got := 0
			for _, err := range Stream(context.Background(), NewClient(c), &shopList, func(e *Encoder) error { e.U32(0); return nil }, func(d *Decoder, v *string) (err error) {
				*v, err = d.String()
				return err
			}) {
				if err != nil {
					t.Error(err)
				}
				if got++; got%500 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
			if got != count {
				t.Errorf("%d items, want %d", got, count)
			}
		}))
	}
	for _, wait := range waits {
		wait()
	}
}
