package rapace

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The floats that JSON has no numbers for.
const (
	jsonNaN         = "NaN"
	jsonInfinity    = "Infinity"
	jsonNegInfinity = "-Infinity"
	jsonNegZero     = "-0"
)

// Unit reads or writes (), which is null.
func (j *JSON) Unit(*struct{}) {
	switch {
	case j.err != nil:
	case !j.reads:
		j.out = append(j.out, "null"...)
	case j.in != nil:
		j.expected("null")
	}
}

// Bool reads or writes a bool.
func (j *JSON) Bool(v *bool) {
	switch {
	case j.err != nil:
	case j.reads:
		value, ok := j.in.(bool)
		if !ok {
			j.expected("true or false")
		}
		*v = value
	default:
		j.out = strconv.AppendBool(j.out, *v)
	}
}

// Uint8 reads or writes a number.
func (j *JSON) Uint8(v *uint8) { jsonNumber(j, v) }

// Uint16 reads or writes a number.
func (j *JSON) Uint16(v *uint16) { jsonNumber(j, v) }

// Uint32 reads or writes a number.
func (j *JSON) Uint32(v *uint32) { jsonNumber(j, v) }

// Int8 reads or writes a number.
func (j *JSON) Int8(v *int8) { jsonNumber(j, v) }

// Int16 reads or writes a number.
func (j *JSON) Int16(v *int16) { jsonNumber(j, v) }

// Int32 reads or writes a number.
func (j *JSON) Int32(v *int32) { jsonNumber(j, v) }

// jsonNumber reads or writes an integer that every reader of JSON has all bits of.
func jsonNumber[T uint8 | uint16 | uint32 | int8 | int16 | int32](j *JSON, v *T) {
	if j.err != nil {
		return
	}
	if !j.reads {
		j.out = strconv.AppendInt(j.out, int64(*v), 10)
		return
	}
	number, ok := j.in.(json.Number)
	if !ok {
		j.expected("an integer")
		return
	}
	value, err := strconv.ParseInt(number.String(), 10, 64)
	*v = T(value)
	if err != nil || int64(*v) != value {
		j.Refuse("%s is out of range of %T", Quote(number.String()), *v)
	}
}

// text returns the string that is read.
func (j *JSON) text(what string) (string, bool) {
	text, ok := j.in.(string)
	if !ok {
		j.expected(what)
	}
	return text, ok
}

// jsonDecimal reads or writes an integer that would lose bits as a number: it is a string.
func jsonDecimal[T any](j *JSON, v *T, format func(T) string, parse func(string) (T, bool)) {
	if j.err != nil {
		return
	}
	if !j.reads {
		j.appendString(format(*v))
		return
	}
	text, ok := j.text("a string with an integer")
	if !ok {
		return
	}
	value, ok := parse(text)
	if !ok {
		j.Refuse("%q is no %T", Quote(text), *v)
	}
	*v = value
}

// Uint64 reads or writes a string with the number.
func (j *JSON) Uint64(v *uint64) {
	format := func(v uint64) string { return strconv.FormatUint(v, 10) }
	jsonDecimal(j, v, format, func(text string) (uint64, bool) {
		value, err := strconv.ParseUint(text, 10, 64)
		return value, err == nil
	})
}

// Int64 reads or writes a string with the number.
func (j *JSON) Int64(v *int64) {
	format := func(v int64) string { return strconv.FormatInt(v, 10) }
	jsonDecimal(j, v, format, func(text string) (int64, bool) {
		value, err := strconv.ParseInt(text, 10, 64)
		return value, err == nil
	})
}

// Uint128 reads or writes a string with the number.
func (j *JSON) Uint128(v *Uint128) {
	jsonDecimal(j, v, Uint128.String, func(text string) (Uint128, bool) {
		value, ok := new(big.Int).SetString(shortDecimal(text), 10)
		if !ok {
			return Uint128{}, false
		}
		return Uint128FromBig(value)
	})
}

// Int128 reads or writes a string with the number.
func (j *JSON) Int128(v *Int128) {
	jsonDecimal(j, v, Int128.String, func(text string) (Int128, bool) {
		value, ok := new(big.Int).SetString(shortDecimal(text), 10)
		if !ok {
			return Int128{}, false
		}
		return Int128FromBig(value)
	})
}

// shortDecimal returns the text, and nothing for one that is far too long for a number: reading it would take long.
func shortDecimal(text string) string {
	if len(text) > maxDecimalBytes {
		return ""
	}
	return text
}

// Float64 reads or writes a number, or a string for what is no number.
func (j *JSON) Float64(v *float64) {
	switch {
	case j.err != nil:
	case j.reads:
		*v = j.readFloat()
	case math.IsNaN(*v):
		j.appendString(jsonNaN)
	case math.IsInf(*v, 1):
		j.appendString(jsonInfinity)
	case math.IsInf(*v, -1):
		j.appendString(jsonNegInfinity)
	case *v == 0 && math.Signbit(*v):
		j.appendString(jsonNegZero)
	default:
		j.out = strconv.AppendFloat(j.out, *v, 'g', -1, 64)
	}
}

// Float32 reads or writes the number that it is, with all its digits.
func (j *JSON) Float32(v *float32) {
	wide := float64(*v)
	j.Float64(&wide)
	*v = float32(wide)
	if math.IsInf(float64(*v), 0) && !math.IsInf(wide, 0) {
		j.Refuse("%v is out of range of float32", wide)
	}
}

func (j *JSON) readFloat() float64 {
	switch in := j.in.(type) {
	case json.Number:
		value, err := in.Float64()
		if err != nil {
			j.Refuse("%s is out of range of float64", Quote(in.String()))
		}
		return value
	case string:
		switch in {
		case jsonNaN:
			return math.NaN()
		case jsonInfinity:
			return math.Inf(1)
		case jsonNegInfinity:
			return math.Inf(-1)
		case jsonNegZero:
			return math.Copysign(0, -1)
		}
	}
	j.expected("a number, \"NaN\", \"Infinity\", \"-Infinity\" or \"-0\"")
	return 0
}

// Char reads or writes a string of one character.
func (j *JSON) Char(v *rune) {
	switch {
	case j.err != nil:
	case j.reads:
		if text, ok := j.text("a string of one character"); ok {
			char, size := utf8.DecodeRuneInString(text)
			if size != len(text) || size == 0 {
				j.Refuse("%q is not one character", Quote(text))
			}
			*v = char
		}
	case !utf8.ValidRune(*v):
		j.Refuse("%#x is no Unicode character", *v)
	default:
		j.appendString(string(*v))
	}
}

// String reads or writes a string.
func (j *JSON) String(v *string) {
	switch {
	case j.err != nil:
	case j.reads:
		*v, _ = j.text("a string")
	case !utf8.ValidString(*v):
		j.Refuse("the string is not UTF-8")
	default:
		j.appendString(*v)
	}
}

// Bytes reads or writes a string of base64 with padding.
func (j *JSON) Bytes(v *[]byte) {
	switch {
	case j.err != nil:
	case j.reads:
		text, ok := j.text("a string of base64")
		if !ok {
			return
		}
		// Go would skip line breaks.
		value, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || strings.ContainsAny(text, "\r\n") {
			j.Refuse("the string is not base64 with padding")
		}
		*v = value
	default:
		j.appendString(base64.StdEncoding.EncodeToString(*v))
	}
}

// OpenVariant is UnitVariant for an open enum: a variant that has no name is a number, its index.
func (j *JSON) OpenVariant(v *uint32, names ...string) {
	_, isNumber := j.in.(json.Number)
	switch {
	case j.err != nil:
	case !j.reads && int64(*v) >= int64(len(names)):
		j.Uint32(v)
	case !j.reads || !isNumber:
		j.UnitVariant(v, names...)
	default:
		j.Uint32(v)
		if j.err == nil && int64(*v) < int64(len(names)) {
			j.Refuse("%d is the variant %s: write its name", *v, names[*v])
		}
	}
}
