package rapace

import "encoding/binary"

// servesNothing is the message that the peer gets when it calls a method of this side.
const servesNothing = "this client serves no methods"

// appendRefusal appends the answer to a call that the peer makes: an error, because nothing is served here.
func (s *session[H]) appendRefusal(b []byte, request frame) []byte {
	if request.flags&flagEOS == 0 {
		// The frames that follow belong to this request: they are no further requests.
		s.stale.add(request.channel)
	}
	start := len(b)
	b = append(b, make([]byte, headerBytes)...)
	b = binary.LittleEndian.AppendUint32(b, uint32(CodeUnimplemented))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(servesNothing)))
	b = append(b, servesNothing...)
	// An answer names no method: with one, Rust takes it for a request.
	s.header(request.channel, 0, flagError|flagEOS, b[start:])
	return b
}
