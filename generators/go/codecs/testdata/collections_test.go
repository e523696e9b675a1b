package collections

import (
	"bytes"
	"rapace"
	"rapace-codecs/check"
	"testing"
)

var everything = check.Codec[Everything]{encodeEverything, decodeEverything}

func someOfEverything() Everything {
	return Everything{
		Units:     make([]struct{}, 3),
		Strings:   []string{"", "猫"},
		Records:   []Key{{1, "a"}, {2, ""}},
		BytesList: [][]byte{{}, {0xff}},
		Small:     [16]byte{15: 1},
		Triple:    [3]float64{1, -2, 0.5},
		Ids:       rapace.NewSet[ID](300, 1),
		Colors:    rapace.NewSet(ColorGreen, ColorRed),
		ListKeys:  []ListKey{{[]string{"x"}}, {[]string{}}},
		Tags:      []Tagged{TaggedNone{}, TaggedNumber{7}, TaggedNames{[]string{"n"}}},
		ByteSet:   [][]byte{{1}, {2}},
		U128s:     rapace.NewSet(rapace.Uint128{Hi: 1}, rapace.Uint128{}),
		Bools:     rapace.NewSet(true, false),
		Options:   []*uint8{nil, rapace.Ptr[uint8](9)},
		Tuples:    rapace.NewSet(rapace.Tuple2[uint8, string]{V0: 1, V1: "one"}),
		Arrays:    rapace.NewSet([2]byte{1, 2}),
		ByBool:    map[bool]uint8{true: 1, false: 0},
		ByColor:   map[Color]uint32{ColorGreen: 5},
		ByID:      map[ID]string{1: "one", 1 << 40: "many"},
		ByKey:     map[Key][]Key{{1, "k"}: {{2, "v"}}},
		ByList:    []rapace.Entry[[]uint8, uint8]{{Key: []uint8{1, 2}, Value: 3}},
		ByBytes:   []rapace.Entry[[]byte, uint8]{{Key: []byte{}, Value: 4}},
		ByI64:     map[int64]int64{-1: 1, 0: 0, 1: -1},
		ByUnit:    map[struct{}]uint8{{}: 1},
		ByOption:  []rapace.Entry[*string, uint8]{{Key: nil, Value: 5}, {Key: rapace.Ptr("o"), Value: 6}},
		Nested:    map[string]map[string]rapace.Set[uint16]{"a": {"b": rapace.NewSet[uint16](1, 2, 3)}, "c": {}},
	}
}

func nothingOfEverything(t testing.TB) (v Everything) {
	payload := make([]byte, 4+16+24+20)
	if err := decodeEverything(rapace.NewDecoder(payload, rapace.Limits{}), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEverything(t *testing.T) {
	everything.RoundTrip(t, someOfEverything())
	everything.RoundTrip(t, nothingOfEverything(t))
}

// Go's maps have a random order, and equal values still have equal bytes where keys have an order.
func TestMapsAreSorted(t *testing.T) {
	value := nothingOfEverything(t)
	value.ByI64 = map[int64]int64{3: 0, 1: 0, -5: 0, 2: 0}
	value.ByID = map[ID]string{9: "", 8: "", 7: ""}
	value.Ids = rapace.NewSet[ID](5, 4, 3, 2, 1)
	first := bytes.Clone(everything.Encoded(t, value))
	for range 20 {
		if again := everything.Encoded(t, value); !bytes.Equal(again, first) {
			t.Fatalf("% x, then % x", first, again)
		}
	}
	if !bytes.Contains(first, []byte{5, 1, 2, 3, 4, 5}) || !bytes.Contains(first, []byte{4, 9, 0, 2, 0, 4, 0, 6, 0}) {
		t.Errorf("not sorted: % x", first)
	}
}

func TestDuplicatesAreNoError(t *testing.T) {
	empty := string(everything.Encoded(t, nothingOfEverything(t)))
	// Counted from the end: nested, by_option, by_unit, by_i64.
	at := len(empty) - 4
	payload := empty[:at] + "\x02\x02\x04\x02\x06" + empty[at+1:]
	var value Everything
	if err := decodeEverything(rapace.NewDecoder([]byte(payload), rapace.Limits{}), &value); err != nil {
		t.Fatal(err)
	}
	if len(value.ByI64) != 1 || value.ByI64[1] != 3 {
		t.Errorf("%v, want the last of both", value.ByI64)
	}
}

func TestRefused(t *testing.T) {
	value := nothingOfEverything(t)
	value.Tags = []Tagged{TaggedNone{}, nil}
	everything.RefusesToEncode(t, value, "tags[1]", "<nil> is no variant of Tagged")
	value = nothingOfEverything(t)
	value.Tags = []Tagged{&TaggedNumber{}}
	everything.RefusesToEncode(t, value, "tags[0]", "*collections.TaggedNumber is no variant of Tagged: pass the value, not a pointer")
	value = nothingOfEverything(t)
	value.Records = []Key{{}, {Name: "\xff"}}
	everything.RefusesToEncode(t, value, "records[1].name", "the string is not valid UTF-8")
	value = nothingOfEverything(t)
	value.ByID = map[ID]string{7: "\xff"}
	everything.RefusesToEncode(t, value, "by_id[7]", "the string is not valid UTF-8")
	value = nothingOfEverything(t)
	value.ByColor = map[Color]uint32{Color(2): 1}
	everything.RefusesToEncode(t, value, "by_color[Color(2)]", "variant 2 is unknown: the enum has 2")
	value = nothingOfEverything(t)
	value.Units = make([]struct{}, 1<<16+1)
	everything.RefusesToEncode(t, value, "units", "65537 items without bytes exceed the limit, of which 65536 are left")

	everything.RefusesToDecode(t, "\xff\xff\x7f", 0, "units", "2097151 items without bytes exceed the limit, of which 65536 are left")
	everything.RefusesToDecode(t, "\x00\x02\x01", 1, "strings", "length 2 exceeds the 1 bytes that are left")
	everything.RefusesToDecode(t, "\x00\x01\x02x", 2, "strings[0]", "length 2 exceeds the 1 bytes that are left")
	everything.RefusesToDecode(t, "\x00\x00\x02\x01\x00", 2, "records", "2 items of 2 bytes or more exceed the 2 bytes that are left")
	everything.RefusesToDecode(t, "\x00\x00\x01\x01\x01\xff", 5, "records[0].name", "the string is not valid UTF-8")
}

func FuzzEverything(f *testing.F) {
	everything.Fuzz(f, someOfEverything(), nothingOfEverything(f))
}
