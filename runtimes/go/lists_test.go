package rapace

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// The fast ways of encoder and decoder against the plainest: byte by byte, item by item.

// plainVarint takes a varint as Decoder's methods are documented.
func plainVarint(b []byte, size int, last byte) (v uint64, n int, reason string) {
	for n < len(b) && n < size {
		c := b[n]
		if n == size-1 && c > last {
			break
		}
		v |= uint64(c&0x7f) << (7 * n)
		n++
		if c < 0x80 {
			return v, n, ""
		}
	}
	if n == len(b) && n < size {
		return 0, n, "the payload ends within the value"
	}
	return 0, 0, fmt.Sprintf("the varint exceeds its type, whose longest form has %d bytes", size)
}

// varintsOfAllKinds are numbers at the edges of each length, in their shortest form and in longer ones, right and
// wrong.
func varintsOfAllKinds() (all [][]byte) {
	for shift := range 64 {
		for _, v := range []uint64{1<<shift - 1, 1 << shift, 1<<shift + 1} {
			shortest := binary.AppendUvarint(nil, v)
			all = append(all, shortest)
			for longer := len(shortest); longer < 12; longer++ {
				b := append([]byte{}, shortest...)
				b[len(b)-1] |= 0x80
				for len(b) < longer {
					b = append(b, 0x80)
				}
				all = append(all, append(b, 0), append(b[:len(b):len(b)], 1))
			}
		}
	}
	return append(all, []byte(strings.Repeat("\xff", 20)))
}

func TestVarintsAsPlainOnes(t *testing.T) {
	for _, varint := range varintsOfAllKinds() {
		for cut := range len(varint) + 1 {
			// What follows decides whether a word can be read.
			for _, rest := range []string{"", "\x00", "\xff\xff\xff", "\x80\x00\x01\x02\x03\x04\x05\x06\x07"} {
				if cut < len(varint) && rest != "" {
					continue
				}
				b := append(varint[:cut:cut], rest...)
				for _, test := range []struct {
					size int
					last byte
					take func(*Decoder) (uint64, error)
				}{
					{3, 1<<2 - 1, func(d *Decoder) (uint64, error) { v, err := d.U16(); return uint64(v), err }},
					{5, 1<<4 - 1, func(d *Decoder) (uint64, error) { v, err := d.U32(); return uint64(v), err }},
					{10, 1<<1 - 1, (*Decoder).U64},
				} {
					want, n, reason := plainVarint(b, test.size, test.last)
					d := NewDecoder(b, Limits{})
					got, err := test.take(d)
					switch {
					case reason == "" && (err != nil || got != want || d.off != n):
						t.Fatalf("% x as %d bytes: %d, %v up to %d, want %d up to %d", b, test.size, got, err, d.off, want, n)
					case reason != "" && (err == nil || *err.(*DecodeError) != DecodeError{Offset: n, Reason: reason}):
						t.Fatalf("% x as %d bytes: %d, %v, want at %d: %s", b, test.size, got, err, n, reason)
					}
				}
			}
		}
	}
}

func TestScatterAndGather(t *testing.T) {
	for shift := range 57 {
		for _, v := range []uint64{1<<shift - 1, 1 << shift, rand.Uint64() >> (64 - shift)} {
			if v >= 1<<56 {
				continue
			}
			want := binary.AppendUvarint(nil, v)
			if v <= math.MaxUint32 {
				w, n := scatter32(uint32(v))
				if got := binary.LittleEndian.AppendUint64(nil, w)[:n]; string(got) != string(want) {
					t.Errorf("%#x: % x, want % x", v, got, want)
				}
			}
			w, n := scatter(v)
			if got := binary.LittleEndian.AppendUint64(nil, w)[:n]; string(got) != string(want) {
				t.Errorf("%#x: % x, want % x", v, got, want)
			}
			for after := range 1 << 8 {
				word := binary.LittleEndian.Uint64(append(want[:n:n], strings.Repeat(string([]byte{byte(after)}), 8)...))
				if got, length := gather(word); got != v || length != n {
					t.Errorf("%#x: %#x with %d bytes, want %d", word, got, length, n)
				}
				if got, length := gather32(word); n <= 5 && got != v || length != n {
					t.Errorf("%#x: %#x with %d bytes, want %d", word, got, length, n)
				}
			}
		}
	}
	if _, n := gather(math.MaxUint64); n != 9 {
		t.Errorf("a varint without an end has %d bytes", n)
	}
}

// list is a type of list with the methods for all of it, and for an item.
type list[T any] struct {
	encodeAll func(*Encoder, []T)
	encode    func(*Encoder, T)
	decodeAll func(*Decoder) ([]T, error)
	decode    func(*Decoder) (T, error)
	minSize   int
	random    func(*rand.Rand) T
}

func (l list[T]) decodeEach(d *Decoder) ([]T, error) {
	n, err := d.Len(l.minSize, 0)
	if err != nil {
		return nil, err
	}
	items := make([]T, n)
	for i := range items {
		if items[i], err = l.decode(d); err != nil {
			return nil, InIndex(err, i)
		}
	}
	return items, nil
}

func (l list[T]) check(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		items := make([]T, random.IntN(40)*random.IntN(5))
		for i := range items {
			items[i] = l.random(random)
		}
		one, all := NewEncoder(Limits{}), NewEncoder(Limits{})
		one.U8(7)
		one.Len(len(items))
		for _, item := range items {
			l.encode(one, item)
		}
		all.U8(7)
		l.encodeAll(all, items)
		if string(all.Encoded()) != string(one.Encoded()) {
			t.Fatalf("%T %v: % x, want % x", items, items, all.Encoded(), one.Encoded())
		}
		payload := all.Encoded()[1:]
		l.checkDecode(t, payload)
		l.checkDecode(t, append(payload[:len(payload):len(payload)], strings.Repeat("\x05", random.IntN(20))...))
		for range 20 {
			damaged := append([]byte{}, payload...)
			damaged[random.IntN(len(damaged))] = byte(random.IntN(256))
			l.checkDecode(t, damaged)
			l.checkDecode(t, payload[:random.IntN(len(payload))])
		}
	}
}

func (l list[T]) checkDecode(t *testing.T, payload []byte) {
	t.Helper()
	d, plain := NewDecoder(payload, Limits{}), NewDecoder(payload, Limits{})
	got, err := l.decodeAll(d)
	want, wantErr := l.decodeEach(plain)
	if !reflect.DeepEqual(err, wantErr) || fmt.Sprint(got) != fmt.Sprint(want) || err == nil && d.off != plain.off {
		t.Fatalf("% x: %v, %v, want %v, %v", payload, got, err, want, wantErr)
	}
}

func TestListsAsTheirItems(t *testing.T) {
	bits := func(random *rand.Rand, n int) uint64 { return random.Uint64() >> (64 - random.IntN(n+1)) }
	list[uint32]{(*Encoder).U32s, (*Encoder).U32, (*Decoder).U32s, (*Decoder).U32, 1,
		func(r *rand.Rand) uint32 { return uint32(bits(r, 32)) }}.check(t)
	list[uint32]{(*Encoder).U32s, (*Encoder).U32, (*Decoder).U32s, (*Decoder).U32, 1,
		func(r *rand.Rand) uint32 { return uint32(bits(r, 7)) }}.check(t)
	list[uint64]{(*Encoder).U64s, (*Encoder).U64, (*Decoder).U64s, (*Decoder).U64, 1,
		func(r *rand.Rand) uint64 { return bits(r, 64) }}.check(t)
	list[int32]{(*Encoder).I32s, (*Encoder).I32, (*Decoder).I32s, (*Decoder).I32, 1,
		func(r *rand.Rand) int32 { return int32(r.Uint32()) >> r.IntN(32) }}.check(t)
	list[int64]{(*Encoder).I64s, (*Encoder).I64, (*Decoder).I64s, (*Decoder).I64, 1,
		func(r *rand.Rand) int64 { return int64(r.Uint64()) >> r.IntN(64) }}.check(t)
	list[float32]{(*Encoder).F32s, (*Encoder).F32, (*Decoder).F32s, (*Decoder).F32, 4,
		func(r *rand.Rand) float32 { return math.Float32frombits(r.Uint32()) }}.check(t)
	list[float64]{(*Encoder).F64s, (*Encoder).F64, (*Decoder).F64s, (*Decoder).F64, 8,
		func(r *rand.Rand) float64 { return math.Float64frombits(r.Uint64()) }}.check(t)
}

// Strings of every length up to some, of ASCII and not, right and wrong, behind others and cut.
func TestStringsAsPlainOnes(t *testing.T) {
	for n := range 300 {
		for _, part := range []string{"x", "é", "字", "😀", "\xff", "\xed\xa0\x80", "\x00"} {
			for _, text := range []string{strings.Repeat("y", n), part + strings.Repeat("y", n), strings.Repeat("y", n) + part} {
				plain := append(binary.AppendUvarint([]byte("\x03abc"), uint64(len(text))), text...)
				valid := utf8.ValidString(text)
				e := NewEncoder(Limits{})
				if err := e.String("abc"); err != nil {
					t.Fatal(err)
				}
				if err := e.String(text); (err == nil) != valid || valid && string(e.Encoded()) != string(plain) {
					t.Fatalf("encode %q: % x, %v", text, e.Encoded(), err)
				}
				for _, payload := range [][]byte{plain, append(plain[:len(plain):len(plain)], "\x07of text"...)} {
					d := NewDecoder(payload, Limits{})
					first, firstErr := d.String()
					got, err := d.String()
					at := len(plain) - len(text)
					switch {
					case firstErr != nil || first != "abc":
						t.Fatalf("decode % x: %q, %v", payload, first, firstErr)
					case valid && (err != nil || got != text || d.off != len(plain)):
						t.Fatalf("decode % x: %q, %v", payload, got, err)
					case !valid && (err == nil || *err.(*DecodeError) != DecodeError{Offset: at, Reason: "the string is not valid UTF-8"}):
						t.Fatalf("decode % x: %q, %v, want an error at %d", payload, got, err, at)
					}
				}
				short := NewDecoder(plain[:len(plain)-1], Limits{})
				_, _ = short.String()
				if got, err := short.String(); err == nil {
					t.Fatalf("decode % x: %q, want an error", plain[:len(plain)-1], got)
				}
			}
		}
	}
}

func TestOptionalStrings(t *testing.T) {
	e := NewEncoder(Limits{})
	var want []*string
	for i := range 100 {
		var text *string
		if i%3 != 0 {
			text = Ptr(strings.Repeat("z", i))
		}
		want = append(want, text)
		if err := e.OptionString(text); err != nil {
			t.Fatal(err)
		}
	}
	d := NewDecoder(e.Encoded(), Limits{})
	var got []*string
	for range want {
		text, err := d.OptionString()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, text)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for payload, reason := range map[string]string{
		"":         "the payload ends within the value",
		"\x02":     "2 is neither 0 nor 1",
		"\x01":     "the payload ends within the value",
		"\x01\x02": "length 2 exceeds the 0 bytes that are left",
	} {
		if text, err := NewDecoder([]byte(payload), Limits{}).OptionString(); err == nil || err.(*DecodeError).Reason != reason {
			t.Errorf("% x: %v, %v, want %s", payload, text, err, reason)
		}
	}
	if err := e.OptionString(Ptr("\xff")); err == nil {
		t.Error("what is not UTF-8 was encoded")
	}
}

// A string that is kept holds no more memory than the limit says, however large the payload.
func TestStringsHoldLittleMemory(t *testing.T) {
	e := NewEncoder(Limits{})
	for range 10_000 {
		e.Bytes(make([]byte, 100))
		if err := e.String("short"); err != nil {
			t.Fatal(err)
		}
	}
	d := NewDecoder(e.Encoded(), Limits{})
	copied := 0
	for range 10_000 {
		if _, err := d.Bytes(); err != nil {
			t.Fatal(err)
		}
		before := d.textStart
		if _, err := d.String(); err != nil {
			t.Fatal(err)
		}
		if len(d.text) > maxTextBytes {
			t.Fatalf("a string is part of %d bytes", len(d.text))
		}
		if d.textStart != before {
			copied += len(d.text)
		}
	}
	// Where strings are few between other bytes, little else is copied.
	if copied > 50*10_000 {
		t.Errorf("%d bytes were copied for strings of %d", copied, 5*10_000)
	}
}
