package recursion

import (
	"bytes"
	"encoding/binary"
	"errors"
	"rapace"
	"rapace-codecs/check"
	"runtime"
	"strings"
	"testing"
)

var (
	exprs = check.ByValue(encodeExpr, decodeExpr)
	jsons = check.ByValue(encodeJSON, decodeJSON)
	trees = check.Codec[Tree]{encodeTree, decodeTree}
)

func someJSON() JSON {
	return JSONObject{map[string]JSON{
		"a": JSONArray{[]JSON{JSONNull{}, JSONBool{true}, JSONNumber{0.5}, JSONText{"t"}}},
		"b": JSONObject{map[string]JSON{}},
	}}
}

func TestRecursion(t *testing.T) {
	exprs.BothWays(t, ExprAdd{ExprNegate{ExprNumber{1}}, ExprCall{"f", []Expr{ExprNumber{-1}}}},
		"\x02\x01\x00\x02\x03\x01f\x01\x00\x01")
	trees.BothWays(t, Tree{"a", []Tree{{"b", []Tree{}}}}, "\x01a\x01\x01b\x00")
	jsons.RoundTrip(t, someJSON())
}

// nested returns so many trees in one another, as a value and as bytes.
func nested(depth int) (Tree, string) {
	tree := Tree{Children: []Tree{}}
	for range depth - 1 {
		tree = Tree{Children: []Tree{tree}}
	}
	return tree, strings.Repeat("\x00\x01", depth-1) + "\x00\x00"
}

func TestDepth(t *testing.T) {
	value, payload := nested(128)
	trees.BothWays(t, value, payload)
	value, payload = nested(129)
	path := strings.Repeat("children[0].", 127) + "children[0]"
	trees.RefusesToEncode(t, value, path, "the value is nested deeper than the limit")
	trees.RefusesToDecode(t, payload, 256, path, "the value is nested deeper than the limit")

	// Far deeper, as a hostile peer would send it.
	var tree Tree
	if decodeTree(rapace.NewDecoder([]byte(strings.Repeat("\x00\x01", 1<<20)), rapace.Limits{}), &tree) == nil {
		t.Error("a million levels were decoded")
	}
	// A value that contains itself has no end.
	endless := JSONObject{map[string]JSON{}}
	endless.Value["x"] = endless
	var refused *rapace.EncodeError
	if err := encodeJSON(rapace.NewEncoder(rapace.Limits{}), endless); !errors.As(err, &refused) {
		t.Errorf("an endless value: %v", err)
	}
	if err := encodeJSON(rapace.NewEncoder(rapace.Limits{MaxDepth: 2}), JSONArray{[]JSON{JSONNull{}}}); err != nil {
		t.Error("two levels of two:", err)
	}
	if err := encodeJSON(rapace.NewEncoder(rapace.Limits{MaxDepth: 1}), JSONArray{[]JSON{JSONNull{}}}); err == nil {
		t.Error("two levels of one were encoded")
	}
	// Depth counts what is nested, not what stands side by side.
	wide := Tree{Children: []Tree{}}
	for range 1000 {
		wide.Children = append(wide.Children, Tree{Children: []Tree{}})
	}
	trees.Encoded(t, wide)
}

// Lists in lists, each of which says that it holds as many items as bytes are left: room is made once for each byte.
func TestCountsThatAreNoneAllocateLittle(t *testing.T) {
	const size = 1 << 20
	count := string(binary.AppendUvarint(nil, size/4))
	for name, test := range map[string]struct {
		level  string // an empty label and a list of children, or JSON's Object and its first key, an empty one
		decode func(d *rapace.Decoder) error
	}{
		"lists": {"\x00" + count, func(d *rapace.Decoder) error { return decodeTree(d, new(Tree)) }},
		"maps":  {"\x05" + count + "\x00", func(d *rapace.Decoder) error { return decodeJSON(d, new(JSON)) }},
	} {
		payload := bytes.Repeat([]byte{0xff}, size)
		copy(payload, strings.Repeat(test.level, 100))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := test.decode(rapace.NewDecoder(payload, rapace.Limits{}))
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; err == nil || allocated > 64*size {
			t.Errorf("%s: %d MiB were allocated for a payload of 1 MiB, error %v", name, allocated>>20, err)
		}
	}
}

func FuzzJSON(f *testing.F) {
	jsons.Fuzz(f, someJSON())
}

func FuzzExpr(f *testing.F) {
	exprs.Fuzz(f, Expr(ExprCall{"f", []Expr{ExprAdd{ExprNumber{1}, ExprNumber{2}}}}))
}

func FuzzTree(f *testing.F) {
	tree, _ := nested(3)
	trees.Fuzz(f, tree)
}
