package rapace

// kind is what kind of answer a call expects, or that it is a tunnel.
type kind uint8

const (
	unary kind = iota
	serverStreaming
	tunnel
)

// String returns the kind's name in errors.
func (k kind) String() string {
	return [...]string{"call", "stream", "tunnel"}[k]
}

// parity is which half of the channels a side opens its calls on. The peer opens its own on the other half.
type parity uint32

const (
	even parity = 0
	odd  parity = 1
)

// String returns which channels those are.
func (p parity) String() string {
	return [...]string{"even", "odd"}[p]
}

// peers returns the parity of the peer's channels.
func (p parity) peers() parity {
	return 1 - p
}

// owns reports whether the side of this parity opens calls on the channel.
func (p parity) owns(channel uint32) bool {
	return channel%2 == uint32(p)
}

// calls are the calls of this side that are in flight.
type calls[H any] struct {
	live        map[uint32]liveCall[H]
	lastChannel uint32
	// unaries is how many of the calls have one answer.
	unaries int
}

// liveCall is a call in flight.
type liveCall[H any] struct {
	kind   kind
	handle H
}

func newCalls[H any](parity parity) calls[H] {
	return calls[H]{
		live:        make(map[uint32]liveCall[H]),
		lastChannel: uint32(parity) - 2, // the first is 1 or 2
	}
}

// next returns the next channel of this side's parity that is not in use. Channel 0 carries no call.
func (c *calls[H]) next(inUse func(channel uint32) bool) uint32 {
	for {
		c.lastChannel += 2 // wraps from the greatest number of this parity to the least
		if _, live := c.live[c.lastChannel]; !live && c.lastChannel != 0 && !inUse(c.lastChannel) {
			return c.lastChannel
		}
	}
}

// add begins a call on the next channel.
func (c *calls[H]) add(kind kind, handle H, inUse func(channel uint32) bool) (channel uint32) {
	channel = c.next(inUse)
	c.live[channel] = liveCall[H]{kind, handle}
	if kind == unary {
		c.unaries++
	}
	return channel
}

// remove forgets a call. It returns false when none is in flight on the channel.
func (c *calls[H]) remove(channel uint32) bool {
	call, ok := c.live[channel]
	if ok {
		c.end(channel, call)
	}
	return ok
}

// end forgets this call.
func (c *calls[H]) end(channel uint32, call liveCall[H]) {
	delete(c.live, channel)
	if call.kind == unary {
		c.unaries--
	}
}

func (c *calls[H]) clear() {
	clear(c.live)
	c.unaries = 0
}

// receive returns what a frame is to the call on its channel.
func (c *calls[H]) receive(f frame, call liveCall[H]) (event[H], meaning) {
	e := event[H]{handle: call.handle}
	switch {
	case f.flags&flagError != 0:
		e.err = parseError(f.payload)
		e.end = true
	case f.flags&(flagData|flagEOS) == 0:
		return event[H]{}, meansNothing
	case call.kind == unary:
		// The first answer is the answer, whether or not it says that it is the last.
		e.item, e.hasItem, e.end = f.payload, true, true
	default:
		e.hasItem = f.flags&flagData != 0
		if e.hasItem {
			e.item = f.payload
		}
		e.end = f.flags&flagEOS != 0
	}
	if e.end {
		c.end(f.channel, call)
	}
	return e, meansEvent
}
