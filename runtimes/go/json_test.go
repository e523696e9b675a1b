package rapace

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// What generated code looks like: a struct, an enum with data, and one without.
type (
	order struct {
		Count uint64
		Notes []*string
		State state
		Tags  Set[string]
	}
	state interface{ isState() }
	sold  struct{ To rune }
	held  struct{}
	grade uint32
)

func (sold) isState() {}
func (held) isState() {}

func jsonOrder(j *JSON, v *order) {
	j.BeginObject()
	JSONField(j, "count", &v.Count, (*JSON).Uint64)
	JSONField(j, "notes", &v.Notes, jsonNotes)
	JSONField(j, "state", &v.State, jsonState)
	JSONField(j, "tags", &v.Tags, func(j *JSON, v *Set[string]) { JSONSet(j, v, (*JSON).String) })
	j.EndObject()
}

func jsonNotes(j *JSON, v *[]*string) {
	JSONList(j, v, func(j *JSON, v **string) { JSONPointer(j, v, (*JSON).String) })
}

func jsonState(j *JSON, v *state) {
	switch {
	case JSONVariant(j, v, "Sold", func(j *JSON, v *sold) {
		j.BeginObject()
		JSONField(j, "to", &v.To, (*JSON).Char)
		j.EndObject()
	}):
	case JSONVariant(j, v, "Kept", func(j *JSON, _ *held) { j.Unit(nil) }):
	default:
		j.RefuseVariant(*v, "Sold", "Kept")
	}
}

func jsonGrade(j *JSON, v *grade) { j.UnitVariant((*uint32)(v), "Low", "High") }

func jsonOpenGrade(j *JSON, v *grade) { j.OpenVariant((*uint32)(v), "Low", "High") }

// formOf makes a value of JSON and JSON of it again.
type formOf func(text string) (string, error)

func form[T any](codec func(*JSON, *T)) formOf {
	return func(text string) (string, error) {
		var value T
		if err := UnmarshalJSON([]byte(text), &value, codec); err != nil {
			return "", err
		}
		back, err := MarshalJSON(value, codec)
		return string(back), err
	}
}

func TestFormsAreExact(t *testing.T) {
	for _, c := range []struct {
		form formOf
		text string
	}{
		{form((*JSON).Unit), "null"},
		{form((*JSON).Bool), "true"},
		{form((*JSON).Uint8), "255"},
		{form((*JSON).Int32), "-2147483648"},
		{form((*JSON).Uint64), `"18446744073709551615"`},
		{form((*JSON).Int64), `"-9223372036854775808"`},
		{form((*JSON).Uint128), `"340282366920938463463374607431768211455"`},
		{form((*JSON).Int128), `"-170141183460469231731687303715884105728"`},
		{form((*JSON).Float64), `"NaN"`},
		{form((*JSON).Float64), `"-Infinity"`},
		{form((*JSON).Float32), `"-0"`},
		{form((*JSON).Float32), "0.10000000149011612"},
		{form((*JSON).Char), `"💡"`},
		{form((*JSON).String), `"\u0000\"\\ü"`},
		{form((*JSON).Bytes), `"AP8="`},
		{form(jsonGrade), `{"High":null}`},
		{form(jsonOpenGrade), `{"High":null}`},
		{form(jsonOpenGrade), "2"},
		{form(jsonOpenGrade), "4294967295"},
		{form(jsonState), `{"Kept":null}`},
		{form(jsonOrder), `{"count":"7","notes":[null,{"some":"x"}],"state":{"Sold":{"to":"a"}},"tags":["a","b"]}`},
		{form(func(j *JSON, v *map[uint64]bool) { JSONMap(j, v, (*JSON).Uint64, (*JSON).Bool) }), `[["1",true],["2",false]]`},
		{form(func(j *JSON, v *[]Entry[[]byte, int8]) { JSONEntries(j, v, (*JSON).Bytes, (*JSON).Int8) }), `[["AA==",1]]`},
		{form(func(j *JSON, v *[2]uint8) { JSONArray(j, v[:], (*JSON).Uint8) }), "[1,2]"},
		{form(func(j *JSON, v *state) { JSONInterface(j, v, jsonState) }), "null"},
		{form(func(j *JSON, v *state) { JSONInterface(j, v, jsonState) }), `{"some":{"Kept":null}}`},
		{form(jsonTuple3[uint64, string, Set[int64]]), `["1","b",["-1"]]`},
	} {
		if got, err := c.form(c.text); err != nil || got != c.text {
			t.Errorf("%s became %s, %v", c.text, got, err)
		}
	}
}

func TestOtherFormsAreRefused(t *testing.T) {
	full := `{"count":"7","notes":[],"state":{"Kept":null},"tags":[]}`
	with := func(old, new string) string { return strings.Replace(full, old, new, 1) }
	for _, c := range []struct {
		form       formOf
		text, want string
	}{
		{form((*JSON).Unit), "0", "expected null, got a number"},
		{form((*JSON).Bool), "1", "expected true or false, got a number"},
		{form((*JSON).Uint8), "256", "256 is out of range of uint8"},
		{form((*JSON).Uint8), "1.0", "1.0 is out of range of uint8"},
		{form((*JSON).Uint64), "1", "expected a string with an integer, got a number"},
		{form((*JSON).Uint64), `"-1"`, `"-1" is no uint64`},
		{form((*JSON).Uint128), `"` + strings.Repeat("1", 65) + `"`, `"` + strings.Repeat("1", 65) + `" is no rapace.Uint128`},
		{form((*JSON).Float32), "1e39", "1e+39 is out of range of float32"},
		{form((*JSON).Float64), "1e999", "1e999 is out of range of float64"},
		{form((*JSON).Float64), `"nan"`, `expected a number, "NaN", "Infinity", "-Infinity" or "-0", got a string`},
		{form((*JSON).Char), `"ab"`, `"ab" is not one character`},
		{form((*JSON).Bytes), `"AP8"`, "the string is not base64 with padding"},
		{form((*JSON).Bytes), `"AP8=\n"`, "the string is not base64 with padding"},
		{form((*JSON).String), "\"\xff\"", "the text is not Unicode"},
		{form((*JSON).String), `"\\\ud83d"`, "the text is not Unicode"},
		{form((*JSON).String), `"\udca1"`, "the text is not Unicode"},
		{form((*JSON).String), `"a" "b"`, "there is more after the value"},
		{form(jsonGrade), `"High"`, "expected an object with one entry, the name of a variant, got a string"},
		{form(jsonGrade), `{"Mid":null}`, `"Mid" is none of Low, High`},
		{form(jsonGrade), "2", "expected an object with one entry, the name of a variant, got a number"},
		{form(jsonOpenGrade), `{"Mid":null}`, `"Mid" is none of Low, High`},
		{form(jsonOpenGrade), "1", "1 is the variant High: write its name"},
		{form(jsonOpenGrade), "4294967296", "4294967296 is out of range of uint32"},
		{form(jsonOpenGrade), "2.5", "2.5 is out of range of uint32"},
		{form(jsonGrade), `{"Low":0}`, "Low: expected null, got a number"},
		{form(jsonState), `{"Lost":null}`, `"Lost" is none of Sold, Kept`},
		{form(jsonState), `{}`, "expected an object with one entry, the name of a variant, got an object"},
		{form(jsonOrder), with(`"count":"7",`, ""), "count: the field is missing"},
		{form(jsonOrder), with(`"tags"`, `"more":1,"tags"`), `there is no field "more"`},
		{form(jsonOrder), with(`[]`, `[null,"x"]`), `notes[1]: expected null or {"some": ...}, got a string`},
		{form(jsonOrder), with(`{"Kept":null}`, `{"Sold":{"to":""}}`), `state.Sold.to: "" is not one character`},
		{form(func(j *JSON, v *[2]uint8) { JSONArray(j, v[:], (*JSON).Uint8) }), "[1]", "expected 2 items, got 1"},
		{form(func(j *JSON, v *map[uint8]bool) { JSONMap(j, v, (*JSON).Uint8, (*JSON).Bool) }), "[[1,true],[2]]", "[1]: expected 2 items, got 1"},
	} {
		got, err := c.form(c.text)
		var refused *JSONError
		if !errors.As(err, &refused) || err.Error() != c.want {
			t.Errorf("%s became %s, %v, want the error %s", c.text, got, err, c.want)
		}
	}
}

func TestValuesWithoutAFormAreRefused(t *testing.T) {
	name := "\xff"
	for _, c := range []struct {
		form func() ([]byte, error)
		want string
	}{
		{func() ([]byte, error) { return MarshalJSON(order{}, jsonOrder) }, "state: <nil> is no variant of Sold, Kept"},
		{func() ([]byte, error) { return MarshalJSON(order{Notes: []*string{nil, &name}}, jsonOrder) }, "notes[1]: the string is not UTF-8"},
		{func() ([]byte, error) { return MarshalJSON(grade(2), jsonGrade) }, "there is no variant with the index 2: it is one of Low, High"},
		{func() ([]byte, error) { return MarshalJSON(rune(0xd800), (*JSON).Char) }, "0xd800 is no Unicode character"},
	} {
		if got, err := c.form(); err == nil || err.Error() != c.want {
			t.Errorf("%s, %v, want %s", got, err, c.want)
		}
	}
}

// A value that contains itself ends, with an error.
func TestFormsAreBoundedInDepth(t *testing.T) {
	type node struct{ next *node }
	var jsonNode func(*JSON, *node)
	jsonNode = func(j *JSON, v *node) { JSONPointer(j, &v.next, jsonNode) }
	var loop node
	loop.next = &loop
	if _, err := MarshalJSON(loop, jsonNode); err == nil || !strings.HasSuffix(err.Error(), "deeper than the limit of 10000") {
		t.Error(err)
	}
}

func TestOwnTypesHaveForms(t *testing.T) {
	checkJSON(t, `["1","2"]`, NewSet[uint64](2, 1))
	checkJSON(t, `["7",{"some":"-1"}]`, Tuple2[Uint128, Option[int64]]{Uint128From(7), Some[int64](-1)})
	checkJSON(t, `["a",["b"]]`, Entry[string, Set[string]]{"a", NewSet("b")})
	checkJSON(t, `"-5"`, Int128From(-5))
	var tuple Tuple2[float64, string]
	err := json.Unmarshal([]byte(`["Infinity",3]`), &tuple)
	if err == nil || !strings.HasPrefix(err.Error(), "[1]: ") {
		t.Error(err)
	}
	if got := fmt.Sprint(NewSet("b", "a")); got != "{a, b}" {
		t.Error(got)
	}
}
