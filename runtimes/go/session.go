package rapace

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// kind tells what answer a call expects.
type kind uint8

const (
	unary kind = iota
	serverStreaming
	tunnel
)

// String returns what the kind is called in errors.
func (k kind) String() string {
	return [...]string{"call", "stream", "tunnel"}[k]
}

// session is the client's side of rapace's multiplexing without I/O, clock or locks: which channels are in use, and what
// a received frame means to them. H is whatever its user wants to find again by the channel.
type session[H any] struct {
	live        map[uint32]exchange[H]
	tombstones  map[uint32]struct{} // channels of abandoned calls that may yet be answered, and of tunnels that are over
	buried      []uint32            // tombstones by age; those that were answered meanwhile are still in it
	maxBuried   int
	lastChannel uint32
	lastMessage uint64
	// early holds frames on the peer's channels that no tunnel is open on yet, oldest first; earlyBytes is how long they are.
	early      []frame
	earlyBytes int
	// unaries is how many of the live calls have one answer.
	unaries int
	// dropped counts the frames that no call waited for.
	dropped uint64
}

// exchange is a call in flight.
type exchange[H any] struct {
	kind   kind
	handle H
	// sent and received tell of a tunnel whether each direction has ended.
	sent, received bool
}

// event is what a frame means to a call: an item, the end, an error. One frame can bring an item and the end.
type event[H any] struct {
	handle  H
	item    []byte // valid as long as the frame's payload
	hasItem bool
	end     bool
	err     *Error
}

func newSession[H any](limits Limits) *session[H] {
	return &session[H]{
		live:        make(map[uint32]exchange[H]),
		tombstones:  make(map[uint32]struct{}),
		maxBuried:   limits.MaxAbandonedCalls,
		lastChannel: math.MaxUint32, // the first is 1
	}
}

// open begins a call, and writes the header of its request, whose payload already stands behind it.
func (s *session[H]) open(kind kind, handle H, method uint32, request []byte) (channel uint32) {
	flags := uint32(flagData | flagEOS)
	if kind == serverStreaming {
		// Rust's session answers a stream only to a request that wants no (single) reply.
		flags |= flagNoReply
	}
	channel = s.freeChannel()
	s.live[channel] = exchange[H]{kind: kind, handle: handle}
	if kind == unary {
		s.unaries++
	}
	s.header(channel, method, flags, request)
	return channel
}

// freeChannel returns the next odd number, the caller's half of the ids, that is in use by no call.
func (s *session[H]) freeChannel() uint32 {
	for {
		s.lastChannel += 2 // wraps from the greatest odd number to 1
		_, live := s.live[s.lastChannel]
		_, dead := s.tombstones[s.lastChannel]
		if !live && !dead {
			return s.lastChannel
		}
	}
}

// notify writes the header of a request that is not answered. A plain server answers it nevertheless, on channel 0.
func (s *session[H]) notify(method uint32, request []byte) {
	s.header(0, method, flagData|flagEOS|flagNoReply, request)
}

// attach begins a tunnel on a channel that the peer has named. It returns false when the channel is in use.
func (s *session[H]) attach(channel uint32, handle H) bool {
	if _, used := s.live[channel]; used || channel == 0 {
		return false
	}
	s.live[channel] = exchange[H]{kind: tunnel, handle: handle}
	delete(s.tombstones, channel)
	return true
}

// appendTunnel appends a frame of a tunnel: some bytes, or the end of this direction when there are none.
func (s *session[H]) appendTunnel(b []byte, channel uint32, payload []byte) []byte {
	start, flags := len(b), uint32(flagData)
	b = append(b, make([]byte, headerBytes)...)
	b = append(b, payload...)
	if len(payload) == 0 {
		flags |= flagEOS
		if x, ok := s.live[channel]; ok {
			x.sent = true
			s.keepOrForget(channel, x)
		}
	}
	s.header(channel, 0, flags, b[start:])
	return b
}

// keepOrForget notes what has changed of a tunnel, which is over when both directions are.
func (s *session[H]) keepOrForget(channel uint32, x exchange[H]) {
	if x.sent && x.received {
		s.forget(channel, x)
	} else {
		s.live[channel] = x
	}
}

// forget ends a call or a tunnel. What comes behind a tunnel's end is not for a later one on its channel.
func (s *session[H]) forget(channel uint32, x exchange[H]) {
	delete(s.live, channel)
	switch x.kind {
	case unary:
		s.unaries--
	case tunnel:
		s.bury(channel)
	}
}

// bury has what still comes on a channel dropped. The oldest make room for later ones.
func (s *session[H]) bury(channel uint32) {
	if _, dead := s.tombstones[channel]; dead {
		return
	}
	s.tombstones[channel] = struct{}{}
	s.buried = append(s.buried, channel)
	for len(s.buried) > s.maxBuried {
		delete(s.tombstones, s.buried[0])
		s.buried = s.buried[1:]
	}
}

func (s *session[H]) header(channel, method, flags uint32, frame []byte) {
	s.lastMessage++
	descriptor{s.lastMessage, channel, method, flags}.put(frame)
}

// abandon ends a call before its answer has come: what comes still is dropped. It returns false when the call has ended
// already, and otherwise true: then the peer should be told by a CancelChannel frame.
func (s *session[H]) abandon(channel uint32) bool {
	x, ok := s.live[channel]
	if !ok {
		return false
	}
	s.forget(channel, x)
	s.bury(channel)
	return true
}

// cancelReason is why a call was abandoned: CancelReason of rapace-core.
type cancelReason byte

const (
	cancelledByClient cancelReason = iota
	cancelledByDeadline
	cancelledByResources
)

// appendCancel appends the control frame that asks the peer to stop working on a channel: a courtesy which plain
// rapace 0.5.0 servers pass over. Its payload is the variant CancelChannel of rapace-core's ControlPayload.
func (s *session[H]) appendCancel(b []byte, channel uint32, reason cancelReason) []byte {
	const variant = 2
	start := len(b)
	b = append(b, make([]byte, headerBytes)...)
	b = append(b, variant)
	b = binary.AppendUvarint(b, uint64(channel))
	b = append(b, byte(reason))
	s.header(0, controlCancelChannel, flagControl, b[start:])
	return b
}

// isRequest tells whether a frame is a call that the peer makes: data for a method, on one of the peer's channels that
// carries nothing else. The frames of tunnels name no method.
func (s *session[H]) isRequest(f frame) bool {
	if f.channel == 0 || f.channel%2 == 1 || f.method == 0 || f.flags&flagControl != 0 || f.flags&flagData == 0 {
		return false
	}
	_, live := s.live[f.channel]
	_, dead := s.tombstones[f.channel]
	return !live && !dead
}

// servesNothing is what the peer reads when it calls a method of this side.
const servesNothing = "this client serves no methods"

// appendRefusal appends the answer to a call that the peer makes: an error, for nothing is served here.
func (s *session[H]) appendRefusal(b []byte, request frame) []byte {
	if request.flags&flagEOS == 0 {
		// What the request consists of besides is no further request.
		s.bury(request.channel)
	}
	start := len(b)
	b = append(b, make([]byte, headerBytes)...)
	b = binary.LittleEndian.AppendUint32(b, uint32(CodeUnimplemented))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(servesNothing)))
	b = append(b, servesNothing...)
	s.header(request.channel, 0, flagError|flagEOS, b[start:])
	return b
}

// appendNudge appends an empty control frame, which every peer passes over. What makes it useful is the ACK that travels
// with it: see Conn.nudge.
func (s *session[H]) appendNudge(b []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, headerBytes)...)
	s.header(0, controlPing, flagControl, b[start:])
	return b
}

// receive tells what a frame means. It returns false for a frame that means nothing to any call.
//
// Answers are matched by their channel alone: Rust sets neither method nor message id in them.
func (s *session[H]) receive(f frame) (event[H], bool) {
	if f.channel == 0 || f.flags&flagControl != 0 {
		return event[H]{}, false
	}
	x, ok := s.live[f.channel]
	if !ok && s.keepEarly(f) {
		return event[H]{}, false
	}
	if !ok || x.received {
		s.dropped++
		if f.flags&(flagEOS|flagError) != 0 {
			delete(s.tombstones, f.channel)
		}
		return event[H]{}, false
	}
	e := event[H]{handle: x.handle}
	switch {
	case f.flags&flagError != 0:
		e.err = parseError(f.payload)
		e.end = true
	case f.flags&(flagData|flagEOS) == 0:
		s.dropped++
		return event[H]{}, false
	case x.kind == unary:
		// The first answer is the answer, whether or not it says that it is the last.
		e.item, e.hasItem, e.end = f.payload, true, true
	default:
		// The end of a tunnel is data without bytes.
		e.hasItem = f.flags&flagData != 0 && (x.kind == serverStreaming || len(f.payload) > 0)
		if e.hasItem {
			e.item = f.payload
		}
		e.end = f.flags&flagEOS != 0
	}
	switch {
	case !e.end:
	case x.kind == tunnel && e.err == nil:
		x.received = true
		s.keepOrForget(f.channel, x)
	default:
		s.forget(f.channel, x)
	}
	return e, true
}

// keepEarly keeps a frame on an even channel, one of the peer's, which may be that of a tunnel: the answer that names it comes
// before, but the caller has yet to open it. The oldest make room for later ones.
func (s *session[H]) keepEarly(f frame) bool {
	if _, dead := s.tombstones[f.channel]; dead || f.channel%2 == 1 || f.flags&(flagData|flagEOS|flagError) == 0 {
		return false
	}
	f.payload = slices.Clone(f.payload)
	s.early = append(s.early, f)
	s.earlyBytes += len(f.payload) + descriptorBytes
	for s.earlyBytes > maxEarlyBytes {
		s.earlyBytes -= len(s.early[0].payload) + descriptorBytes
		s.early = s.early[1:]
		s.dropped++
	}
	return true
}

// takeEarly returns the frames that have come on a channel before it was attached.
func (s *session[H]) takeEarly(channel uint32) []frame {
	var taken, left []frame
	for _, f := range s.early {
		if f.channel == channel {
			taken = append(taken, f)
			s.earlyBytes -= len(f.payload) + descriptorBytes
		} else {
			left = append(left, f)
		}
	}
	s.early = left
	return taken
}

// parseError reads the payload of an error frame: the code and the message's length as little-endian u32, the message.
func parseError(payload []byte) *Error {
	le := binary.LittleEndian
	if len(payload) < 8 {
		return malformed("its payload has %d bytes, 8 are needed", len(payload))
	}
	length := uint64(le.Uint32(payload[4:]))
	if rest := len(payload) - 8; length > uint64(rest) {
		return malformed("its message has %d bytes, %d are there", length, rest)
	}
	return &Error{Code: Code(le.Uint32(payload)), Message: quoteBytes(payload[8 : 8+length]), Remote: true}
}

func malformed(format string, args ...any) *Error {
	return &Error{Code: CodeInternal, Message: "malformed error frame: " + fmt.Sprintf(format, args...), Remote: true}
}
