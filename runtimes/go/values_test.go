package rapace

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

func TestInt128(t *testing.T) {
	for _, test := range []struct {
		decimal string
		value   Int128
		fits    bool
	}{
		{"0", Int128{}, true},
		{"-1", Int128{-1, math.MaxUint64}, true},
		{"18446744073709551616", Int128{1, 0}, true},
		{"-18446744073709551616", Int128{-1, 0}, true},
		{"170141183460469231731687303715884105727", Int128{math.MaxInt64, math.MaxUint64}, true},
		{"-170141183460469231731687303715884105728", Int128{math.MinInt64, 0}, true},
		{"170141183460469231731687303715884105728", Int128{}, false},
		{"-170141183460469231731687303715884105729", Int128{}, false},
		{"1701411834604692317316873037158841057280", Int128{}, false},
	} {
		big, _ := new(big.Int).SetString(test.decimal, 10)
		got, ok := Int128FromBig(big)
		if ok != test.fits || got != test.value {
			t.Errorf("Int128FromBig(%s) = %v, %v", test.decimal, got, ok)
		}
		if ok && got.String() != test.decimal {
			t.Errorf("%s prints as %s", test.decimal, got)
		}
	}
	for _, v := range []int64{0, 1, -1, math.MaxInt64, math.MinInt64} {
		if got := Int128From(v).String(); got != fmt.Sprint(v) {
			t.Errorf("Int128From(%d) = %s", v, got)
		}
	}
}

func TestUint128(t *testing.T) {
	for _, test := range []struct {
		decimal string
		value   Uint128
		fits    bool
	}{
		{"0", Uint128{}, true},
		{"18446744073709551616", Uint128{1, 0}, true},
		{"340282366920938463463374607431768211455", Uint128{math.MaxUint64, math.MaxUint64}, true},
		{"340282366920938463463374607431768211456", Uint128{}, false},
		{"-1", Uint128{}, false},
	} {
		big, _ := new(big.Int).SetString(test.decimal, 10)
		got, ok := Uint128FromBig(big)
		if ok != test.fits || got != test.value {
			t.Errorf("Uint128FromBig(%s) = %v, %v", test.decimal, got, ok)
		}
		if ok && got.String() != test.decimal {
			t.Errorf("%s prints as %s", test.decimal, got)
		}
	}
	if got := Uint128From(7); got != (Uint128{Lo: 7}) {
		t.Errorf("Uint128From(7) = %v", got)
	}
}

func TestSet(t *testing.T) {
	set := NewSet("b", "a", "b")
	set.Add("c")
	if !set.Has("a") || set.Has("d") || len(set) != 3 || Set[string](nil).Has("a") {
		t.Errorf("set %v", set)
	}
	if got := fmt.Sprint(SortedKeys(set)); got != "[a b c]" {
		t.Errorf("SortedKeys: %s", got)
	}
}

func TestEntriesAreSorted(t *testing.T) {
	for size := range 40 {
		m := make(map[string]int)
		for len(m) < size {
			m[strconv.Itoa(rand.IntN(1000))] = len(m)
		}
		var want []Entry[string, int]
		for _, key := range SortedKeys(m) {
			want = append(want, Entry[string, int]{key, m[key]})
		}
		if got := SortedEntries(m); !slices.Equal(got, want) {
			t.Errorf("sorted %v, want %v", got, want)
		}
		if size > FewEntries {
			continue
		}
		var few [FewEntries]Entry[string, int]
		n := 0
		for key, value := range m {
			InsertEntry(&few, n, key, value)
			n++
		}
		if got := few[:n]; !slices.Equal(got, want) {
			t.Errorf("inserted %v, want %v", got, want)
		}
	}
}

func TestRedacted(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		if got := fmt.Sprintf(verb, Redacted{}); got != "[redacted]" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func TestErrors(t *testing.T) {
	cause := &DecodeError{Offset: 7, Path: "a.b", Reason: "r"}
	for _, test := range []struct {
		err  error
		want string
	}{
		{&Error{Code: CodeNotFound, Message: "no order 9", Remote: true, Method: "Orders.watch"}, "Orders.watch: NotFound: no order 9"},
		{&Error{Code: 4711}, "Code(4711)"},
		{localError(CodeInternal, cause), "Internal: cannot decode a.b: byte 7: r"},
		{&EncodeError{Reason: "r"}, "cannot encode: r"},
		{&EncodeError{Path: "p", Reason: "r"}, "cannot encode p: r"},
		{&ProtocolError{"r"}, "protocol error: r"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%#v prints %q, want %q", test.err, got, test.want)
		}
	}
	for _, test := range []struct {
		err  error
		want Code
	}{
		{nil, CodeOK},
		{fmt.Errorf("wrapped: %w", &Error{Code: CodeAborted}), CodeAborted},
		{cause, CodeInternal},
	} {
		if got := CodeOf(test.err); got != test.want {
			t.Errorf("CodeOf(%v) = %v", test.err, got)
		}
	}
}
