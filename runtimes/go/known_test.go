package rapace

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var units = []time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond}

// What is on the wire comes back as it was, or is refused.
func TestKnownTypesAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range 250_000 {
		n := int64(r.Uint64()) >> r.IntN(64)
		for _, unit := range units {
			when, err := TimeFrom(n, unit)
			if err != nil {
				refused++
			} else if back, err := TimeTo[int64](when, unit); err != nil || back != n || when.Location() != time.UTC {
				t.Fatalf("%d * %v is %v, and back %d, %v", n, unit, when, back, err)
			}
			long, err := DurationFrom(n, unit)
			if err != nil {
				refused++
			} else if back, err := DurationTo[int64](long, unit); err != nil || back != n {
				t.Fatalf("%d * %v is %v, and back %d, %v", n, unit, long, back, err)
			}
			if wire, ok := fromInt64[uint64](n); ok != (n >= 0) || ok && wire != uint64(n) {
				t.Fatalf("%d is %d, %v", n, wire, ok)
			}
			if wire, ok := fromInt64[Uint128](n); ok != (n >= 0) || ok && wire != Uint128From(uint64(n)) {
				t.Fatalf("%d is %v, %v", n, wire, ok)
			}
		}
		id := Uint128{r.Uint64(), r.Uint64()}
		if back, err := ParseUUID(FormatUUID(id.Bytes())); err != nil || Uint128FromBytes(back) != id {
			t.Fatalf("%v became %x, %v", id, back, err)
		}
	}
	if refused == 0 {
		t.Error("no value was beyond Go's: the draws are too tame")
	}
}

func TestKnownTypesRefuseWhatTheyCannotHold(t *testing.T) {
	day := time.Date(2026, 1, 2, 3, 4, 5, 6_007_008, time.UTC)
	second := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"ns as ms":          second(TimeTo[int64](day, time.Millisecond)),
		"before 1970":       second(TimeTo[uint32](time.Unix(-1, 0), time.Second)),
		"after 2106":        second(TimeTo[uint32](time.Unix(1<<32, 0), time.Second)),
		"ns after 2262":     second(TimeTo[int64](time.Unix(1<<34, 0), time.Nanosecond)),
		"u64 of seconds":    second(TimeFrom(uint64(math.MaxUint64), time.Second)),
		"far seconds":       second(TimeFrom(int64(math.MaxInt64), time.Second)),
		"u128 of ns":        second(TimeFrom(Uint128{1, 0}, time.Nanosecond)),
		"i128 of ns":        second(TimeFrom(Int128{-2, 0}, time.Nanosecond)),
		"long":              second(DurationFrom(int64(math.MaxInt64), time.Second)),
		"negative":          second(DurationTo[uint64](-time.Second, time.Second)),
		"ms as s":           second(DurationTo[uint64](time.Millisecond, time.Second)),
		"upper case":        second(ParseUUID("00000000-0000-0000-0000-00000000000A")),
		"without hyphens":   second(ParseUUID("00000000000000000000000000000000")),
		"no digits":         second(ParseUUID("0000000g-0000-0000-0000-000000000000")),
		"relative":          CheckURL("/a"),
		"no URL":            CheckURL("http://[::1"),
		"empty":             CheckDecimal(""),
		"sign":              CheckDecimal("-"),
		"point":             CheckDecimal("."),
		"exponent":          CheckDecimal("1e"),
		"exponent and sign": CheckDecimal("1e+"),
		"blank":             CheckDecimal("1 "),
		"infinite":          CheckDecimal("Infinity"),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for _, text := range []string{"0", "-1.50", "+.5", "1.", "1e10", "12.34E-5"} {
		if err := CheckDecimal(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if when, err := TimeFrom(int64(-1), time.Millisecond); err != nil || when.String() != "1969-12-31 23:59:59.999 +0000 UTC" {
		t.Errorf("%v, %v", when, err)
	}
}
