package rapace

import (
	"encoding/binary"
	"fmt"
)

// meaning is what a received frame is to this side.
type meaning uint8

const (
	// meansNothing is a frame that nobody waits for. It was dropped, or kept for a tunnel that is not open yet.
	meansNothing meaning = iota
	// meansEvent is a frame for a call or a tunnel of this side.
	meansEvent
	// meansRequest is a call that the peer makes.
	meansRequest
	// meansSecondRequest is a request on a channel on which a served call runs.
	meansSecondRequest
	// meansOwnChannel is a request on a channel of this side's.
	meansOwnChannel
	// meansCancel is that the peer cancels a served call.
	meansCancel
)

// event is what a frame is to a call or a tunnel: an item, the end, an error. One frame can bring an item and the end.
type event[H any] struct {
	handle  H
	item    []byte // valid as long as the frame's payload
	hasItem bool
	end     bool
	err     *Error
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
