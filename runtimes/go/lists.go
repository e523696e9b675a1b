package rapace

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// Lists of numbers are long where they are at all, so they have methods of their own: their loops do not branch by the
// length of a varint, which no processor foresees, and copy floats without a call for each.

// U32s appends a list of u32: their number, then a varint each.
func (e *Encoder) U32s(v []uint32) { e.buf = appendVarints(e.buf, v) }

// U64s appends a list of u64: their number, then a varint each.
func (e *Encoder) U64s(v []uint64) { e.buf = appendVarints(e.buf, v) }

// I32s appends a list of i32: their number, then a varint each.
func (e *Encoder) I32s(v []int32) { e.buf = appendVarints(e.buf, v) }

// I64s appends a list of i64: their number, then a varint each.
func (e *Encoder) I64s(v []int64) { e.buf = appendVarints(e.buf, v) }

// F32s appends a list of f32: their number, then four bytes each.
func (e *Encoder) F32s(v []float32) {
	e.Len(len(v))
	at := len(e.buf)
	e.buf = slices.Grow(e.buf, 4*len(v))[:at+4*len(v)]
	to := e.buf[at:]
	for i, f := range v {
		binary.LittleEndian.PutUint32(to[4*i:4*i+4], math.Float32bits(f))
	}
}

// F64s appends a list of f64: their number, then eight bytes each.
func (e *Encoder) F64s(v []float64) {
	e.Len(len(v))
	at := len(e.buf)
	e.buf = slices.Grow(e.buf, 8*len(v))[:at+8*len(v)]
	to := e.buf[at:]
	for len(v) >= 4 && len(to) >= 32 {
		binary.LittleEndian.PutUint64(to, math.Float64bits(v[0]))
		binary.LittleEndian.PutUint64(to[8:], math.Float64bits(v[1]))
		binary.LittleEndian.PutUint64(to[16:], math.Float64bits(v[2]))
		binary.LittleEndian.PutUint64(to[24:], math.Float64bits(v[3]))
		v, to = v[4:], to[32:]
	}
	for i, f := range v {
		binary.LittleEndian.PutUint64(to[8*i:8*i+8], math.Float64bits(f))
	}
}

// U32s takes a list of u32.
func (d *Decoder) U32s() ([]uint32, error) { return varints[uint32](d, 5, 1<<4-1) }

// U64s takes a list of u64.
func (d *Decoder) U64s() ([]uint64, error) { return varints[uint64](d, 10, 1<<1-1) }

// I32s takes a list of i32.
func (d *Decoder) I32s() ([]int32, error) { return varints[int32](d, 5, 1<<4-1) }

// I64s takes a list of i64.
func (d *Decoder) I64s() ([]int64, error) { return varints[int64](d, 10, 1<<1-1) }

// F32s takes a list of f32.
func (d *Decoder) F32s() ([]float32, error) {
	n, err := d.Len(4, scalarBytes)
	if err != nil {
		return nil, err
	}
	list := make([]float32, n)
	from := d.buf[d.off : d.off+4*n]
	for i := range list {
		list[i] = math.Float32frombits(binary.LittleEndian.Uint32(from[4*i : 4*i+4]))
	}
	d.off += 4 * n
	return list, nil
}

// F64s takes a list of f64.
func (d *Decoder) F64s() ([]float64, error) {
	n, err := d.Len(8, scalarBytes)
	if err != nil {
		return nil, err
	}
	list := make([]float64, n)
	from := d.buf[d.off : d.off+8*n]
	to := list
	for len(to) >= 4 && len(from) >= 32 {
		to[0] = math.Float64frombits(binary.LittleEndian.Uint64(from))
		to[1] = math.Float64frombits(binary.LittleEndian.Uint64(from[8:]))
		to[2] = math.Float64frombits(binary.LittleEndian.Uint64(from[16:]))
		to[3] = math.Float64frombits(binary.LittleEndian.Uint64(from[24:]))
		to, from = to[4:], from[32:]
	}
	for i := range to {
		to[i] = math.Float64frombits(binary.LittleEndian.Uint64(from[8*i : 8*i+8]))
	}
	d.off += 8 * n
	return list, nil
}

// integer is what travels as a varint and comes in lists; of a signed one it is the zigzag form.
type integer interface {
	uint32 | uint64 | int32 | int64
}

const (
	// chunk is for how many integers room is made at once.
	chunk = 64
	// longHalf is how many integers half of a list has that is decoded by halves.
	longHalf = 32
)

// appendVarints appends the number of integers, then each of them.
func appendVarints[T integer](b []byte, list []T) []byte {
	signed := ^T(0) < 0
	b = binary.AppendUvarint(b, uint64(len(list)))
	for len(list) > 0 {
		part := list[:min(chunk, len(list))]
		list = list[len(part):]
		at := len(b)
		b = slices.Grow(b, chunk*binary.MaxVarintLen64)
		to := b[at : at+chunk*binary.MaxVarintLen64]
		n := 0
		for _, v := range part {
			x := uint64(v)
			if signed {
				x = uint64(int64(v)<<1 ^ int64(v)>>63) // zigzag
			}
			switch {
			case x <= math.MaxUint32:
				w, length := scatter32(uint32(x))
				binary.LittleEndian.PutUint64(to[n:n+8], w)
				n += length
			case x < 1<<56:
				w, length := scatter(x)
				binary.LittleEndian.PutUint64(to[n:n+8], w)
				n += length
			default:
				n += binary.PutUvarint(to[n:], x)
			}
		}
		b = b[:at+n]
	}
	return b
}

// varints takes a list of integers, whose varints have at most size bytes, the last of which is at most last.
func varints[T integer](d *Decoder, size int, last byte) ([]T, error) {
	n, err := d.Len(1, scalarBytes)
	if err != nil {
		return nil, err
	}
	list := make([]T, n)
	greatest := uint64(last)<<(7*(size-1)) | (1<<(7*(size-1)) - 1)
	done, at := varintsOfHalves(list, d.buf, d.off, min(size, 8), greatest)
	for b := d.buf; done < len(list); {
		if at <= len(b)-8 {
			w := binary.LittleEndian.Uint64(b[at:])
			if w&goesOn == 0 && done <= len(list)-8 {
				eight := list[done : done+8]
				for i := range eight {
					eight[i] = unzigzag[T](w & 0x7f)
					w >>= 8
				}
				at += 8
				done += 8
				continue
			}
			if v, length := gather(w); length <= min(size, 8) && v <= greatest {
				list[done] = unzigzag[T](v)
				at += length
				done++
				continue
			}
		}
		// The end of the payload, or a varint that is very long or wrong.
		d.off = at
		v, err := d.varint(size, last)
		if err != nil {
			return nil, InIndex(err, done)
		}
		list[done] = unzigzag[T](v)
		at = d.off
		done++
	}
	d.off = at
	return list, nil
}

// varintsOfHalves decodes both halves of a long list at once, as where a varint begins is only known when the length of
// the one before is: a processor waits for that less when there are two of them. It returns how many of the list are
// right, from its beginning on, and where what follows begins in b. It ends early at a varint of more than size bytes
// or greater than greatest, and where the payload ends.
func varintsOfHalves[T integer](list []T, b []byte, at, size int, greatest uint64) (done, end int) {
	half := len(list) / 2
	if half < longHalf {
		return 0, at
	}
	second, ok := skipVarints(b, at, half)
	if !ok {
		return 0, at
	}
	one, two := list[:half], list[half:2*half]
	for done < half && second <= len(b)-8 {
		v, n := binary.LittleEndian.Uint64(b[at:]), 0
		w, m := binary.LittleEndian.Uint64(b[second:]), 0
		if size == 5 {
			v, n = gather32(v)
			w, m = gather32(w)
		} else {
			v, n = gather(v)
			w, m = gather(w)
		}
		if n > size || m > size || v > greatest || w > greatest {
			return done, at
		}
		one[done], two[done] = unzigzag[T](v), unzigzag[T](w)
		at += n
		second += m
		done++
	}
	// The payload ends near the end of the second half. What is left of the first has words still.
	for i := done; i < half; i++ {
		if at > len(b)-8 {
			return i, at
		}
		v, n := gather(binary.LittleEndian.Uint64(b[at:]))
		if n > size || v > greatest {
			return i, at
		}
		one[i] = unzigzag[T](v)
		at += n
	}
	return half + done, second
}

// skipVarints returns where the varint begins that is n after the one at at, and false unless all of them
// are there. It counts ends, so that it does not tell wrong varints from right ones.
func skipVarints(b []byte, at, n int) (int, bool) {
	for ; at <= len(b)-8; at += 8 {
		ends := bits.OnesCount64(^binary.LittleEndian.Uint64(b[at:]) & goesOn)
		if ends >= n {
			break
		}
		n -= ends
	}
	for ; n > 0; at++ {
		if at >= len(b) {
			return at, false
		}
		if b[at] < 0x80 {
			n--
		}
	}
	return at, true
}

// unzigzag returns the integer that travels as x. An unsigned one is never negative, and travels as it is.
func unzigzag[T integer](x uint64) T {
	if ^T(0) < 0 {
		return T(x>>1) ^ -T(x&1)
	}
	return T(x)
}
