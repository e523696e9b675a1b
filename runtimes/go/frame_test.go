package rapace

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// frameOf returns the bytes of a frame.
func frameOf(channel, method, flags uint32, payload string) []byte {
	b := append(make([]byte, headerBytes), payload...)
	descriptor{0, channel, method, flags}.put(b)
	return b
}

func TestHeader(t *testing.T) {
	b := append(bytes.Repeat([]byte{0xaa}, headerBytes), "\x01\x02\x03"...)
	descriptor{message: 2, channel: 3, method: 0xbf43f3ac, flags: flagData | flagEOS}.put(b)
	want := "43000000" + // 64 + 3
		"0200000000000000" + "03000000" + "acf343bf" + // message, channel, method
		"ffffffff" + "00000000" + "00000000" + "03000000" + // inline payload of 3 bytes
		"05000000" + "00000000" + "ffffffffffffffff" + // flags, credits, no deadline
		"01020300000000000000000000000000" + // the payload once more
		"010203"
	if got := hex.EncodeToString(b); got != want {
		t.Errorf("frame\n%s, want\n%s", got, want)
	}
	long := frameOf(1, 0, flagData, strings.Repeat("x", 17))
	if got := hex.EncodeToString(long[4+16:4+32]) + hex.EncodeToString(long[4+48:68]); got != "00000000000000000000000011000000"+strings.Repeat("00", 16) {
		t.Errorf("payload of 17 bytes: %s", got)
	}
}

// feed reads all of input, in pieces, and returns the frames as channel and payload.
func feed(t *testing.T, r *frameReader, input []byte, piece int) (frames []string, err error) {
	t.Helper()
	for len(input) > 0 {
		space := r.space()
		if len(space) == 0 {
			t.Fatal("no space")
		}
		n := copy(space[:min(piece, len(space))], input)
		input = input[n:]
		r.advance(n)
		for {
			f, ok, err := r.next()
			if err != nil {
				return frames, err
			}
			if !ok {
				break
			}
			frames = append(frames, string(rune('0'+f.channel))+string(f.payload))
		}
	}
	return frames, nil
}

func TestFramesInAnyPieces(t *testing.T) {
	var input []byte
	var want []string
	for i, length := range []int{0, 1, 16, 17, 100_000, 0, 300_000, 5} {
		payload := strings.Repeat(string(rune('a'+i)), length)
		input = append(input, frameOf(uint32(i), 0, flagData, payload)...)
		want = append(want, string(rune('0'+i))+payload)
	}
	for _, piece := range []int{1, 3, 67, 68, 69, 4096, 70_000, len(input)} {
		r := &frameReader{max: 1 << 20}
		got, err := feed(t, r, input, piece)
		if err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("in pieces of %d: %d frames, %v", piece, len(got), err)
		}
		if r.partial() {
			t.Errorf("in pieces of %d: something is left", piece)
		}
		if r.space(); cap(r.buf) > readBytes {
			t.Errorf("in pieces of %d: keeps %d bytes", piece, cap(r.buf))
		}
	}
}

func TestFrameLengthIsChecked(t *testing.T) {
	for _, test := range []struct {
		length string
		reason string
	}{
		{"\x00\x00\x00\x00", "frame length 0 is below that of a descriptor, 64"},
		{"\x3f\x00\x00\x00", "frame length 63 is below that of a descriptor, 64"},
		{"\x01\x10\x00\x00", "frame length 4097 exceeds the limit of 4096 bytes"},
		{"\xff\xff\xff\xff", "frame length 4294967295 exceeds the limit of 4096 bytes"},
	} {
		r := &frameReader{max: 4096}
		_, err := feed(t, r, []byte(test.length), 4)
		var protocol *ProtocolError
		if !errors.As(err, &protocol) || protocol.Reason != test.reason {
			t.Errorf("length % x: %v, want %s", test.length, err, test.reason)
		}
		if cap(r.buf) > readBytes {
			t.Errorf("length % x: %d bytes were allocated", test.length, cap(r.buf))
		}
	}
	r := &frameReader{max: 4096}
	if got, err := feed(t, r, frameOf(1, 0, 0, strings.Repeat("x", 4096-64)), 100); len(got) != 1 || err != nil {
		t.Errorf("at the limit: %d frames, %v", len(got), err)
	}
}

// A length alone allocates nothing: the buffer at most doubles with what has arrived.
func TestBufferGrowsWithWhatArrives(t *testing.T) {
	r := &frameReader{max: 16 << 20}
	input := frameOf(1, 0, 0, strings.Repeat("x", 1<<20))
	for arrived := 0; arrived < len(input); {
		n := copy(r.space(), input[arrived:min(arrived+1000, len(input))])
		arrived += n
		r.advance(n)
		if limit := max(readBytes, 2*arrived+2000); cap(r.buf) > limit {
			t.Fatalf("after %d bytes the buffer has %d", arrived, cap(r.buf))
		}
	}
	if f, ok, err := r.next(); !ok || err != nil || len(f.payload) != 1<<20 {
		t.Errorf("%v, %v", ok, err)
	}
}

func FuzzFrameReader(f *testing.F) {
	f.Add(frameOf(1, 0, flagData|flagEOS, "x"), 3)
	f.Add([]byte("\xff\xff\xff\xff"), 1)
	f.Fuzz(func(t *testing.T, input []byte, piece int) {
		if piece <= 0 {
			piece = 1
		}
		whole, wholeErr := feed(t, &frameReader{max: 1 << 16}, input, len(input)+1)
		parts, partsErr := feed(t, &frameReader{max: 1 << 16}, input, piece)
		if strings.Join(whole, "|") != strings.Join(parts, "|") || (wholeErr == nil) != (partsErr == nil) {
			t.Errorf("%d frames, %v at once; %d frames, %v in pieces", len(whole), wholeErr, len(parts), partsErr)
		}
	})
}
