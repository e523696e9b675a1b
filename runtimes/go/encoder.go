package rapace

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

// Encoder appends values in the postcard encoding, as facet-postcard 0.32.3 reads it. Generated code calls it; it is
// not for several goroutines at once.
//
// A method that can refuse its value returns an error, always an [*EncodeError].
//
// Its methods change the buffer by append and by cutting it in place, which stores no pointer: a pointer that is stored
// while the garbage collector runs costs as much as all else that they do.
type Encoder struct {
	buf    []byte
	depth  int
	zeros  int
	limits Limits
	// collected takes the arguments of a call that interceptors see, instead of their encoding. It is otherwise nil.
	collected *[]any
}

// leastBuffer is the least capacity of an encoder's buffer in bytes. Short values are written a word at a time, for
// which there has to be room beyond them.
const leastBuffer = 256

// NewEncoder returns an encoder with an empty buffer.
func NewEncoder(limits Limits) *Encoder {
	e := &Encoder{buf: make([]byte, 0, leastBuffer)}
	e.reset(limits.withDefaults(), 0)
	return e
}

// Reset empties the encoder, so that it can be used again with the limits that it has.
func (e *Encoder) Reset() {
	e.buf = e.buf[:0]
	e.depth = e.limits.MaxDepth
	e.zeros = e.limits.MaxZeroSizedItems
}

// Encoded returns what has been encoded so far. It is valid until the next use of the encoder.
func (e *Encoder) Encoded() []byte {
	return e.buf
}

// reset empties the encoder, gives it these limits, and leaves room at its beginning.
func (e *Encoder) reset(limits Limits, room int) {
	e.limits = limits
	e.Reset()
	if cap(e.buf) < room {
		e.buf = make([]byte, room, max(leastBuffer, room))
	}
	e.buf = e.buf[:room]
}

// Collects reports whether generated code must pass the arguments of a call to Collect, and not encode them.
func (e *Encoder) Collects() bool {
	return e.collected != nil
}

// Collect takes the arguments of a call, for those who see them as they are. It always returns nil.
func (e *Encoder) Collect(arguments ...any) error {
	*e.collected = arguments
	return nil
}

// U8 appends a u8: one raw byte.
func (e *Encoder) U8(v uint8) { e.buf = append(e.buf, v) }

// U16 appends a u16: a varint.
func (e *Encoder) U16(v uint16) {
	if v < 0x80 {
		e.buf = append(e.buf, byte(v))
		return
	}
	e.long(uint64(v))
}

// U32 appends a u32: a varint.
func (e *Encoder) U32(v uint32) {
	if v < 0x80 {
		e.buf = append(e.buf, byte(v))
		return
	}
	e.long(uint64(v))
}

// U64 appends a u64: a varint, seven bits a byte, the least significant first.
func (e *Encoder) U64(v uint64) {
	if v < 0x80 {
		e.buf = append(e.buf, byte(v))
		return
	}
	e.long(v)
}

// long appends a varint of more than one byte. It is apart from the methods above so that they are inlined.
//
//go:noinline
func (e *Encoder) long(v uint64) {
	if at := len(e.buf); v < 1<<56 && cap(e.buf)-at >= 8 {
		var w uint64
		var n int
		if v <= math.MaxUint32 {
			w, n = scatter32(uint32(v))
		} else {
			w, n = scatter(v)
		}
		binary.LittleEndian.PutUint64(e.buf[at:at+8], w)
		e.buf = e.buf[:at+n]
		return
	}
	e.buf = binary.AppendUvarint(e.buf, v)
}

// U128 appends a u128: a varint of up to 19 bytes.
func (e *Encoder) U128(v Uint128) {
	for v.Hi != 0 {
		e.buf = append(e.buf, byte(v.Lo)|0x80)
		v = Uint128{v.Hi >> 7, v.Lo>>7 | v.Hi<<57}
	}
	e.U64(v.Lo)
}

// I8 appends an i8: one raw byte.
func (e *Encoder) I8(v int8) { e.buf = append(e.buf, byte(v)) }

// I16 appends an i16: zigzag, then a varint.
func (e *Encoder) I16(v int16) { e.U16(uint16(v<<1 ^ v>>15)) }

// I32 appends an i32: zigzag, then a varint.
func (e *Encoder) I32(v int32) { e.U32(uint32(v<<1 ^ v>>31)) }

// I64 appends an i64: zigzag, then a varint.
func (e *Encoder) I64(v int64) { e.U64(uint64(v<<1 ^ v>>63)) }

// I128 appends an i128: zigzag, then a varint of up to 19 bytes.
func (e *Encoder) I128(v Int128) { e.U128(v.zigzag()) }

// F32 appends an f32: four bytes, little-endian.
func (e *Encoder) F32(v float32) {
	e.buf = binary.LittleEndian.AppendUint32(e.buf, math.Float32bits(v))
}

// F64 appends an f64: eight bytes, little-endian.
func (e *Encoder) F64(v float64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(v))
}

// Bool appends a bool: 0 or 1. It is also the tag of an option.
func (e *Encoder) Bool(v bool) {
	var b byte
	if v {
		b = 1
	}
	e.buf = append(e.buf, b)
}

// Char appends a char: the UTF-8 string of that one character. It refuses what is no Unicode scalar value.
func (e *Encoder) Char(v rune) error {
	if !utf8.ValidRune(v) {
		return e.Refuse("%#x is not a Unicode scalar value", v)
	}
	e.buf = append(e.buf, byte(utf8.RuneLen(v)))
	e.buf = utf8.AppendRune(e.buf, v)
	return nil
}

// String appends a String: its length in bytes, then the bytes. It refuses what is not UTF-8.
func (e *Encoder) String(v string) error {
	// The strings of most records are short and ASCII: a few words that overlap are all of one, to look at and to
	// write.
	at, n := len(e.buf), len(v)
	if n >= 4 && n <= 32 && cap(e.buf)-at > 32 {
		to := e.buf[at : at+33]
		to[0] = byte(n)
		var all uint64
		switch {
		case n < 8:
			head, tail := halfWord(v), halfWord(v[n-4:])
			all = uint64(head | tail)
			binary.LittleEndian.PutUint32(to[1:], head)
			binary.LittleEndian.PutUint32(to[n-3:], tail)
		case n <= 16:
			head, tail := word(v), word(v[n-8:])
			all = head | tail
			binary.LittleEndian.PutUint64(to[1:], head)
			binary.LittleEndian.PutUint64(to[n-7:], tail)
		default:
			first, second, third, last := word(v), word(v[8:]), word(v[n-16:]), word(v[n-8:])
			all = first | second | third | last
			binary.LittleEndian.PutUint64(to[1:], first)
			binary.LittleEndian.PutUint64(to[9:], second)
			binary.LittleEndian.PutUint64(to[n-15:], third)
			binary.LittleEndian.PutUint64(to[n-7:], last)
		}
		if all&notASCII == 0 {
			e.buf = e.buf[:at+1+n]
			return nil
		}
	}
	if !validString(v) {
		return e.Refuse("the string is not valid UTF-8")
	}
	e.Len(n)
	e.buf = append(e.buf, v...)
	return nil
}

// OptionString appends an Option<String>: 0 for nil, otherwise 1 and the String. It refuses what is not UTF-8.
func (e *Encoder) OptionString(v *string) error {
	if v == nil {
		e.buf = append(e.buf, 0)
		return nil
	}
	return e.someString(*v)
}

// someString is apart so that OptionString is inlined.
//
//go:noinline
func (e *Encoder) someString(v string) error {
	e.buf = append(e.buf, 1)
	return e.String(v)
}

// Bytes appends a Vec<u8>: its length, then the bytes.
func (e *Encoder) Bytes(v []byte) {
	e.Len(len(v))
	e.buf = append(e.buf, v...)
}

// Raw appends a [u8; N]: its bytes.
func (e *Encoder) Raw(v []byte) { e.buf = append(e.buf, v...) }

// Len appends the number of items of a list, set or map whose items have bytes.
func (e *Encoder) Len(n int) { e.U64(uint64(n)) }

// ZeroSizedLen appends the number of items that have no bytes. It refuses more than [Limits.MaxZeroSizedItems] in all.
func (e *Encoder) ZeroSizedLen(n int) error {
	if n > e.zeros {
		return e.Refuse("%d items without bytes exceed the limit, of which %d are left", n, e.zeros)
	}
	e.zeros -= n
	e.Len(n)
	return nil
}

// Variant appends the index of an enum's variant. It refuses one that the enum, which has so many, does not have.
func (e *Encoder) Variant(index, variants uint32) error {
	if index >= variants {
		return e.Refuse("variant %d is unknown: the enum has %d", index, variants)
	}
	e.U32(index)
	return nil
}

// Enter begins a value of a recursive type. It refuses more levels than [Limits.MaxDepth].
func (e *Encoder) Enter() error {
	if e.depth == 0 {
		return e.Refuse("the value is nested deeper than the limit")
	}
	e.depth--
	return nil
}

// Leave ends a value of a recursive type. After an error it need not be called.
func (e *Encoder) Leave() { e.depth++ }

// Refuse returns an error with this reason.
//
//go:noinline
func (e *Encoder) Refuse(format string, args ...any) error {
	return &EncodeError{Reason: fmt.Sprintf(format, args...)}
}

// RefuseVariant returns the error for a value that is no variant of this enum.
//
//go:noinline
func (e *Encoder) RefuseVariant(v any, enum string) error {
	return e.Refuse("%s", noVariant(v, enum))
}

// noVariant says why a value is no variant of an enum. A pointer to a variant has its methods, so that Go takes it.
func noVariant(v any, enum string) string {
	text := fmt.Sprintf("%T is no variant of %s", v, enum)
	if text[0] == '*' {
		text += ": pass the value, not a pointer"
	}
	return text
}
