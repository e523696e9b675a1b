package websocket

import (
	"encoding/binary"
	"errors"
	"io"
)

// errMasked is the end of a WebSocket whose peer masks what it sends, which RFC 6455 forbids servers, and which the
// library takes nevertheless.
var errMasked = errors.New("a masked frame: servers do not mask")

const (
	// maskedBit of a frame's second byte is set when it is masked. The other bits are its length, or say where the
	// length is.
	maskedBit = 0x80
	// Up to longestInByte these bits are the length. lengthIn2 means that two bytes with the length follow.
	longestInByte = 125
	lengthIn2     = 126
)

// unmasked is what comes after the handshake, until a masked frame begins. It follows the frames by their headers.
type unmasked struct {
	io.ReadWriteCloser
	header []byte // what has come of a frame's header: two bytes, and up to eight of its length
	left   uint64 // how much of the frame's payload is to come
}

// Read reads from the socket.
func (u *unmasked) Read(b []byte) (int, error) {
	n, err := u.ReadWriteCloser.Read(b)
	if u.follow(b[:n]) {
		return 0, errMasked
	}
	return n, err
}

// follow reads what has arrived, and reports whether a masked frame is in it.
func (u *unmasked) follow(b []byte) (masked bool) {
	for len(b) > 0 {
		if u.left > 0 {
			skipped := min(u.left, uint64(len(b)))
			u.left -= skipped
			b = b[skipped:]
			continue
		}
		u.header = append(u.header, b[0])
		b = b[1:]
		if len(u.header) < 2 {
			continue
		}
		if u.header[1]&maskedBit != 0 {
			return true
		}
		u.endHeader()
	}
	return false
}

// endHeader begins the payload when the header is complete.
func (u *unmasked) endHeader() {
	length := u.header[2:]
	switch kind := u.header[1]; {
	case kind <= longestInByte:
		u.left = uint64(kind)
	case kind == lengthIn2 && len(length) == 2:
		u.left = uint64(binary.BigEndian.Uint16(length))
	case kind > lengthIn2 && len(length) == 8:
		u.left = binary.BigEndian.Uint64(length)
	default:
		return
	}
	u.header = u.header[:0]
}
