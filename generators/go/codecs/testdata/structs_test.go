package structsclient

import (
	"rapace"
	"rapace-codecs/check"
	"testing"
)

var outers = check.Codec[Outer]{encodeOuter, decodeOuter}

func someOuter() Outer {
	return Outer{
		Point:  Point{1, -1},
		Nested: Inner{Name: "n", Points: []Point{{0.5, 0}}},
		Pair:   Pair{7, "seven"},
		Triple: rapace.Tuple3[int8, Point, rapace.Tuple2[uint16, uint16]]{V0: -1, V1: Point{2, 3}, V2: rapace.Tuple2[uint16, uint16]{V0: 1, V1: 65535}},
	}
}

func TestStructs(t *testing.T) {
	outers.RoundTrip(t, someOuter())
	check.Codec[Pair]{encodePair, decodePair}.BothWays(t, Pair{300, "x"}, "\xac\x02\x01x")
}

func TestRefused(t *testing.T) {
	value := someOuter()
	value.Pair.Field1 = "\xff"
	outers.RefusesToEncode(t, value, "pair.1", "the string is not valid UTF-8")
	check.Codec[Pair]{encodePair, decodePair}.RefusesToDecode(t, "\x01\x01\xff", 2, "1", "the string is not valid UTF-8")
}

func FuzzOuter(f *testing.F) {
	outers.Fuzz(f, someOuter())
}
