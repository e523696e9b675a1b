package rapace

import "math/bits"

// A varint is seven bits a byte, the least significant first; all bytes but the last have their top bit set. Lists of
// integers write and read those of up to eight bytes as a word, without a branch on their length, which processors
// seldom foresee. [Decoder.varint] reads a single one.

// goesOn has the bits that tell, byte by byte, that a varint goes on.
const goesOn = 0x8080808080808080

// scatter returns the bytes of the varint of v, which is below 1<<56, and their number.
func scatter(v uint64) (uint64, int) {
	v = v&0x000000000fffffff | v<<4&0x0fffffff00000000
	v = v&0x00003fff00003fff | v<<2&0x3fff00003fff0000
	v = v&0x007f007f007f007f | v<<1&0x7f007f007f007f00
	last := uint(bits.Len64(v|1)-1) &^ 7 // where the last byte begins
	return v | goesOn&(1<<(last&63)-1), int(last/8) + 1
}

// scatter32 is scatter for 32 bits, which takes half as many instructions.
func scatter32(v uint32) (uint64, int) {
	low := v & 0x0fffffff
	low = low&0x00003fff | low<<2&0x3fff0000
	low = low&0x007f007f | low<<1&0x7f007f00
	w := uint64(low) | uint64(v>>28)<<32
	last := uint(bits.Len64(w|1)-1) &^ 7 // where the last byte begins
	return w | goesOn&(1<<(last&63)-1), int(last/8) + 1
}

// gather returns the value of the varint that a word begins with, and its length. It is 9 when the varint has no end in
// the word.
func gather(w uint64) (uint64, int) {
	ends := ^w & goesOn // the lowest is the top bit of the last byte
	n := bits.TrailingZeros64(ends)/8 + 1
	w &= (ends - 1) &^ ends
	w = w&0x007f007f007f007f | w&0x7f007f007f007f00>>1
	w = w&0x00003fff00003fff | w&0x3fff00003fff0000>>2
	w = w&0x000000000fffffff | w&0x0fffffff00000000>>4
	return w, n
}

// gather32 is gather for varints of up to five bytes. The value of a longer one is wrong.
func gather32(w uint64) (uint64, int) {
	ends := ^w & goesOn
	n := bits.TrailingZeros64(ends)/8 + 1
	w &= (ends - 1) &^ ends
	low := uint32(w)
	low = low&0x007f007f | low&0x7f007f00>>1
	low = low&0x00003fff | low&0x3fff0000>>2
	return uint64(low) | w>>32<<28, n
}
