package rapace

import (
	"math/bits"
	"unicode/utf8"
)

// notASCII has the bits that are set in no byte of ASCII text.
const notASCII = 0x8080808080808080

// word returns the first eight bytes of s, which are there, as a little-endian number.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// halfWord returns the first four bytes of s, which are there, as a little-endian number.
func halfWord(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// validString reports whether s is valid UTF-8, as utf8.ValidString does. That function reads text that is not ASCII
// byte by byte. This one reads words, as most scripts have runs of characters of one length.
func validString(s string) bool {
	if len(s) < 8 {
		return utf8.ValidString(s)
	}
	last := word(s[len(s)-8:])
	for len(s) >= 8 {
		w := word(s)
		n := 8
		switch {
		case w&notASCII == 0:
		case w&0x80 == 0:
			n = bits.TrailingZeros64(w&notASCII) / 8
		case w&0xe0 == 0xc0:
			n = validPairs(s)
		case w&0xf0 == 0xe0:
			n = validTriples(s)
		default:
			n = validQuads(s)
		}
		if n == 0 {
			return false
		}
		s = s[n:]
	}
	// Most often what is left of the last word is ASCII, or nothing.
	return last>>(64-8*len(s))&notASCII == 0 || utf8.ValidString(s)
}

// validPairs returns how many bytes at the beginning of s, which has eight or more, are characters of two bytes:
// 110xxxxx 10xxxxxx. Four of the five x in front must not be 0, or else one byte would do. Not all may be counted, but
// the first is.
func validPairs(s string) (n int) {
	for len(s) >= n+8 {
		w := word(s[n:])
		wrong := w&0xc0e0c0e0c0e0c0e0 ^ 0x80c080c080c080c0
		wrong |= lacks(w&0x001e001e001e001e+0x00fe00fe00fe00fe, 0x0100010001000100)
		if wrong != 0 {
			return n + bits.TrailingZeros64(wrong)/16*2
		}
		n += 8
	}
	return n
}

// validTriples is validPairs for characters of three bytes: 1110xxxx 10xxxxxx 10xxxxxx. Below 0x800 two bytes would do,
// and 0xd800 up to 0xdfff are surrogates.
func validTriples(s string) (n int) {
	for {
		for len(s) >= n+24 {
			// Eight of them at once, unless one begins with xxxx 0 or 13: then the next byte counts.
			const (
				first  = 0x000f00000f00000f
				second = 0x0f00000f00000f00
				third  = 0x00000f00000f0000
			)
			a, b, c := word(s[n:]), word(s[n+8:]), word(s[n+16:])
			wrong := a&0xc0f0c0c0f0c0c0f0 ^ 0x80e08080e08080e0
			wrong |= b&0xf0c0c0f0c0c0f0c0 ^ 0xe08080e08080e080
			wrong |= c&0xc0c0f0c0c0f0c0c0 ^ 0x8080e08080e08080
			a, b, c = a&first, b&second, c&third
			wrong |= lacks((a+first)&(a^first/15*13+first), first/15<<4)
			wrong |= lacks((b+second)&(b^second/15*13+second), second/15<<4)
			wrong |= lacks((c+third)&(c^third/15*13+third), third/15<<4)
			if wrong != 0 {
				break
			}
			n += 24
		}
		if len(s) < n+8 {
			return n
		}
		w := word(s[n:])
		if !isTriple(w) {
			return n
		}
		n += 3
		if !isTriple(w >> 24) {
			return n
		}
		n += 3
	}
}

// isTriple reports whether a word begins with a character of three bytes.
func isTriple(w uint64) bool {
	top := w&0x0f<<1 | w>>13&1 // the code point without its low eleven bits
	return w&0xc0c0f0 == 0x8080e0 && top != 0 && top != 0xd800>>11
}

// validQuads is validPairs for characters of four bytes: 11110xxx 10xxxxxx 10xxxxxx 10xxxxxx, from 0x10000 up to
// 0x10ffff.
func validQuads(s string) (n int) {
	for len(s) >= n+8 {
		w := word(s[n:])
		if !isQuad(w) {
			return n
		}
		n += 4
		if !isQuad(w >> 32) {
			return n
		}
		n += 4
	}
	return n
}

// isQuad reports whether a word begins with a character of four bytes.
func isQuad(w uint64) bool {
	top := w&0x07<<2 | w>>12&3 // the code point without its low sixteen bits
	return w&0xc0c0c0f8 == 0x808080f0 && top-1 < 0x10
}

// lacks returns the bits that w lacks.
func lacks(w, bits uint64) uint64 {
	return w&bits ^ bits
}
