package rapace

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// flood sends items on a stream until the connection ends or so many are sent; it counts them.
func (p *peer) flood(channel uint32, items int, sent *atomic.Int64) {
	item := frameOf(channel, 0, flagData, "\x05")
	var batch []byte
	for range 100 {
		batch = append(batch, item...)
	}
	for range items / 100 {
		if _, err := p.socket.Write(batch); err != nil {
			return
		}
		sent.Add(100)
	}
	p.send(channel, flagEOS, "")
}

// settled waits until a figure does not change any more, and returns it.
func settled(figure *atomic.Int64) int64 {
	for last := int64(-1); ; {
		now := figure.Load()
		if now == last {
			return now
		}
		last = now
		time.Sleep(50 * time.Millisecond)
	}
}

// A slow reader makes the peer wait, and gets everything in the end.
func TestSlowReaderMakesThePeerWait(t *testing.T) {
	const items = 20_000
	conn, peer := connect(t, "pipe", WithLimits(Limits{StreamHighWaterBytes: 100_000}))
	var sent atomic.Int64
	wait := inBackground(t, func() { peer.flood(peer.receive().channel, items, &sent) })
	got := 0
	for item, err := range count(t.Context(), NewClient(conn)) {
		if item != 5 || err != nil {
			t.Fatalf("%d, %v", item, err)
		}
		if got++; got == 1 {
			// 65 bytes each until the mark, what was taken already, and what was read at once.
			if most := int64(2*100_000/65 + readBytes/headerBytes + 200); settled(&sent) > most {
				t.Errorf("%d items were taken from a peer whose reader waits, want at most %d", sent.Load(), most)
			}
		}
	}
	wait()
	if got != items {
		t.Errorf("%d items, want %d", got, items)
	}
}

// While a stream is over its mark, a call inside its loop is answered, and so is another stream.
func TestNothingWaitsForASlowReader(t *testing.T) {
	conn, peer := connect(t, "tcp", WithLimits(Limits{StreamHighWaterBytes: 10_000}))
	client := NewClient(conn)
	var sent atomic.Int64
	flooded := make(chan struct{})
	go func() {
		channel := peer.receive().channel
		peer.flood(channel, 10_000, &sent)
		close(flooded)
		for range 2 {
			f := peer.receive()
			if f.flags&flagNoReply != 0 {
				peer.send(f.channel, flagData|flagEOS, "\x07")
			} else {
				peer.send(f.channel, flagData|flagEOS, string(f.payload))
			}
		}
	}()
	got := 0
	for _, err := range count(t.Context(), client) {
		if err != nil {
			t.Fatal(err)
		}
		if got++; got > 1 {
			continue
		}
		<-flooded
		for !conn.only.pressure.paused.Load() {
			time.Sleep(time.Millisecond)
		}
		if value, err := echo(t.Context(), client, 9); value != 9 || err != nil {
			t.Errorf("the call: %d, %v", value, err)
		}
		for value, err := range count(t.Context(), client) {
			if value != 7 || err != nil {
				t.Errorf("the other stream: %d, %v", value, err)
			}
		}
	}
	if got != 10_000 {
		t.Errorf("%d items", got)
	}
}

// However a stream over its mark ends, the socket is read again.
func TestALeftStreamIsNoBurden(t *testing.T) {
	for name, leave := range map[string]func(cancel func()) (more bool){
		"break":  func(func()) bool { return false },
		"cancel": func(cancel func()) bool { cancel(); return true },
	} {
		conn, peer := connect(t, "tcp", WithLimits(Limits{StreamHighWaterBytes: 10_000}))
		client := NewClient(conn)
		var sent atomic.Int64
		go func() {
			peer.flood(peer.receive().channel, 10_000, &sent)
			peer.serve()
		}()
		ctx, cancel := context.WithCancel(t.Context())
		for _, err := range count(ctx, client) {
			// The error that ends a cancelled stream comes when the socket is read again.
			for err == nil && !conn.only.pressure.paused.Load() {
				time.Sleep(time.Millisecond)
			}
			if !leave(cancel) {
				break
			}
		}
		cancel()
		if got, err := echo(t.Context(), client, 5); got != 5 || err != nil {
			t.Errorf("%s: %d, %v", name, got, err)
		}
		conn.only.mu.Lock()
		if over, waiting := conn.only.pressure.over, conn.only.pressure.waiting.Load(); over != 0 || waiting != 0 {
			t.Errorf("%s: %d streams over the mark, %d readers waiting are left", name, over, waiting)
		}
		conn.only.mu.Unlock()
	}
}

// A stream of a million items with a slow consumer takes bounded memory.
func TestAMillionItemsInBoundedMemory(t *testing.T) {
	const items = 1_000_000
	conn, peer := connect(t, "tcp")
	var sent atomic.Int64
	go func() { peer.flood(peer.receive().channel, items, &sent) }()
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got, most := 0, uint64(0)
	for item, err := range count(t.Context(), NewClient(conn)) {
		if item != 5 || err != nil {
			t.Fatalf("%d, %v", item, err)
		}
		if got++; got%50_000 == 0 {
			time.Sleep(5 * time.Millisecond)
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	if got != items {
		t.Errorf("%d items, want %d", got, items)
	}
	if limit := before.HeapAlloc + 8<<20; most > limit {
		t.Errorf("%d bytes were in use, want at most %d", most, limit)
	}
}

func TestStreamsInterleaved(t *testing.T) {
	const streams, items = 1_000, 50
	conn, peer := connect(t, "tcp")
	go func() {
		var channels []uint32
		for range streams {
			channels = append(channels, peer.receive().channel)
		}
		var batch []byte
		for i := range items {
			batch = batch[:0]
			for _, channel := range channels {
				batch = append(batch, frameOf(channel, 0, flagData, string([]byte{byte(channel/2) & 63, byte(i)}))...)
			}
			if _, err := peer.socket.Write(batch); err != nil {
				return
			}
		}
		for _, channel := range channels {
			peer.send(channel, flagEOS, "")
		}
	}()
	client := NewClient(conn)
	pairs := func() iter.Seq2[[2]byte, error] {
		return Stream(t.Context(), client, &Method{Name: "Echo.pairs", ID: 9}, nil, func(d *Decoder, v *[2]byte) (err error) {
			if v[0], err = d.U8(); err == nil {
				v[1], err = d.U8()
			}
			return err
		})
	}
	failures := make(chan error, streams)
	for range streams {
		go func() { failures <- inOrder(pairs(), items) }()
	}
	for range streams {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
}

// inOrder tells what is wrong with a stream whose items should be of one channel, and numbered.
func inOrder(seq iter.Seq2[[2]byte, error], items int) error {
	got := 0
	var channel byte
	for item, err := range seq {
		if got == 0 {
			channel = item[0]
		}
		if err != nil || item[0] != channel || item[1] != byte(got) {
			return fmt.Errorf("item %d of channel %d: %v, %w", got, channel, item, err)
		}
		got++
	}
	if got != items {
		return fmt.Errorf("%d items of %d", got, items)
	}
	return nil
}
