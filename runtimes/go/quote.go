package rapace

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ellipsis ends a quoted text that was cut.
const ellipsis = "..."

// Quote returns a text of the peer's as errors and logs show it: line breaks and tabs are spaces, other control
// characters and those that change the direction of text are U+FFFD, and it has at most 1,024 bytes. A text that was
// cut ends in "...". So what a peer says can neither forge lines of a log, nor steer a terminal, nor fill memory.
func Quote(text string) string {
	var quoted strings.Builder
	room := 0 // how much of the text fits before an ellipsis
	for _, r := range text {
		quoted.WriteRune(shown(r))
		switch length := quoted.Len(); {
		case length > quotedBytes:
			return quoted.String()[:room] + ellipsis
		case length <= quotedBytes-len(ellipsis):
			room = length
		}
	}
	return quoted.String()
}

// quoteBytes is Quote of bytes that may be no UTF-8. Of many bytes it looks at the first alone.
func quoteBytes(text []byte) string {
	// A rune of the result comes from at most utf8.UTFMax bytes, and has one byte or more.
	return Quote(lossyString(text[:min(len(text), utf8.UTFMax*(quotedBytes+1))]))
}

// shown returns the rune that is shown for a rune of the peer's.
func shown(r rune) rune {
	switch r {
	case '\n', '\r', '\t', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return ' '
	}
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return utf8.RuneError
	}
	return r
}

// lossyString returns b as UTF-8 with U+FFFD in place of each maximal part that is none, as Rust, Python and browsers
// replace it: a truncated character is one part, not one for each byte.
func lossyString(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var text strings.Builder
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			// The longest part that a right character could begin with: such a part is not full.
			for size < min(3, len(b)) && !utf8.FullRune(b[:size+1]) {
				size++
			}
		}
		text.WriteRune(r)
		b = b[size:]
	}
	return text.String()
}
