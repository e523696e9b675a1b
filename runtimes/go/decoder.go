package rapace

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// Decoder takes values in the postcard encoding, as facet-postcard 0.32.3 writes it, from a payload. Generated code
// calls it; it is not for several goroutines at once.
//
// What it returns shares no memory with the payload. A method fails, always with a [*DecodeError], on bytes that are
// no value of the type; then the decoder must not be used further.
type Decoder struct {
	buf   []byte
	off   int
	depth int
	zeros int
	// unclaimed is how many of the payload's bytes no count of items has claimed.
	unclaimed int
	// room is how many nominal bytes may yet be decoded; below lookAt, which is not negative, the clock is due first.
	room, lookAt int64
	// overdue returns why nobody waits for the value any more; nil when that is not asked.
	overdue func() error
	limits  Limits
	// text is a copy of the payload from textStart on, from which short strings are cut; of another payload when that
	// is noText.
	text      string
	textStart int
	// textUsed is how much of it was cut, and textSize how long the next one is to be.
	textUsed, textSize int
	// strings is room for optional strings, which are allocated several at once, and stringsUsed how much of it is
	// taken.
	strings     []string
	stringsUsed int
}

// noText is so far before any payload that nothing of it is in a text that begins there.
const noText = math.MinInt / 2

// NewDecoder returns a decoder of payload.
func NewDecoder(payload []byte, limits Limits) *Decoder {
	d := new(Decoder)
	d.reset(payload, limits.withDefaults())
	return d
}

// Reset makes the decoder one of another payload, with the limits that it has.
func (d *Decoder) Reset(payload []byte) {
	d.buf = payload
	d.off = 0
	d.depth = d.limits.MaxDepth
	d.zeros = d.limits.MaxZeroSizedItems
	d.unclaimed = len(payload)
	d.room = int64(d.limits.MaxDecodedBytes)
	d.lookAt = max(0, d.room-clockBytes)
	d.textStart, d.textSize = noText, firstTextBytes
	if d.strings != nil {
		d.strings, d.stringsUsed = nil, 0
	}
}

// reset is Reset with other limits.
func (d *Decoder) reset(payload []byte, limits Limits) {
	d.limits = limits
	d.Reset(payload)
}

// Finish fails when bytes are left.
func (d *Decoder) Finish() error {
	if d.off != len(d.buf) {
		return d.trailing()
	}
	return nil
}

//go:noinline
func (d *Decoder) trailing() error {
	return d.refuse(d.off, "%d bytes are left after the value", len(d.buf)-d.off)
}

// Offset returns how many bytes of the payload have been decoded.
func (d *Decoder) Offset() int { return d.off }

// U8 takes a u8: one raw byte.
func (d *Decoder) U8() (uint8, error) {
	if d.off < len(d.buf) {
		d.off++
		return d.buf[d.off-1], nil
	}
	return 0, d.end()
}

// U16 takes a u16: a varint of up to 3 bytes.
func (d *Decoder) U16() (uint16, error) {
	v, err := d.varint(3, 1<<2-1)
	return uint16(v), err
}

// U32 takes a u32: a varint of up to 5 bytes.
func (d *Decoder) U32() (uint32, error) {
	at := d.off
	if at < len(d.buf) && d.buf[at] < 0x80 {
		d.off = at + 1
		return uint32(d.buf[at]), nil
	}
	if at <= len(d.buf)-8 {
		if v, n := gather32(binary.LittleEndian.Uint64(d.buf[at:])); n <= 5 && v <= math.MaxUint32 {
			d.off = at + n
			return uint32(v), nil
		}
	}
	v, err := d.varint(5, 1<<4-1)
	return uint32(v), err
}

// U64 takes a u64: a varint of up to 10 bytes.
func (d *Decoder) U64() (uint64, error) {
	at := d.off
	if at < len(d.buf) && d.buf[at] < 0x80 {
		d.off = at + 1
		return uint64(d.buf[at]), nil
	}
	if at <= len(d.buf)-8 {
		if v, n := gather(binary.LittleEndian.Uint64(d.buf[at:])); n <= 8 {
			d.off = at + n
			return v, nil
		}
	}
	return d.varint(10, 1<<1-1)
}

// U128 takes a u128: a varint of up to 19 bytes.
func (d *Decoder) U128() (Uint128, error) {
	start := d.off
	var v Uint128
	for shift := uint(0); ; shift += 7 {
		b, err := d.U8()
		if err != nil {
			return Uint128{}, err
		}
		// The 19th byte has room for two bits.
		if shift == 126 && b > 1<<2-1 {
			return Uint128{}, d.refuse(start, "the varint exceeds 128 bits")
		}
		bits := uint64(b & 0x7f)
		if shift < 64 {
			v.Lo |= bits << shift
			v.Hi |= bits >> (64 - shift)
		} else {
			v.Hi |= bits << (shift - 64)
		}
		if b < 0x80 {
			return v, nil
		}
	}
}

// I8 takes an i8: one raw byte.
func (d *Decoder) I8() (int8, error) {
	v, err := d.U8()
	return int8(v), err
}

// I16 takes an i16: zigzag, then a varint of up to 3 bytes.
func (d *Decoder) I16() (int16, error) {
	v, err := d.U16()
	return int16(v>>1) ^ -int16(v&1), err
}

// I32 takes an i32: zigzag, then a varint of up to 5 bytes.
func (d *Decoder) I32() (int32, error) {
	v, err := d.U32()
	return int32(v>>1) ^ -int32(v&1), err
}

// I64 takes an i64: zigzag, then a varint of up to 10 bytes.
func (d *Decoder) I64() (int64, error) {
	v, err := d.U64()
	return int64(v>>1) ^ -int64(v&1), err
}

// I128 takes an i128: zigzag, then a varint of up to 19 bytes.
func (d *Decoder) I128() (Int128, error) {
	v, err := d.U128()
	return v.unzigzag(), err
}

// F32 takes an f32: four bytes, little-endian.
func (d *Decoder) F32() (float32, error) {
	at := d.off
	if at > len(d.buf)-4 {
		return 0, d.missing(4)
	}
	d.off = at + 4
	return math.Float32frombits(binary.LittleEndian.Uint32(d.buf[at:])), nil
}

// F64 takes an f64: eight bytes, little-endian.
func (d *Decoder) F64() (float64, error) {
	at := d.off
	if at > len(d.buf)-8 {
		return 0, d.missing(8)
	}
	d.off = at + 8
	return math.Float64frombits(binary.LittleEndian.Uint64(d.buf[at:])), nil
}

// Bool takes a bool, which is 0 or 1. It is also the tag of an option.
func (d *Decoder) Bool() (bool, error) {
	if d.off >= len(d.buf) {
		return false, d.end()
	}
	b := d.buf[d.off]
	if b > 1 {
		return false, d.refuse(d.off, "%d is neither 0 nor 1", b)
	}
	d.off++
	return b == 1, nil
}

// Char takes a char: the UTF-8 string of exactly one character.
func (d *Decoder) Char() (rune, error) {
	start := d.off
	n, err := d.length()
	if err != nil {
		return 0, err
	}
	r, size := utf8.DecodeRune(d.buf[d.off : d.off+n])
	switch {
	case n == 0 || size < n && utf8.Valid(d.buf[d.off:d.off+n]):
		return 0, d.refuse(start, "a char of %d bytes is not one character", n)
	case r == utf8.RuneError && size == 1 || size < n:
		return 0, d.refuse(d.off, "the char is not valid UTF-8")
	}
	d.off += n
	return r, nil
}

// String takes a String: its length in bytes, then UTF-8.
func (d *Decoder) String() (string, error) {
	at := d.off
	if at >= len(d.buf) || d.buf[at] >= 0x80 || int(d.buf[at]) >= len(d.buf)-at {
		return d.longString()
	}
	n := int(d.buf[at])
	at++
	if n == 0 {
		d.off = at
		return "", nil
	}
	// A short string is part of a copy of more of the payload, so that the many of a record are allocated at once.
	var text string
	if start := at - d.textStart; start+n <= len(d.text) {
		d.textUsed += n
		text = d.text[start : start+n]
	} else {
		text = d.copyText(at, n)
	}
	if n < 8 || n > 16 || (word(text)|word(text[n-8:]))&notASCII != 0 {
		if !validString(text) {
			return "", d.refuse(at, "the string is not valid UTF-8")
		}
	}
	d.off = at + n
	return text, nil
}

// copyText copies n bytes of the payload, and more from which other strings can be cut. The next copy is larger when
// strings were most of the last, and smaller when they were not.
func (d *Decoder) copyText(at, n int) string {
	switch {
	case d.textStart == noText:
	case d.textUsed >= len(d.text)/2:
		d.textSize = min(2*d.textSize, maxTextBytes)
	default:
		d.textSize /= 4
	}
	size := min(d.textSize, len(d.buf)-at)
	if size < n+fewTextBytes {
		// A copy for this string alone is not kept: to store a pointer costs as much as all else while the garbage
		// collector runs. A larger one is tried soon.
		d.textSize += n + fewTextBytes
		return string(d.buf[at : at+n])
	}
	d.text, d.textStart, d.textUsed = string(d.buf[at:at+size]), at, n
	return d.text[:n]
}

// longString takes a String of 128 bytes or more, in its own memory, or returns why there is none.
func (d *Decoder) longString() (string, error) {
	n, err := d.length()
	if err != nil {
		return "", err
	}
	text := string(d.buf[d.off : d.off+n])
	if !validString(text) {
		return "", d.refuse(d.off, "the string is not valid UTF-8")
	}
	d.off += n
	return text, nil
}

// OptionString takes an Option<String>: 0 for nil, or 1 and the String.
func (d *Decoder) OptionString() (*string, error) {
	if d.off < len(d.buf) && d.buf[d.off] == 0 {
		d.off++
		return nil, nil
	}
	if some, err := d.Bool(); !some {
		return nil, err
	}
	text, err := d.String()
	if err != nil {
		return nil, err
	}
	if d.stringsUsed == len(d.strings) {
		d.strings = make([]string, max(1, min(2*len(d.strings), maxOptionalStrings)))
		d.stringsUsed = 0
	}
	value := &d.strings[d.stringsUsed]
	d.stringsUsed++
	*value = text
	return value, nil
}

// Bytes takes a Vec<u8>: its length, then the bytes. It returns an empty slice, never nil, when there are none.
func (d *Decoder) Bytes() ([]byte, error) {
	n, err := d.length()
	if err != nil {
		return nil, err
	}
	from := d.buf[d.off : d.off+n]
	b := make([]byte, len(from))
	copy(b, from)
	d.off += n
	return b, nil
}

// Raw takes a [u8; N] into v, whose length is N.
func (d *Decoder) Raw(v []byte) error {
	if len(v) > len(d.buf)-d.off {
		return d.missing(len(v))
	}
	d.off += copy(v, d.buf[d.off:])
	return nil
}

// Variant takes the index of a variant of an enum that has so many of them.
func (d *Decoder) Variant(variants uint32) (uint32, error) {
	start := d.off
	// Rust reads it as it reads lengths, so its varint may have up to 10 bytes.
	index, err := d.U64()
	if err == nil && index >= uint64(variants) {
		err = d.refuse(start, "variant %d is unknown: the enum has %d", index, variants)
	}
	return uint32(index), err
}

// OpenVariant takes the index of a variant of an open enum, which may be one that the enum does not have.
func (d *Decoder) OpenVariant() (uint32, error) {
	start := d.off
	index, err := d.U64()
	if err == nil && index > math.MaxUint32 {
		err = d.refuse(start, "variant %d is unknown, and the greatest that is kept is %d", index, uint32(math.MaxUint32))
	}
	return uint32(index), err
}

// refuse returns an error with this offset and reason. Like the other errors it is kept out of what is fast without it.
//
//go:noinline
func (d *Decoder) refuse(offset int, format string, args ...any) error {
	return &DecodeError{Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// length takes the length of a string or of bytes, which are there.
func (d *Decoder) length() (int, error) {
	start := d.off
	n, err := d.U64()
	if err != nil {
		return 0, err
	}
	if rest := len(d.buf) - d.off; n > uint64(rest) {
		return 0, d.refuse(start, "length %d exceeds the %d bytes that are left", n, rest)
	}
	return int(n), nil
}

// varint takes a varint of at most size bytes, the last of which is at most last.
func (d *Decoder) varint(size int, last byte) (uint64, error) {
	b := d.buf[d.off:]
	if len(b) >= 2 && b[0] >= 0x80 && b[1] < 0x80 {
		d.off += 2
		return uint64(b[0]&0x7f) | uint64(b[1])<<7, nil
	}
	var v uint64
	for i, c := range b[:min(size, len(b))] {
		if c < 0x80 {
			if i == size-1 && c > last {
				break
			}
			d.off += i + 1
			return v | uint64(c)<<(7*i&63), nil
		}
		v |= uint64(c&0x7f) << (7 * i & 63)
	}
	if len(b) < size {
		return 0, d.end()
	}
	return 0, d.refuse(d.off, "the varint exceeds its type, whose longest form has %d bytes", size)
}

// missing returns the error for fewer bytes than the n that are needed.
//
//go:noinline
func (d *Decoder) missing(n int) error {
	return d.refuse(d.off, "%d bytes are needed, %d are left", n, len(d.buf)-d.off)
}

// end returns the error for a payload that ends too early.
//
//go:noinline
func (d *Decoder) end() error {
	return d.refuse(len(d.buf), "the payload ends within the value")
}
