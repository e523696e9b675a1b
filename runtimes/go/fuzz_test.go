package rapace

import (
	"errors"
	"maps"
	"slices"
	"testing"
)

// FuzzDecoder reads a payload by a program: each of its bytes names what is read next. Nothing may panic, what is read
// must stay inside the payload, and a value that was read must have bytes that are read as the same value.
func FuzzDecoder(f *testing.F) {
	names := slices.Sorted(maps.Keys(codecs))
	for _, v := range values {
		f.Add([]byte{byte(slices.Index(names, v.codec))}, []byte(v.bytes))
	}
	f.Fuzz(func(t *testing.T, program, payload []byte) {
		d := NewDecoder(payload, Limits{})
		for _, step := range program {
			name := names[int(step)%len(names)]
			start := d.off
			value, err := codecs[name].decode(d)
			if err != nil {
				var refused *DecodeError
				if !errors.As(err, &refused) || refused.Offset < start || refused.Offset > len(payload) {
					t.Fatalf("%s at %d of % x: %v", name, start, payload, err)
				}
				return
			}
			if d.off < start || d.off > len(payload) {
				t.Fatalf("%s at %d of % x ends at %d", name, start, payload, d.off)
			}
			e := NewEncoder(Limits{})
			if err := codecs[name].encode(e, value); err != nil {
				t.Fatalf("%s: %v was decoded, but not encoded: %v", name, value, err)
			}
			if length := d.off - start; len(e.Encoded()) > length {
				t.Errorf("%s: %v took %d bytes and is encoded to % x", name, value, length, e.Encoded())
			}
			again, err := codecs[name].decode(NewDecoder(e.Encoded(), Limits{}))
			if err != nil || again != value && value == value {
				t.Errorf("%s: %v became %v, %v", name, value, again, err)
			}
		}
	})
}

// FuzzSession feeds the session with any sequence of frames. Whatever comes, a call ends once, and nothing comes after.
func FuzzSession(f *testing.F) {
	f.Add([]byte{1, flagData | flagEOS, 0, 3, flagData, 1, 3, flagEOS, 0, 5, flagError, 9})
	f.Fuzz(func(t *testing.T, script []byte) {
		s := newSession[int, int](odd, Limits{}.withDefaults())
		ended := make(map[int]bool)
		for i := range 3 {
			s.open(kind(i%2), i, 7, make([]byte, headerBytes))
		}
		for ; len(script) >= 3; script = script[3:] {
			payload := make([]byte, script[2])
			f := frame{descriptor{channel: uint32(script[0] % 8), flags: uint32(script[1])}, payload}
			e, meaning := s.receive(f)
			if meaning != meansEvent {
				continue
			}
			if ended[e.handle] {
				t.Fatalf("call %d got something after its end", e.handle)
			}
			if !e.hasItem && !e.end || e.err != nil && !e.end {
				t.Fatalf("call %d got an event without a meaning", e.handle)
			}
			ended[e.handle] = e.end
		}
		if left := s.inFlight(); left != 3-countTrue(ended) {
			t.Errorf("%d calls are in flight, %d of 3 have ended", left, countTrue(ended))
		}
	})
}

func countTrue(m map[int]bool) (n int) {
	for _, v := range m {
		if v {
			n++
		}
	}
	return n
}
