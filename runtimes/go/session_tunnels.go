package rapace

import "slices"

// tunnels are the tunnels of this side that are open, and what has arrived for those that are not open yet.
type tunnels[H any] struct {
	live map[uint32]liveTunnel[H]
	// early holds frames on channels of the peer's on which no tunnel is open yet, oldest first. earlyBytes is their
	// size.
	early      []frame
	earlyBytes int
}

// liveTunnel is an open tunnel.
type liveTunnel[H any] struct {
	handle H
	// sent and received report whether each direction has ended.
	sent, received bool
}

func newTunnels[H any]() tunnels[H] {
	return tunnels[H]{live: make(map[uint32]liveTunnel[H])}
}

// has reports whether a tunnel is open on the channel.
func (t *tunnels[H]) has(channel uint32) bool {
	_, ok := t.live[channel]
	return ok
}

// endSending notes that this side's direction has ended. It returns whether the tunnel is over.
func (t *tunnels[H]) endSending(channel uint32) (over bool) {
	tunnel, ok := t.live[channel]
	if !ok {
		return false
	}
	tunnel.sent = true
	return t.update(channel, tunnel)
}

// update notes a change of a tunnel. It returns whether the tunnel is over, which it is when both directions have
// ended.
func (t *tunnels[H]) update(channel uint32, tunnel liveTunnel[H]) (over bool) {
	if tunnel.sent && tunnel.received {
		delete(t.live, channel)
		return true
	}
	t.live[channel] = tunnel
	return false
}

// receive returns what a frame is to the tunnel on its channel, and whether the tunnel is over.
func (t *tunnels[H]) receive(f frame, tunnel liveTunnel[H]) (e event[H], meaning meaning, over bool) {
	if tunnel.received || f.flags&(flagError|flagData|flagEOS) == 0 {
		return e, meansNothing, false
	}
	e.handle = tunnel.handle
	if f.flags&flagError != 0 {
		e.err = parseError(f.payload)
		e.end = true
		delete(t.live, f.channel)
		return e, meansEvent, true
	}
	// Data without bytes brings no item: it is how a tunnel ends.
	e.hasItem = f.flags&flagData != 0 && len(f.payload) > 0
	if e.hasItem {
		e.item = f.payload
	}
	e.end = f.flags&flagEOS != 0
	if e.end {
		tunnel.received = true
		over = t.update(f.channel, tunnel)
	}
	return e, meansEvent, over
}

// keepEarly keeps a frame for a tunnel that is not open yet: the answer that names its channel arrives first, but the
// caller has to open the tunnel. The oldest frames make room for later ones. It returns how many were dropped.
func (t *tunnels[H]) keepEarly(f frame) (dropped uint64) {
	f.payload = slices.Clone(f.payload)
	t.early = append(t.early, f)
	t.earlyBytes += len(f.payload) + descriptorBytes
	for t.earlyBytes > maxEarlyBytes {
		t.earlyBytes -= len(t.early[0].payload) + descriptorBytes
		t.early = t.early[1:]
		dropped++
	}
	return dropped
}

// takeEarly returns the frames that have arrived on a channel before its tunnel was opened.
func (t *tunnels[H]) takeEarly(channel uint32) []frame {
	var taken, left []frame
	for _, f := range t.early {
		if f.channel == channel {
			taken = append(taken, f)
			t.earlyBytes -= len(f.payload) + descriptorBytes
		} else {
			left = append(left, f)
		}
	}
	t.early = left
	return taken
}
