package rapace

import (
	"encoding/binary"
	"math"
)

// served are the calls of the peer that run on channels. S is what the session's user wants to find again.
type served[S any] struct {
	live map[uint32]S
	// on reports whether anything is served. Otherwise requests on channel 0 and on channels of this side are dropped.
	on bool
}

// has reports whether a served call runs on the channel.
func (s *served[S]) has(channel uint32) bool {
	_, ok := s.live[channel]
	return ok
}

// isRequest reports whether the frame is a request, if its channel is not in use. Rust's session does not look at
// flagEOS either.
func (f *frame) isRequest() bool {
	return f.method != 0 && f.flags&flagData != 0
}

// variantCancelChannel is the index of CancelChannel in rapace-core's ControlPayload.
const variantCancelChannel = 2

// cancelledChannel returns the channel of a CancelChannel frame, and false for any other frame.
func cancelledChannel(f frame) (channel uint32, ok bool) {
	if f.method != controlCancelChannel || len(f.payload) < 3 || f.payload[0] != variantCancelChannel {
		return 0, false
	}
	number, n := binary.Uvarint(f.payload[1:])
	// One byte follows: the reason, of which nobody here needs to know.
	if n <= 0 || n > 5 || n+2 != len(f.payload) || number > math.MaxUint32 {
		return 0, false
	}
	return uint32(number), true
}

// answerHeader writes the header of an answer whose payload is in place. Answers have neither method nor message id:
// with a method, Rust takes them for requests.
func answerHeader(channel, flags uint32, frame []byte) {
	descriptor{channel: channel, flags: flags}.put(frame)
}

// appendAnswer appends a frame of an answer without a payload: the end of a stream.
func appendAnswer(b []byte, channel, flags uint32) []byte {
	start := len(b)
	b = append(b, make([]byte, headerBytes)...)
	answerHeader(channel, flags, b[start:])
	return b
}

// appendError appends the error that a call of the peer fails with.
func appendError(b []byte, channel uint32, code Code, message string) []byte {
	start := len(b)
	b = append(b, make([]byte, headerBytes)...)
	b = binary.LittleEndian.AppendUint32(b, uint32(code))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(message)))
	b = append(b, message...)
	answerHeader(channel, flagError|flagEOS, b[start:])
	return b
}
