package rapace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// JSONError is the reason why a value has no JSON form, or a JSON text is not the form of a value.
type JSONError struct {
	// Path leads to the field, such as lines[2].price. It is empty for the whole value.
	Path string
	// Reason is what is wrong there.
	Reason string
}

// Error returns the place and the reason.
func (e *JSONError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}

// JSON writes the JSON form of values, or reads it: the function that is generated for a type does both. Programs use the
// methods MarshalJSON and UnmarshalJSON of generated types, which encoding/json calls.
//
// After an error it does nothing more.
type JSON struct {
	// reads is true when the form is read from in, and false when it is appended to out.
	reads bool
	in    any
	out   []byte
	depth int
	err   *JSONError
}

// MarshalJSON returns the JSON form of a value.
func MarshalJSON[T any](v T, codec func(*JSON, *T)) ([]byte, error) {
	var j JSON
	codec(&j, &v)
	if j.err != nil {
		return nil, j.err
	}
	return j.out, nil
}

// UnmarshalJSON stores the value that has this JSON form. After an error v is as it was.
func UnmarshalJSON[T any](text []byte, v *T, codec func(*JSON, *T)) error {
	in, err := parseJSON(text)
	if err != nil {
		return err
	}
	j := JSON{reads: true, in: in}
	var value T
	codec(&j, &value)
	if j.err != nil {
		return j.err
	}
	*v = value
	return nil
}

// UnmarshalVariantJSON is UnmarshalJSON for one variant of the enum S, whose form it reads. It refuses other variants.
func UnmarshalVariantJSON[S, V any](text []byte, v *V, codec func(*JSON, *S)) error {
	var value S
	if err := UnmarshalJSON(text, &value, codec); err != nil {
		return err
	}
	variant, ok := any(value).(V)
	if !ok {
		return &JSONError{Reason: fmt.Sprintf("expected %T, got %T", *v, value)}
	}
	*v = variant
	return nil
}

// parseJSON returns the values of a text, its numbers as they are written. encoding/json would replace what is no Unicode.
func parseJSON(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, &JSONError{Reason: "there is more after the value"}
	}
	if !utf8.Valid(text) || hasLoneSurrogate(text) {
		return nil, &JSONError{Reason: "the text is not Unicode"}
	}
	return value, nil
}

// hasLoneSurrogate reports whether a JSON text escapes one half of a pair of surrogates without the other.
func hasLoneSurrogate(text []byte) bool {
	high := false // whether the escape before was the first half
	for i := 0; i < len(text); {
		is, low := false, false
		step := 1
		if text[i] == '\\' {
			step = 2
			if i+3 < len(text) && text[i+1] == 'u' {
				step = 6
				if d := text[i+2] | 0x20; d == 'd' {
					kind := text[i+3] | 0x20
					is = kind == '8' || kind == '9' || kind == 'a' || kind == 'b'
					low = kind >= 'c' && kind <= 'f'
				}
			}
		}
		if high != low {
			return true
		}
		high = is
		i += step
	}
	return false
}

// Refuse ends reading or writing with an error about the value at hand.
func (j *JSON) Refuse(format string, args ...any) {
	if j.err == nil {
		j.err = &JSONError{Reason: fmt.Sprintf(format, args...)}
	}
}

// expected refuses what is read.
func (j *JSON) expected(what string) {
	j.Refuse("expected %s, got %s", what, kindOfJSON(j.in))
}

func kindOfJSON(in any) string {
	switch in.(type) {
	case nil:
		return "null"
	case bool:
		return "a bool"
	case json.Number:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	}
	return "an object"
}

// within puts what was just read or written before the path of its error, if there is one.
func (j *JSON) within(segment string) {
	if j.err != nil {
		j.err.Path = joinedPath(segment, j.err.Path)
	}
}

// enter begins an object or an array.
func (j *JSON) enter(bracket byte) {
	j.depth++
	if j.depth > maxJSONDepth {
		j.Refuse("the value is nested deeper than the limit of %d", maxJSONDepth)
	}
	if !j.reads {
		j.out = append(j.out, bracket)
	}
}

// leave ends an object or an array.
func (j *JSON) leave(bracket byte) {
	j.depth--
	if !j.reads {
		j.out = append(j.out, bracket)
	}
}

// comma separates what is written next from what is before it in the same brackets.
func (j *JSON) comma() {
	if last := j.out[len(j.out)-1]; last != '{' && last != '[' {
		j.out = append(j.out, ',')
	}
}

// BeginObject begins the fields of a struct.
func (j *JSON) BeginObject() {
	if j.err != nil {
		return
	}
	if _, ok := j.in.(map[string]any); j.reads && !ok {
		j.expected("an object")
		return
	}
	j.enter('{')
}

// EndObject ends the fields of a struct. It refuses fields that the struct does not have.
func (j *JSON) EndObject() {
	if j.err != nil {
		return
	}
	if left, _ := j.in.(map[string]any); j.reads && len(left) > 0 {
		j.Refuse("there is no field %q", Quote(slices.Min(slices.Collect(maps.Keys(left)))))
		return
	}
	j.leave('}')
}

// JSONField reads or writes a field of a struct.
func JSONField[T any](j *JSON, name string, v *T, codec func(*JSON, *T)) {
	if j.err == nil {
		jsonEntry(j, name, v, codec)
		j.within(name)
	}
}

// jsonEntry reads or writes an entry of an object. One that is read is taken out of the object, so that others are left.
func jsonEntry[T any](j *JSON, name string, v *T, codec func(*JSON, *T)) {
	outer := j.in
	if j.reads {
		object := outer.(map[string]any)
		inside, ok := object[name]
		if !ok {
			j.Refuse("the field is missing")
			return
		}
		delete(object, name)
		j.in = inside
	} else {
		j.comma()
		j.appendString(name)
		j.out = append(j.out, ':')
	}
	codec(j, v)
	j.in = outer
}

// BeginArray begins values of which there are n: of a tuple, or of a tuple struct.
func (j *JSON) BeginArray(n int) {
	if j.err != nil {
		return
	}
	if j.reads {
		items, ok := j.in.([]any)
		if !ok {
			j.expected("an array")
			return
		}
		if len(items) != n {
			j.Refuse("expected %d items, got %d", n, len(items))
			return
		}
	}
	j.enter('[')
}

// EndArray ends what BeginArray began.
func (j *JSON) EndArray() {
	if j.err == nil {
		j.leave(']')
	}
}

// JSONItem reads or writes the value at this index after BeginArray.
func JSONItem[T any](j *JSON, i int, v *T, codec func(*JSON, *T)) {
	if j.err != nil {
		return
	}
	outer := j.in
	if j.reads {
		j.in = outer.([]any)[i]
	} else {
		j.comma()
	}
	codec(j, v)
	j.in = outer
	if j.err != nil {
		j.within(fmt.Sprintf("[%d]", i))
	}
}

// appendString writes a string, which is UTF-8.
func (j *JSON) appendString(text string) {
	const digits = "0123456789abcdef"
	j.out = append(j.out, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			j.out = append(j.out, '\\', c)
		case c < ' ':
			j.out = append(j.out, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			j.out = append(j.out, c)
		}
	}
	j.out = append(j.out, '"')
}

// entryOfVariant returns the one entry of the object that is read: the name of a variant and its fields.
func (j *JSON) entryOfVariant() (name string, inside any, ok bool) {
	object, _ := j.in.(map[string]any)
	if len(object) != 1 {
		j.expected("an object with one entry, the name of a variant")
		return "", nil, false
	}
	for name, inside = range object {
	}
	return name, inside, true
}

// JSONVariant reads or writes an enum that has this variant, whose type is V, and returns false for any other.
func JSONVariant[S, V any](j *JSON, v *S, name string, codec func(*JSON, *V)) bool {
	if j.err != nil {
		return true
	}
	if j.reads {
		found, inside, ok := j.entryOfVariant()
		if !ok || found != name {
			return !ok
		}
		outer := j.in
		j.in = inside
		var variant V
		codec(j, &variant)
		j.in = outer
		*v = any(variant).(S)
	} else {
		variant, ok := any(*v).(V)
		if !ok {
			return false
		}
		j.enter('{')
		if j.err == nil {
			j.appendString(name)
			j.out = append(j.out, ':')
			codec(j, &variant)
			j.leave('}')
		}
	}
	j.within(name)
	return true
}

// RefuseVariant refuses an enum that has none of these variants.
func (j *JSON) RefuseVariant(v any, names ...string) {
	if !j.reads {
		j.Refuse("%s", noVariant(v, strings.Join(names, ", ")))
		return
	}
	if found, _, ok := j.entryOfVariant(); ok {
		j.Refuse("%q is none of %s", Quote(found), strings.Join(names, ", "))
	}
}

// UnitVariant reads or writes an enum without data, whose variants have these names.
func (j *JSON) UnitVariant(v *uint32, names ...string) {
	switch {
	case j.err != nil:
	case j.reads:
		found, inside, ok := j.entryOfVariant()
		at := slices.Index(names, found)
		switch {
		case !ok:
		case at < 0:
			j.RefuseVariant(nil, names...)
		case inside != nil:
			j.Refuse("%s: expected null, got %s", found, kindOfJSON(inside))
		default:
			*v = uint32(at)
		}
	case int64(*v) >= int64(len(names)):
		j.Refuse("there is no variant with the index %d: it is one of %s", *v, strings.Join(names, ", "))
	default:
		j.out = append(j.out, '{')
		j.appendString(names[*v])
		j.out = append(j.out, ":null}"...)
	}
}
