package rapace

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// codec is an encoder and a decoder method for one type, in terms of any.
type codec struct {
	encode func(*Encoder, any) error
	decode func(*Decoder) (any, error)
}

func codecOf[T any](encode func(*Encoder, T), decode func(*Decoder) (T, error)) codec {
	return fallibleCodecOf(func(e *Encoder, v T) error { encode(e, v); return nil }, decode)
}

func fallibleCodecOf[T any](encode func(*Encoder, T) error, decode func(*Decoder) (T, error)) codec {
	return codec{
		func(e *Encoder, v any) error { return encode(e, v.(T)) },
		func(d *Decoder) (any, error) { return decode(d) },
	}
}

var codecs = map[string]codec{
	"u8":     codecOf((*Encoder).U8, (*Decoder).U8),
	"u16":    codecOf((*Encoder).U16, (*Decoder).U16),
	"u32":    codecOf((*Encoder).U32, (*Decoder).U32),
	"u64":    codecOf((*Encoder).U64, (*Decoder).U64),
	"u128":   codecOf((*Encoder).U128, (*Decoder).U128),
	"i8":     codecOf((*Encoder).I8, (*Decoder).I8),
	"i16":    codecOf((*Encoder).I16, (*Decoder).I16),
	"i32":    codecOf((*Encoder).I32, (*Decoder).I32),
	"i64":    codecOf((*Encoder).I64, (*Decoder).I64),
	"i128":   codecOf((*Encoder).I128, (*Decoder).I128),
	"f32":    codecOf((*Encoder).F32, (*Decoder).F32),
	"f64":    codecOf((*Encoder).F64, (*Decoder).F64),
	"bool":   codecOf((*Encoder).Bool, (*Decoder).Bool),
	"char":   fallibleCodecOf((*Encoder).Char, (*Decoder).Char),
	"string": fallibleCodecOf((*Encoder).String, (*Decoder).String),
	"bytes": codecOf(func(e *Encoder, v string) { e.Bytes([]byte(v)) },
		func(d *Decoder) (string, error) { b, err := d.Bytes(); return string(b), err }),
	"raw4": codecOf(func(e *Encoder, v [4]byte) { e.Raw(v[:]) },
		func(d *Decoder) (v [4]byte, err error) { err = d.Raw(v[:]); return v, err }),
	"variant of 3": fallibleCodecOf(func(e *Encoder, v uint32) error { return e.Variant(v, 3) },
		func(d *Decoder) (uint32, error) { return d.Variant(3) }),
	"open variant": codecOf((*Encoder).U32, (*Decoder).OpenVariant),
}

// values are those whose bytes both ways are the same. They are what facet-postcard 0.32.3 writes.
var values = []struct {
	codec string
	value any
	bytes string
}{
	{"u8", uint8(0), "\x00"},
	{"u8", uint8(255), "\xff"},
	{"u16", uint16(127), "\x7f"},
	{"u16", uint16(128), "\x80\x01"},
	{"u16", uint16(math.MaxUint16), "\xff\xff\x03"},
	{"u32", uint32(math.MaxUint32), "\xff\xff\xff\xff\x0f"},
	{"u64", uint64(1) << 32, "\x80\x80\x80\x80\x10"},
	{"u64", uint64(math.MaxUint64), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
	{"u128", Uint128{}, "\x00"},
	{"u128", Uint128{Lo: 300}, "\xac\x02"},
	{"u128", Uint128{Hi: 1}, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"},
	{"u128", Uint128{math.MaxUint64, math.MaxUint64}, strings.Repeat("\xff", 18) + "\x03"},
	{"i8", int8(-1), "\xff"},
	{"i8", int8(-128), "\x80"},
	{"i16", int16(-1), "\x01"},
	{"i16", int16(1), "\x02"},
	{"i16", int16(math.MinInt16), "\xff\xff\x03"},
	{"i32", int32(math.MaxInt32), "\xfe\xff\xff\xff\x0f"},
	{"i32", int32(math.MinInt32), "\xff\xff\xff\xff\x0f"},
	{"i64", int64(-64), "\x7f"},
	{"i64", int64(math.MinInt64), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
	{"i128", Int128From(-1), "\x01"},
	{"i128", Int128From(64), "\x80\x01"},
	{"i128", Int128{math.MinInt64, 0}, strings.Repeat("\xff", 18) + "\x03"},
	{"i128", Int128{math.MaxInt64, math.MaxUint64}, "\xfe" + strings.Repeat("\xff", 17) + "\x03"},
	{"f32", float32(1.5), "\x00\x00\xc0\x3f"},
	{"f64", -2.0, "\x00\x00\x00\x00\x00\x00\x00\xc0"},
	{"f64", math.Inf(-1), "\x00\x00\x00\x00\x00\x00\xf0\xff"},
	{"bool", false, "\x00"},
	{"bool", true, "\x01"},
	{"char", 'K', "\x01K"},
	{"char", '猫', "\x03猫"},
	{"char", '🦀', "\x04🦀"},
	{"char", '\uFFFD', "\x03\uFFFD"},
	{"char", rune(0), "\x01\x00"},
	{"string", "", "\x00"},
	{"string", "naïve", "\x06naïve"},
	{"string", strings.Repeat("x", 128), "\x80\x01" + strings.Repeat("x", 128)},
	{"bytes", "", "\x00"},
	{"bytes", "\xff\x00", "\x02\xff\x00"},
	{"raw4", [4]byte{1, 2, 3, 4}, "\x01\x02\x03\x04"},
	{"variant of 3", uint32(2), "\x02"},
	{"open variant", uint32(2), "\x02"},
	{"open variant", uint32(math.MaxUint32), "\xff\xff\xff\xff\x0f"},
}

func TestValuesBothWays(t *testing.T) {
	for _, test := range values {
		codec := codecs[test.codec]
		e := NewEncoder(Limits{})
		if err := codec.encode(e, test.value); err != nil {
			t.Errorf("encode %s %v: %v", test.codec, test.value, err)
		}
		if got := string(e.Encoded()); got != test.bytes {
			t.Errorf("encode %s %v: % x, want % x", test.codec, test.value, got, test.bytes)
		}
		checkDecodes(t, test.codec, test.bytes, test.value)
		// Whatever is cut off, the rest is no value.
		for n := range test.bytes {
			d := NewDecoder([]byte(test.bytes[:n]), Limits{})
			if v, err := codec.decode(d); err == nil {
				t.Errorf("decode %s % x: %v, want an error", test.codec, test.bytes[:n], v)
			}
		}
	}
}

// What other encoders may write: varints that are longer than they need to be, within the longest form of their type.
func TestLongVarintsAreAccepted(t *testing.T) {
	for _, test := range []struct {
		codec string
		bytes string
		value any
	}{
		{"u16", "\x80\x80\x00", uint16(0)},
		{"u32", "\x81\x80\x80\x80\x00", uint32(1)},
		{"u64", "\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00", uint64(1)},
		{"u128", "\x81" + strings.Repeat("\x80", 17) + "\x00", Uint128{Lo: 1}},
		{"i16", "\x81\x80\x00", int16(-1)},
		{"string", "\x81\x00x", "x"},
	} {
		checkDecodes(t, test.codec, test.bytes, test.value)
	}
}

func checkDecodes(t *testing.T, codec, bytes string, want any) {
	t.Helper()
	d := NewDecoder([]byte(bytes), Limits{})
	got, err := codecs[codec].decode(d)
	if err != nil || got != want {
		t.Errorf("decode %s % x: %v, %v, want %v", codec, bytes, got, err, want)
	}
	if err := d.Finish(); err != nil {
		t.Errorf("decode %s % x: %v", codec, bytes, err)
	}
}

func TestDecoderRefuses(t *testing.T) {
	for _, test := range []struct {
		codec  string
		bytes  string
		offset int
		reason string
	}{
		{"u8", "", 0, "the payload ends within the value"},
		{"u16", "\xff\xff\x04", 0, "the varint exceeds its type, whose longest form has 3 bytes"},
		{"u16", "\x80\x80\x80\x00", 0, "the varint exceeds its type, whose longest form has 3 bytes"},
		{"u32", "\xff\xff\xff\xff\x10", 0, "the varint exceeds its type, whose longest form has 5 bytes"},
		{"u64", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 0, "the varint exceeds its type, whose longest form has 10 bytes"},
		{"u64", strings.Repeat("\x80", 11), 0, "the varint exceeds its type, whose longest form has 10 bytes"},
		{"u64", "\x80\x80", 2, "the payload ends within the value"},
		{"u128", strings.Repeat("\xff", 18) + "\x04", 0, "the varint exceeds 128 bits"},
		{"u128", strings.Repeat("\x80", 19) + "\x00", 0, "the varint exceeds 128 bits"},
		{"f32", "\x00\x00", 0, "4 bytes are needed, 2 are left"},
		{"bool", "\x02", 0, "2 is neither 0 nor 1"},
		{"char", "\x00", 0, "a char of 0 bytes is not one character"},
		{"char", "\x02ab", 0, "a char of 2 bytes is not one character"},
		{"char", "\x01\xff", 1, "the char is not valid UTF-8"},
		{"char", "\x02a\xff", 1, "the char is not valid UTF-8"},
		{"char", "\x03\xed\xa0\x80", 1, "the char is not valid UTF-8"},
		{"string", "\x02x", 0, "length 2 exceeds the 1 bytes that are left"},
		{"string", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, "length 18446744073709551615 exceeds the 0 bytes that are left"},
		{"string", "\x02\xc3\x28", 1, "the string is not valid UTF-8"},
		{"string", "\x03\xed\xa0\x80", 1, "the string is not valid UTF-8"},
		{"bytes", "\x05\x00", 0, "length 5 exceeds the 1 bytes that are left"},
		{"raw4", "\x00\x00\x00", 0, "4 bytes are needed, 3 are left"},
		{"variant of 3", "\x03", 0, "variant 3 is unknown: the enum has 3"},
		{"variant of 3", "\xff\xff\xff\xff\xff\x01", 0, "variant 68719476735 is unknown: the enum has 3"},
		{"variant of 3", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, "the varint exceeds its type, whose longest form has 10 bytes"},
	} {
		_, err := codecs[test.codec].decode(NewDecoder([]byte(test.bytes), Limits{}))
		var refused *DecodeError
		if !errors.As(err, &refused) || refused.Offset != test.offset || refused.Reason != test.reason {
			t.Errorf("decode %s % x: %#v, want byte %d: %s", test.codec, test.bytes, err, test.offset, test.reason)
		}
	}
}

func TestEncoderRefuses(t *testing.T) {
	for _, test := range []struct {
		codec  string
		value  any
		reason string
	}{
		{"char", rune(0xd800), "0xd800 is not a Unicode scalar value"},
		{"char", rune(0x110000), "0x110000 is not a Unicode scalar value"},
		{"char", rune(-1), "-0x1 is not a Unicode scalar value"},
		{"string", "a\xff", "the string is not valid UTF-8"},
		{"string", "\xed\xa0\x80", "the string is not valid UTF-8"},
		{"variant of 3", uint32(3), "variant 3 is unknown: the enum has 3"},
	} {
		e := NewEncoder(Limits{})
		err := codecs[test.codec].encode(e, test.value)
		var refused *EncodeError
		if !errors.As(err, &refused) || refused.Reason != test.reason {
			t.Errorf("encode %s %v: %v, want %s", test.codec, test.value, err, test.reason)
		}
		if len(e.Encoded()) != 0 {
			t.Errorf("encode %s %v: wrote % x", test.codec, test.value, e.Encoded())
		}
	}
}

func TestFloatsKeepTheirBits(t *testing.T) {
	e := NewEncoder(Limits{})
	e.F64(math.NaN())
	e.F64(math.Copysign(0, -1))
	e.F32(float32(math.NaN()))
	d := NewDecoder(e.Encoded(), Limits{})
	if v, err := d.F64(); err != nil || !math.IsNaN(v) {
		t.Errorf("NaN: %v, %v", v, err)
	}
	if v, err := d.F64(); err != nil || v != 0 || !math.Signbit(v) {
		t.Errorf("-0: %v, %v", v, err)
	}
	if v, err := d.F32(); err != nil || v == v {
		t.Errorf("NaN: %v, %v", v, err)
	}
}

func TestLenIsBoundedByWhatIsLeft(t *testing.T) {
	for _, test := range []struct {
		bytes   string
		minSize int
		want    int
		reason  string
	}{
		{"\x02\x00\x00", 1, 2, ""},
		{"\x03\x00\x00", 1, 0, "length 3 exceeds the 2 bytes that are left"},
		{"\x02\x00\x00", 2, 0, "2 items of 2 bytes or more exceed the 2 bytes that are left"},
		{"\x01\x00\x00", 2, 1, ""},
		{"\x00", 9, 0, ""},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 1 << 30, 0, "18446744073709551615 items of 1073741824 bytes or more exceed the 0 bytes that are left"},
		{"\x0a", 0, 10, ""},
		{"\x0b", 0, 0, "11 items without bytes exceed the limit, of which 10 are left"},
	} {
		n, err := NewDecoder([]byte(test.bytes), Limits{MaxZeroSizedItems: 10}).Len(test.minSize, 0)
		var refused *DecodeError
		switch {
		case test.reason == "" && (err != nil || n != test.want):
			t.Errorf("% x: %d, %v, want %d", test.bytes, n, err, test.want)
		case test.reason != "" && (!errors.As(err, &refused) || refused.Reason != test.reason):
			t.Errorf("% x: %d, %v, want %s", test.bytes, n, err, test.reason)
		}
	}
}

// Four items of two bytes or more need eight of the ten bytes, so that no more than two are left to lists within them.
func TestBytesAreClaimedOnce(t *testing.T) {
	d := NewDecoder([]byte("\x04\x02\x01\x00\x00\x00\x00\x00\x00\x00"), Limits{})
	for _, want := range []int{4, 2} {
		if n, err := d.Len(want/2, 0); n != want || err != nil {
			t.Errorf("%d, %v, want %d", n, err, want)
		}
	}
	var refused *DecodeError
	if _, err := d.Len(1, 0); !errors.As(err, &refused) || refused.Offset != 2 {
		t.Errorf("error %v, want one at byte 2", err)
	}
	// What a string holds is claimed by no list.
	if s, err := d.String(); s != "" || err != nil {
		t.Errorf("%q, %v", s, err)
	}
}

func TestZeroSizedItemsAreBoundedInAll(t *testing.T) {
	limits := Limits{MaxZeroSizedItems: 10}
	d, e := NewDecoder([]byte("\x06\x06"), limits), NewEncoder(limits)
	if _, err := d.Len(0, 0); err != nil {
		t.Error(err)
	}
	if _, err := d.Len(0, 0); err == nil {
		t.Error("decoded 12 items where 10 are the limit")
	}
	if err := e.ZeroSizedLen(6); err != nil {
		t.Error(err)
	}
	if err := e.ZeroSizedLen(6); err == nil {
		t.Error("encoded 12 items where 10 are the limit")
	}
}

func TestPathsHideWhatIsSensitive(t *testing.T) {
	for _, err := range []error{&EncodeError{Reason: "no"}, &DecodeError{Offset: 7, Reason: "no"}} {
		err = InField(InSensitive(InField(InKey(err, "hunter2"), "0"), "passwords"), "account")
		if text := err.Error(); strings.Contains(text, "hunter2") || !strings.Contains(text, " account.passwords: ") {
			t.Error(text)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	d, e := NewDecoder(nil, Limits{}), NewEncoder(Limits{})
	for name, coder := range map[string]struct {
		enter func() error
		leave func()
	}{
		"decoder": {func() error { return d.Enter(0) }, d.Leave},
		"encoder": {e.Enter, e.Leave},
	} {
		for level := range 128 {
			if err := coder.enter(); err != nil {
				t.Fatalf("%s: level %d: %v", name, level+1, err)
			}
		}
		if err := coder.enter(); err == nil {
			t.Errorf("%s: entered level 129", name)
		}
		coder.leave()
		if err := coder.enter(); err != nil {
			t.Errorf("%s: level 128 again: %v", name, err)
		}
	}
}

func TestTrailingBytesAreRefused(t *testing.T) {
	err := NewDecoder([]byte("\x00\x00"), Limits{}).Finish()
	if err == nil || err.Error() != "cannot decode: byte 0: 2 bytes are left after the value" {
		t.Error(err)
	}
}

func TestPaths(t *testing.T) {
	for _, inner := range []error{&DecodeError{Offset: 3, Reason: "r"}, &EncodeError{Reason: "r"}} {
		err := InField(InField(InIndex(InKey(InField(InField(inner, "0"), "b"), "k"), 2), "items"), "page")
		var path string
		switch err := err.(type) {
		case *DecodeError:
			path = err.Path
		case *EncodeError:
			path = err.Path
		}
		if path != "page.items[2][k].b.0" {
			t.Errorf("%T: path %q", inner, path)
		}
	}
	other := errors.New("other")
	if InField(other, "f") != other {
		t.Error("an error without a path was changed")
	}
}

func TestDecodedValuesShareNothing(t *testing.T) {
	payload := []byte("\x01a\x01b")
	d := NewDecoder(payload, Limits{})
	s, _ := d.String()
	b, _ := d.Bytes()
	clear(payload)
	if s != "a" || string(b) != "b" {
		t.Errorf("%q and %q changed with the payload", s, b)
	}
	empty, err := NewDecoder([]byte{0}, Limits{}).Bytes()
	if empty == nil || err != nil {
		t.Error("no bytes are nil")
	}
}
