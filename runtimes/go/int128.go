package rapace

import (
	"encoding/binary"
	"math/big"
)

// Uint128 is Rust's u128: Hi * 2^64 + Lo.
type Uint128 struct {
	Hi, Lo uint64
}

// Int128 is Rust's i128 in two's complement: Hi * 2^64 + Lo.
type Int128 struct {
	Hi int64
	Lo uint64
}

// Uint128From returns value as a 128-bit integer.
func Uint128From(value uint64) Uint128 {
	return Uint128{Lo: value}
}

// Int128From returns value as a 128-bit integer.
func Int128From(value int64) Int128 {
	return Int128{Hi: value >> 63, Lo: uint64(value)}
}

// Uint128FromBig returns value, and false when it is negative or too large.
func Uint128FromBig(value *big.Int) (Uint128, bool) {
	if value.Sign() < 0 || value.BitLen() > 128 {
		return Uint128{}, false
	}
	var b [16]byte
	value.FillBytes(b[:])
	return Uint128{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}, true
}

// Int128FromBig returns value, and false when it is out of range.
func Int128FromBig(value *big.Int) (Int128, bool) {
	// A negative value and its complement, -value - 1, need the same number of bits besides the sign.
	magnitude := value
	if value.Sign() < 0 {
		magnitude = new(big.Int).Not(value)
	}
	u, ok := Uint128FromBig(magnitude)
	if !ok || u.Hi>>63 != 0 {
		return Int128{}, false
	}
	if value.Sign() < 0 {
		return Int128{int64(^u.Hi), ^u.Lo}, true
	}
	return Int128{int64(u.Hi), u.Lo}, true
}

// Big returns the value as a big integer.
func (u Uint128) Big() *big.Int {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], u.Hi)
	binary.BigEndian.PutUint64(b[8:], u.Lo)
	return new(big.Int).SetBytes(b[:])
}

// Big returns the value as a big integer.
func (i Int128) Big() *big.Int {
	if i.Hi < 0 {
		return new(big.Int).Not(Uint128{^uint64(i.Hi), ^i.Lo}.Big())
	}
	return Uint128{uint64(i.Hi), i.Lo}.Big()
}

// String returns the value in decimal.
func (u Uint128) String() string {
	return u.Big().String()
}

// String returns the value in decimal.
func (i Int128) String() string {
	return i.Big().String()
}

// zigzag maps 0, -1, 1, -2, … to 0, 1, 2, 3, …
func (i Int128) zigzag() Uint128 {
	sign := uint64(i.Hi >> 63)
	return Uint128{(uint64(i.Hi)<<1 | i.Lo>>63) ^ sign, i.Lo<<1 ^ sign}
}

// unzigzag is the inverse of zigzag.
func (u Uint128) unzigzag() Int128 {
	sign := -(u.Lo & 1)
	return Int128{int64(u.Hi>>1 ^ sign), (u.Lo>>1 | u.Hi<<63) ^ sign}
}

// Bytes returns the value with the most significant byte first.
func (u Uint128) Bytes() (b [16]byte) {
	binary.BigEndian.PutUint64(b[:8], u.Hi)
	binary.BigEndian.PutUint64(b[8:], u.Lo)
	return b
}

// Uint128FromBytes returns the value of bytes, the most significant first.
func Uint128FromBytes(b [16]byte) Uint128 {
	return Uint128{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}
