package rapace

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// counted is a payload of a count and so many bytes.
func counted(n int) []byte {
	return append(binary.AppendUvarint(nil, uint64(n)), make([]byte, n)...)
}

// What is small on the wire may be large in memory: it is refused before it is allocated.
func TestReportDecodedSizeIsBounded(t *testing.T) {
	const limit = 8 << 20
	limits := Limits{MaxDecodedBytes: limit}
	lists := func(sizes ...int) func(*Decoder) error {
		return func(d *Decoder) error {
			for _, size := range sizes {
				n, err := d.Len(1, uint64(size))
				if err != nil {
					return err
				}
				if err := d.Raw(make([]byte, n)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	nested := func(levels int, size uint64) func(*Decoder) error {
		return func(d *Decoder) error {
			for range levels {
				if err := d.Enter(size); err != nil {
					return err
				}
				d.Leave()
			}
			return nil
		}
	}
	for name, test := range map[string]struct {
		payload []byte
		decode  func(*Decoder) error
		offset  int // where it is refused, -1 where it is not
	}{
		"a list at the limit":         {counted(1024), lists(8 << 10), -1},
		"a list above it":             {counted(1025), lists(8 << 10), 0},
		"a size of 2 GiB":             {counted(1), lists(1 << 31), 0},
		"more than 64 bits":           {counted(1 << 16), lists(1 << 62), 0},
		"two lists at the limit":      {slices.Concat(counted(512), counted(512)), lists(8<<10, 8<<10), -1},
		"the second above it":         {slices.Concat(counted(512), counted(513)), lists(8<<10, 8<<10), 514},
		"recursive values at it":      {nil, nested(1<<13, 1<<10), -1},
		"recursive values above it":   {nil, nested(1<<13+1, 1<<10), 0},
		"items without bytes":         {binary.AppendUvarint(nil, 1<<16), func(d *Decoder) error { _, err := d.Len(0, 129); return err }, 0},
		"numbers at the limit":        {counted(limit / 16), func(d *Decoder) error { _, err := d.U32s(); return err }, -1},
		"numbers above it":            {counted(limit/16 + 1), func(d *Decoder) error { _, err := d.I64s(); return err }, 0},
		"floats, of which each has 4": {append(binary.AppendUvarint(nil, limit/16+1), make([]byte, limit)...), func(d *Decoder) error { _, err := d.F32s(); return err }, 0},
	} {
		err := test.decode(NewDecoder(test.payload, limits))
		var refused *DecodeError
		switch {
		case test.offset < 0 && err == nil:
		case test.offset >= 0 && errors.As(err, &refused) && refused.Offset == test.offset &&
			refused.Reason == "decoded size exceeds the limit of 8388608 bytes":
		default:
			t.Errorf("%s: error %v, want one at %d", name, err, test.offset)
		}
	}
}

// The default is 16 times the greatest frame, so that a list of numbers is never above it.
func TestReportDecodedSizeHasADefault(t *testing.T) {
	for frame, want := range map[int]int{0: 256 << 20, 1 << 20: 16 << 20} {
		if got := (Limits{MaxFrameBytes: frame}).withDefaults().MaxDecodedBytes; got != want {
			t.Errorf("%d for frames of %d, want %d", got, frame, want)
		}
	}
	if got := (Limits{MaxFrameBytes: 1 << 40}).withDefaults().MaxDecodedBytes; got <= 0 {
		t.Errorf("%d for the greatest frames", got)
	}
}

// A deadline that passes while an answer is decoded ends that: each sixteenth of the work takes more than the deadline.
func TestReportDeadlineEndsADecode(t *testing.T) {
	const steps = 16
	slowly := map[string]func(d *Decoder, v *int) error{
		"items": func(d *Decoder, v *int) error {
			for i := range steps * clockItems {
				if i%clockItems == 0 {
					time.Sleep(40 * time.Millisecond)
					*v++
				}
				if err := d.Item(i); err != nil {
					return err
				}
			}
			return nil
		},
		"lists": func(d *Decoder, v *int) error {
			for range steps {
				time.Sleep(40 * time.Millisecond)
				*v++
				if _, err := d.Len(1, clockBytes+1); err != nil {
					return err
				}
			}
			return nil
		},
		"recursive values": func(d *Decoder, v *int) error {
			for range steps {
				time.Sleep(40 * time.Millisecond)
				*v++
				if err := d.Enter(clockBytes + 1); err != nil {
					return err
				}
				d.Leave()
			}
			return nil
		},
	}
	s := startServer(t, func(p *peer) {
		for {
			f := p.receive()
			if f.channel == 0 {
				return
			}
			p.send(f.channel, flagData|flagEOS, strings.Repeat("\x01", 2*steps))
		}
	})
	conn := s.dial(AllowTrailingBytes())
	for name, decoder := range slowly {
		for _, client := range []*Client{NewClient(conn, WithTimeout(30*time.Millisecond)), NewClient(conn, WithTimeout(time.Hour))} {
			done := 0
			value, err := Call(t.Context(), client, &echoMethod, nil, func(d *Decoder, v *int) error {
				err := decoder(d, v)
				done = *v
				return err
			})
			if client.settings.timeout == time.Hour {
				if err != nil || value != steps {
					t.Errorf("%s: within its time: %d, %v", name, value, err)
				}
				continue
			}
			wantError(t, err, CodeDeadlineExceeded, "Echo.echo: DeadlineExceeded: no answer within 30ms")
			if done == 0 || done > steps/2 {
				t.Errorf("%s: %d of %d steps were done", name, done, steps)
			}
		}
	}
}

// Go's maps have a seed of their own each, so that keys which collide in other languages are like any others.
func TestReportKeysThatCollideCostNoMore(t *testing.T) {
	const keys = 40_000
	payload := func(key func(i int) Uint128) []byte {
		e := NewEncoder(Limits{})
		e.Len(keys)
		for i := range keys {
			e.U128(key(i))
		}
		return e.Encoded()
	}
	fastest := func(payload []byte) time.Duration {
		best := time.Hour
		for range 5 {
			runtime.GC()
			began := time.Now()
			d := NewDecoder(payload, Limits{})
			n, err := d.Len(1, 32)
			if err != nil {
				t.Fatal(err)
			}
			set := make(Set[Uint128], n)
			for range n {
				key, err := d.U128()
				if err != nil {
					t.Fatal(err)
				}
				set[key] = struct{}{}
			}
			best = min(best, time.Since(began))
			if len(set) != keys {
				t.Fatalf("%d keys", len(set))
			}
		}
		return best
	}
	random := fastest(payload(func(int) Uint128 { return Uint128{Hi: rand.Uint64(), Lo: rand.Uint64()} }))
	for name, key := range map[string]func(i int) Uint128{
		"equal modulo 2^64": func(i int) Uint128 { return Uint128{Hi: uint64(i)} },
		"equal modulo 2^61 - 1": func(i int) Uint128 {
			high, low := bits.Mul64(uint64(i), 1<<61-1)
			return Uint128{Hi: high, Lo: low}
		},
	} {
		if took := fastest(payload(key)); took > 10*random+50*time.Millisecond {
			t.Errorf("keys %s take %v, random ones %v", name, took, random)
		}
	}
}
