package rapace

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

func checkValid(t *testing.T, s string) bool {
	t.Helper()
	got, want := validString(s), utf8.ValidString(s)
	if got != want {
		t.Errorf("%q: valid %v, want %v", s, got, want)
	}
	return got == want
}

// Every character, at the edges of a word and in runs.
func TestEveryCharacterIsValid(t *testing.T) {
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if utf8.ValidRune(r) {
			c := string(r)
			if !checkValid(t, c+"xxxxxxxx") || !checkValid(t, "xyz"+strings.Repeat(c, 9)) {
				return
			}
		}
	}
	for _, c := range []string{"\x00", "\x7f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff"} {
		for n := range 9 {
			checkValid(t, strings.Repeat("x", n)+strings.Repeat(c, 30)+"yé字😀zzzzzzzz")
		}
	}
}

// Every sequence of three bytes, and of four that begin as those of four do, alone and in a run that is right.
func TestWrongSequencesAreFound(t *testing.T) {
	check := func(bytes ...byte) bool {
		c := string(bytes)
		ok := checkValid(t, c+"aaaaaaaa")
		switch {
		case bytes[0] < 0xe0:
			return ok && checkValid(t, "éé"+c+"éééé")
		case bytes[0] < 0xf0:
			return ok && checkValid(t, "字字字"+c+"字字字字字字字字")
		}
		return ok && checkValid(t, "😀"+c+"😀😀")
	}
	for i := 0x80 << 16; i < 1<<24; i++ {
		// Of the last byte all but its top bits are of no account.
		if i&0x1f != 0 {
			continue
		}
		if !check(byte(i>>16), byte(i>>8), byte(i)) {
			return
		}
	}
	for i := 0xe0 << 8; i < 1<<16; i++ {
		for _, third := range []byte{0x7f, 0x80, 0xbf, 0xc0} {
			for _, fourth := range []byte{0x7f, 0x80, 0xbf, 0xc0} {
				if !check(byte(i>>8), byte(i), third, fourth) {
					return
				}
			}
		}
	}
}

// Text of all kinds that was damaged somewhere, or cut.
func TestDamagedText(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	kinds := [][2]rune{{'a', 'z'}, {'a', 0x200}, {'А', 'я'}, {'一', 0x5e00}, {'가', 0xd7a3}, {'😀', 0x1f640}, {0, utf8.MaxRune}}
	for range 100_000 {
		var text strings.Builder
		kind := kinds[random.IntN(len(kinds))]
		for range 1 + random.IntN(30) {
			text.WriteRune(kind[0] + random.Int32N(kind[1]-kind[0]+1))
		}
		b := []byte(text.String())
		checkValid(t, string(b))
		checkValid(t, string(b[:random.IntN(len(b))]))
		b[random.IntN(len(b))] = byte(random.IntN(256))
		checkValid(t, string(b))
	}
}

func FuzzValidString(f *testing.F) {
	f.Add("naïve 字字字字 😀😀😀")
	f.Fuzz(func(t *testing.T, s string) { checkValid(t, s) })
}
