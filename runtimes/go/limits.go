package rapace

import (
	"math"
	"time"
)

// Limits bound what a connection accepts and holds. A field that is zero has its default.
type Limits struct {
	// MaxFrameBytes is the greatest length of a frame in bytes, with its descriptor and without its length prefix. A
	// longer frame of the peer ends the connection before memory is allocated for it. A longer request is refused.
	// Default 16 MiB, which is the most that Rust's WebSocket transport accepts. At most 2 GiB.
	MaxFrameBytes int
	// MaxDepth is how many values of recursive types may be nested in one another, in requests and in answers.
	// Default 128. Deeper values can exhaust the stack of a Rust server.
	MaxDepth int
	// MaxZeroSizedItems is how many items without bytes, such as those of a Vec<()>, one payload may hold. They cost
	// the sender nothing, so the payload's length does not bound them. Default 65,536.
	MaxZeroSizedItems int
	// MaxDecodedBytes is how large the value of a payload may become in memory, in nominal bytes, so that a few bytes
	// cannot become gigabytes. Each item of a list, set or map and each value of a recursive type counts with the
	// nominal size of its type. These sizes are rough, and the same in all languages. Decoding a larger value fails
	// before memory is allocated for it.
	// Default 16 times MaxFrameBytes, 256 MiB. A list of numbers never exceeds that.
	MaxDecodedBytes int
	// MaxStreamBytes is how many bytes of a stream's items may wait until they are read. An item counts as its payload
	// and 64 bytes more. A single item always fits. A stream that exceeds the limit fails with CodeResourceExhausted.
	// The connection and its other calls go on. Default 64 MiB.
	MaxStreamBytes int
	// StreamHighWaterBytes is how many bytes of a stream's items may wait before the connection stops reading, so that
	// the peer has to wait. It reads again when half of them are left. While a call with one answer is in flight, or
	// the reader of another stream waits, the connection reads on, up to MaxStreamBytes. Default 1 MiB.
	StreamHighWaterBytes int
	// MaxUnsentBytes is how many bytes may wait for a peer that does not read. While there are more, a new call waits
	// before it sends, at most until its deadline, and a handler before it answers or sends an item. A peer that makes
	// calls and leaves as much again of refusals unread loses the connection. Default 1 MiB.
	MaxUnsentBytes int
	// MaxAbandonedCalls is how many cancelled or timed-out calls are remembered, so that no call reuses a channel on
	// which an answer may still arrive. The oldest are forgotten first. Default 65,536.
	MaxAbandonedCalls int
	// MaxCalls is how many calls, streams and tunnels may be in flight on a connection. One more fails at once with
	// CodeResourceExhausted, and is not sent. Default 65,536.
	MaxCalls int
	// MaxServedCalls is how many calls of the peer may run on a connection. One more fails with CodeResourceExhausted,
	// before its arguments are decoded. A cancelled call counts until its handler has returned. Default 1,024.
	MaxServedCalls int
	// MaxServedBytes is how many bytes the requests of the calls that run may have in all. A request beyond that fails
	// with CodeResourceExhausted. A single request always runs. Default 64 MiB.
	MaxServedBytes int
}

const (
	defaultMaxFrameBytes     = 16 << 20
	defaultMaxDepth          = 128
	defaultMaxZeroSizedItems = 1 << 16
	// decodedBytesPerFrameByte is the default of MaxDecodedBytes as a multiple of MaxFrameBytes.
	decodedBytesPerFrameByte    = 16
	defaultMaxStreamBytes       = 64 << 20
	defaultStreamHighWaterBytes = 1 << 20
	defaultMaxUnsentBytes       = 1 << 20
	defaultMaxAbandonedCalls    = 1 << 16
	defaultMaxCalls             = 1 << 16
	defaultMaxServedCalls       = 1 << 10
	defaultMaxServedBytes       = 64 << 20

	// keepBytes is the capacity up to which a buffer of a connection is kept for its next use, so that one large
	// message does not hold its memory for good. It has room for the requests that usually leave together.
	keepBytes = 256 << 10
	// readBytes is how much is read at once, unless a frame is longer.
	readBytes = 64 << 10
	// keepCallBytes is keepBytes for the buffers of a call. The collector frees those that are not used.
	keepCallBytes = 1 << 20
	// maxTextBytes is how long a piece of a payload is at most that short strings, of less than 128 bytes, are cut
	// from: as much memory one of them may hold when all else is dropped. The first piece has firstTextBytes.
	maxTextBytes   = 4 << 10
	firstTextBytes = 1 << 10
	// fewTextBytes is how many bytes after a string are too few to hold others.
	fewTextBytes = 16
	// maxOptionalStrings is how many optional strings are allocated at once; all of them live as long as one does.
	maxOptionalStrings = 16
	// clockBytes is how many nominal bytes a decoder makes between two looks at the clock, some tens of milliseconds;
	// and clockItems how many items of a list, set or map.
	clockBytes = 4 << 20
	clockItems = 1 << 10
	// scalarBytes is the nominal size of a number, see Limits.MaxDecodedBytes.
	scalarBytes = 16

	// maxUnixSeconds is how far from 1970 a time may be, in seconds: a billion years, in which Go's calendar is right.
	maxUnixSeconds = 1 << 55
	// maxJSONDepth is how deep the JSON form of a value is nested at most: as deep as encoding/json reads.
	maxJSONDepth = 10_000
	// maxDecimalBytes is how long a number in a string of JSON may be: more than any of 128 bits has.
	maxDecimalBytes = 64
	// quotedBytes is how much of a text of the peer's errors and logs quote at most.
	quotedBytes = 1 << 10
	// provenLife is how long a connection must have lived, unless it has answered a call, before the next attempt to
	// reconnect is the first again: a server that accepts and closes is not dialled more and more often.
	provenLife = 5 * time.Second
	// dialPeriod is how long one address of a server is tried before the next is tried as well: RFC 8305 recommends it.
	dialPeriod = 250 * time.Millisecond
	// dialTimeout is how long dialling may take when its context has no deadline.
	dialTimeout = 10 * time.Second
	// closeTimeout is how long Tunnel.Close waits until what was written before is handed to the socket.
	closeTimeout = time.Second
	// nudgePeriod is how often, at most, frames that came whole are acknowledged by one of this side's own.
	nudgePeriod = time.Millisecond
	// deadlinePeriod is how often, at most, calls are checked for those whose deadline has passed.
	deadlinePeriod = time.Millisecond
	// maxEarlyBytes is how much is kept of what comes on channels of the peer's before a tunnel is opened on them.
	maxEarlyBytes = 1 << 20
	// tunnelBytes is how much of what is written to a tunnel one frame carries at most.
	tunnelBytes = 64 << 10
	// keepItems is how many items of a stream have room for what is noted of each.
	keepItems = 1 << 13
	// loggedRefusals is how many warnings about refused calls of one connection are logged: a peer must not fill a log.
	loggedRefusals = 100
	// greatestFrameBytes keeps a frame and the 4 bytes of its length within an int of 32 bits.
	greatestFrameBytes = 1<<31 - 1 - 4
)

// withDefaults returns the limits with a default in each field that is not set.
func (l Limits) withDefaults() Limits {
	orDefault := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	orDefault(&l.MaxFrameBytes, defaultMaxFrameBytes)
	orDefault(&l.MaxDepth, defaultMaxDepth)
	orDefault(&l.MaxZeroSizedItems, defaultMaxZeroSizedItems)
	orDefault(&l.MaxDecodedBytes, decodedBytes(min(l.MaxFrameBytes, greatestFrameBytes)))
	orDefault(&l.MaxStreamBytes, defaultMaxStreamBytes)
	orDefault(&l.StreamHighWaterBytes, defaultStreamHighWaterBytes)
	orDefault(&l.MaxUnsentBytes, defaultMaxUnsentBytes)
	orDefault(&l.MaxAbandonedCalls, defaultMaxAbandonedCalls)
	orDefault(&l.MaxCalls, defaultMaxCalls)
	orDefault(&l.MaxServedCalls, defaultMaxServedCalls)
	orDefault(&l.MaxServedBytes, defaultMaxServedBytes)
	l.MaxFrameBytes = min(l.MaxFrameBytes, greatestFrameBytes)
	return l
}

// decodedBytes returns the default of MaxDecodedBytes for a greatest length of frames, within an int of 32 bits.
func decodedBytes(maxFrameBytes int) int {
	return int(min(int64(maxFrameBytes)*decodedBytesPerFrameByte, math.MaxInt))
}
