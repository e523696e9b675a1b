package rapace

import "encoding/binary"

// session is rapace's multiplexing on one connection, without I/O, clock or locks: it keeps which channels are in use,
// and returns what a received frame means. It has two sides: the calls that this side makes, and those that the peer
// makes and this side serves. Tunnels belong to neither. H is what the session's user wants to find again by the
// channel of a call or a tunnel, and S by that of a served call.
type session[H, S any] struct {
	parity  parity
	calls   calls[H]
	tunnels tunnels[H]
	served  served[S]
	// stale are the channels on which frames may still arrive that nobody waits for.
	stale       staleChannels
	lastMessage uint64
	// dropped counts the frames that nobody waited for.
	dropped uint64
}

// newSession returns the session of a side that opens its calls on channels of this parity.
func newSession[H, S any](parity parity, limits Limits) *session[H, S] {
	return &session[H, S]{
		parity:  parity,
		calls:   newCalls[H](parity),
		tunnels: newTunnels[H](),
		served:  served[S]{live: make(map[uint32]S)},
		stale:   newStaleChannels(limits.MaxAbandonedCalls),
	}
}

// open begins a call. It writes the header of the request, whose payload is in place.
func (s *session[H, S]) open(kind kind, handle H, method uint32, request []byte) (channel uint32) {
	flags := uint32(flagData | flagEOS)
	if kind == serverStreaming {
		// Rust's session answers with a stream only to a request that wants no (single) reply.
		flags |= flagNoReply
	}
	channel = s.calls.add(kind, handle, s.isTaken)
	s.header(channel, method, flags, request)
	return channel
}

// isTaken reports whether something other than a call of this side uses the channel, or did until now.
func (s *session[H, S]) isTaken(channel uint32) bool {
	return s.tunnels.has(channel) || s.stale.has(channel) || s.served.has(channel)
}

// openTunnel opens a tunnel on a channel of this side's.
func (s *session[H, S]) openTunnel(handle H) (channel uint32) {
	channel = s.calls.next(s.isTaken)
	s.tunnels.live[channel] = liveTunnel[H]{handle: handle}
	return channel
}

// notify writes the header of a request that is not answered. A plain server answers it nevertheless, on channel 0.
func (s *session[H, S]) notify(method uint32, request []byte) {
	s.header(0, method, flagData|flagEOS|flagNoReply, request)
}

// attach opens a tunnel on a channel that the peer has named. It returns false when the channel is in use.
func (s *session[H, S]) attach(channel uint32, handle H) bool {
	_, isCall := s.calls.live[channel]
	if isCall || s.tunnels.has(channel) || s.served.has(channel) || channel == 0 {
		return false
	}
	s.tunnels.live[channel] = liveTunnel[H]{handle: handle}
	s.stale.remove(channel)
	return true
}

// appendTunnel appends a frame of a tunnel: some bytes, or the end of this direction when there are none.
func (s *session[H, S]) appendTunnel(b []byte, channel uint32, payload []byte) []byte {
	start, flags := len(b), uint32(flagData)
	b = append(b, make([]byte, headerBytes)...)
	b = append(b, payload...)
	if len(payload) == 0 {
		flags |= flagEOS
		if s.tunnels.endSending(channel) {
			s.stale.add(channel)
		}
	}
	s.header(channel, 0, flags, b[start:])
	return b
}

// receive returns what a frame means. The event is set for meansEvent alone.
//
// Answers are matched by their channel alone: Rust sets neither method nor message id in them.
func (s *session[H, S]) receive(f frame) (event[H], meaning) {
	if f.flags&flagControl != 0 {
		return event[H]{}, s.receiveControl(f)
	}
	if f.channel == 0 {
		return event[H]{}, s.receiveOnZero(f)
	}
	if call, ok := s.calls.live[f.channel]; ok {
		e, meaning := s.calls.receive(f, call)
		if meaning == meansNothing {
			s.drop(f)
		}
		return e, meaning
	}
	if t, ok := s.tunnels.live[f.channel]; ok {
		e, meaning, over := s.tunnels.receive(f, t)
		if meaning == meansNothing {
			s.drop(f)
		}
		if over {
			// What still arrives does not belong to a later tunnel on the channel.
			s.stale.add(f.channel)
		}
		return e, meaning
	}
	return event[H]{}, s.receiveUnknown(f)
}

// receiveUnknown returns what a frame means on a channel that carries no call and no tunnel of this side. It is a request
// when it names a method. Otherwise it may belong to a tunnel that is not open yet.
func (s *session[H, S]) receiveUnknown(f frame) meaning {
	owned := s.parity.owns(f.channel)
	switch {
	case s.stale.has(f.channel):
	case f.isRequest() && s.served.has(f.channel):
		return meansSecondRequest
	case f.isRequest() && owned && s.served.on:
		return meansOwnChannel
	case !owned:
		switch {
		case f.isRequest():
			return meansRequest
		case f.method == 0 && f.flags&(flagData|flagEOS|flagError) != 0:
			s.dropped += s.tunnels.keepEarly(f)
			return meansNothing
		}
	}
	s.drop(f)
	return meansNothing
}

// receiveOnZero returns what a frame on channel 0 means: a request, of which several may run, or nothing.
func (s *session[H, S]) receiveOnZero(f frame) meaning {
	if s.served.on && f.isRequest() {
		return meansRequest
	}
	return meansNothing
}

// receiveControl returns what a control frame means: that a served call is cancelled, or nothing.
func (s *session[H, S]) receiveControl(f frame) meaning {
	if channel, ok := cancelledChannel(f); ok && s.served.has(channel) {
		return meansCancel
	}
	return meansNothing
}

// began notes that a request is answered, by a served call or by an error: more of its frames are no further requests.
func (s *session[H, S]) began(request frame) {
	if request.channel != 0 && request.flags&flagEOS == 0 {
		s.stale.add(request.channel)
	}
}

// drop counts a frame that nobody waits for. After the last frame of a stale channel nothing more arrives on it.
func (s *session[H, S]) drop(f frame) {
	s.dropped++
	if f.flags&(flagEOS|flagError) != 0 {
		s.stale.remove(f.channel)
	}
}

// inFlight returns how many calls and tunnels of this side are in flight.
func (s *session[H, S]) inFlight() int {
	return len(s.calls.live) + len(s.tunnels.live)
}

// each calls visit for every call and tunnel of this side.
func (s *session[H, S]) each(visit func(H)) {
	for _, call := range s.calls.live {
		visit(call.handle)
	}
	for _, t := range s.tunnels.live {
		visit(t.handle)
	}
}

// clear forgets every call and tunnel of this side.
func (s *session[H, S]) clear() {
	s.calls.clear()
	clear(s.tunnels.live)
}

// abandon ends a call or a tunnel before its end has come: what still arrives for it is dropped. It returns false when
// nothing is in flight on the channel. Otherwise the caller should send a CancelChannel frame.
func (s *session[H, S]) abandon(channel uint32) bool {
	isTunnel := s.tunnels.has(channel)
	if !s.calls.remove(channel) && !isTunnel {
		return false
	}
	delete(s.tunnels.live, channel)
	s.stale.add(channel)
	return true
}

// header writes the header of a frame whose payload is in place.
func (s *session[H, S]) header(channel, method, flags uint32, frame []byte) {
	s.lastMessage++
	descriptor{s.lastMessage, channel, method, flags}.put(frame)
}

// cancelReason is why a call was abandoned: CancelReason of rapace-core.
type cancelReason byte

const (
	cancelledByClient cancelReason = iota
	cancelledByDeadline
	cancelledByResources
)

// appendCancel appends the control frame that asks the peer to stop working on a channel. Plain servers of rapace 0.5.0
// skip it.
func (s *session[H, S]) appendCancel(b []byte, channel uint32, reason cancelReason) []byte {
	start := len(b)
	b = append(b, make([]byte, headerBytes)...)
	b = append(b, variantCancelChannel)
	b = binary.AppendUvarint(b, uint64(channel))
	b = append(b, byte(reason))
	s.header(0, controlCancelChannel, flagControl, b[start:])
	return b
}

// appendNudge appends an empty control frame, which every peer skips. It is useful because an ACK travels with it: see
// mayDelay.
func (s *session[H, S]) appendNudge(b []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, headerBytes)...)
	s.header(0, controlPing, flagControl, b[start:])
	return b
}
