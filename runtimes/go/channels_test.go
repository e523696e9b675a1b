package rapace

import (
	"context"
	"iter"
	"math"
	"slices"
	"sync"
	"testing"
)

// A connection that has made two thousand million calls begins anew with channel 1, and passes over the channels in
// use.
func TestChannelsGoRound(t *testing.T) {
	conn, peer := connect(t, "tcp")
	client := NewClient(conn)

	// Channel 1 is a stream's, and 3 that of a call that was given up and may yet be answered.
	wait := inBackground(t, func() {
		peer.send(peer.receive().channel, flagData, "\x06")
	})
	next, stop := iter.Pull2(count(t.Context(), client))
	defer stop()
	if item, err, _ := next(); item != 6 || err != nil {
		t.Fatalf("%d, %v", item, err)
	}
	wait()
	ctx, cancel := context.WithCancel(t.Context())
	wait = inBackground(t, func() {
		if f := peer.receive(); f.channel != 3 {
			t.Errorf("channel %d, want 3", f.channel)
		}
		cancel()
		if f := peer.receive(); f.flags != flagControl || f.method != controlCancelChannel {
			t.Errorf("flags %#x, method %d, want what cancels the call", f.flags, f.method)
		}
	})
	_, err := echo(ctx, client, 0)
	wantError(t, err, CodeCancelled, "")
	wait()

	conn.only.mu.Lock()
	conn.only.session.calls.lastChannel = math.MaxUint32 - 4
	conn.only.mu.Unlock()
	const calls = 5
	var group sync.WaitGroup
	for i := range uint32(calls) {
		group.Go(func() {
			if got, err := echo(t.Context(), client, i); got != i || err != nil {
				t.Errorf("%d, %v, want %d", got, err, i)
			}
		})
	}
	var channels []uint32
	var requests []frame
	for range calls {
		f := peer.receive()
		channels, requests = append(channels, f.channel), append(requests, f)
	}
	if want := []uint32{math.MaxUint32 - 2, math.MaxUint32, 5, 7, 9}; !slices.Equal(channels, want) {
		t.Errorf("channels %d, want %d", channels, want)
	}
	// What comes late for the call that was given up is nobody's.
	peer.send(3, flagData|flagEOS, "\x2a")
	for _, f := range slices.Backward(requests) {
		peer.send(f.channel, flagData|flagEOS, string(f.payload))
	}
	group.Wait()
	peer.send(1, flagData, "\x07")
	if item, err, _ := next(); item != 7 || err != nil {
		t.Errorf("%d, %v, want the stream's second item", item, err)
	}
}
