package rapace

import (
	"encoding/binary"
	"fmt"
)

// A frame on a stream is its length as a little-endian u32, a descriptor, and the payload; the length counts the latter
// two (rapace-core 0.5.0, transport/stream.rs and descriptor.rs).
const (
	lengthBytes     = 4
	descriptorBytes = 64
	headerBytes     = lengthBytes + descriptorBytes
	// inlineBytes is the length up to which a payload is copied into the descriptor as well, unless it is an error's.
	inlineBytes = 16
)

// What a descriptor says where this side has nothing to say.
const (
	inlineSlot = 1<<32 - 1
	noDeadline = 1<<64 - 1
)

// The flags of a descriptor; other bits are ignored.
const (
	flagData    = 0x001
	flagControl = 0x002
	flagEOS     = 0x004
	flagError   = 0x010
	flagNoReply = 0x100
)

// The method ids of control frames, which travel on channel 0 (rapace-core 0.5.0, control.rs).
const (
	controlCancelChannel = 3
	controlPing          = 5
)

// descriptor is the part of a frame's descriptor that this runtime writes or reads.
type descriptor struct {
	message uint64
	channel uint32
	method  uint32
	flags   uint32
}

// put writes the header of the frame, whose payload is in place.
func (d descriptor) put(frame []byte) {
	payload := frame[headerBytes:]
	le := binary.LittleEndian
	le.PutUint32(frame, uint32(descriptorBytes+len(payload)))
	b := frame[lengthBytes:headerBytes]
	clear(b)
	le.PutUint64(b[0:], d.message)
	le.PutUint32(b[8:], d.channel)
	le.PutUint32(b[12:], d.method)
	le.PutUint32(b[28:], uint32(len(payload)))
	le.PutUint32(b[32:], d.flags)
	le.PutUint64(b[40:], noDeadline)
	if len(payload) <= inlineBytes && d.flags&flagError == 0 {
		le.PutUint32(b[16:], inlineSlot)
		copy(b[48:], payload)
	}
}

// frame is a received frame. Its payload is valid until the next call of frameReader.space.
type frame struct {
	descriptor
	payload []byte
}

// frameReader cuts a stream of bytes into frames. It does no I/O: bytes are read into space() and announced by
// advance(), after which next() returns each complete frame.
type frameReader struct {
	buf        []byte
	start, end int
	max        int // greatest frame length
}

// space returns where the next bytes go; it is never empty. For a long frame it grows with what has arrived, at most
// doubling, so that a length alone allocates nothing.
func (r *frameReader) space() []byte {
	if r.start == r.end {
		r.start, r.end = 0, 0
		if len(r.buf) > readBytes {
			r.buf = nil
		}
	}
	if r.buf == nil {
		r.buf = make([]byte, readBytes)
	}
	if r.end == len(r.buf) {
		to := r.buf
		if r.start < len(r.buf)/2 {
			to = make([]byte, min(2*len(r.buf), max(readBytes, lengthBytes+r.max)))
		}
		r.end = copy(to, r.buf[r.start:r.end])
		r.start, r.buf = 0, to
	}
	return r.buf[r.end:]
}

// advance announces n bytes in the space.
func (r *frameReader) advance(n int) {
	r.end += n
}

// partial reports whether some bytes of a frame have arrived, but not all.
func (r *frameReader) partial() bool {
	return r.start != r.end
}

// headAlone reports whether only the head of a frame has arrived: its length, and perhaps its descriptor.
func (r *frameReader) headAlone() bool {
	return r.partial() && r.end-r.start <= headerBytes
}

// next returns the next frame, and false when it has not arrived completely.
func (r *frameReader) next() (frame, bool, error) {
	b := r.buf[r.start:r.end]
	if len(b) < lengthBytes {
		return frame{}, false, nil
	}
	le := binary.LittleEndian
	length := uint64(le.Uint32(b))
	if length < descriptorBytes {
		return frame{}, false, &ProtocolError{fmt.Sprintf("frame length %d is below that of a descriptor, %d", length, descriptorBytes)}
	}
	if length > uint64(r.max) {
		return frame{}, false, &ProtocolError{fmt.Sprintf("frame length %d exceeds the limit of %d bytes", length, r.max)}
	}
	total := lengthBytes + int(length)
	if len(b) < total {
		return frame{}, false, nil
	}
	r.start += total
	d := b[lengthBytes:]
	return frame{
		descriptor{
			message: le.Uint64(d[0:]),
			channel: le.Uint32(d[8:]),
			method:  le.Uint32(d[12:]),
			flags:   le.Uint32(d[32:]),
		},
		// On a stream the payload follows the descriptor, whatever slot the descriptor names.
		b[headerBytes:total:total],
	}, true, nil
}
