package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"unicode/utf8"

	"conformancefixtures/rapace"
)

// errInexpressible is the error for a wrong value that Go's types rule out.
var errInexpressible = errors.New("no value of Go's type")

var (
	uint128 = reflect.TypeFor[rapace.Uint128]()
	int128  = reflect.TypeFor[rapace.Int128]()
)

// floats are what JSON has no numbers for.
var floats = map[string]float64{
	"NaN":       math.NaN(),
	"Infinity":  math.Inf(1),
	"-Infinity": math.Inf(-1),
	"-0":        math.Copysign(0, -1),
}

// values turns the JSON form of values into Go's values and back, as api.json describes their types.
type values struct {
	types map[string]*typeDef
}

// fromJSON stores the value that the JSON form describes.
func (v values) fromJSON(t typeRef, from any, to reflect.Value) error {
	switch t.kind {
	case "option":
		return v.optionFromJSON(t.items[0], from, to)
	case "named":
		return v.namedFromJSON(v.types[t.name], from, to)
	case "unit":
		if from != nil {
			return errInexpressible
		}
		return nil
	case "list", "set", "map", "array", "tuple":
		items, ok := from.([]any)
		if !ok {
			return errInexpressible
		}
		return v.itemsFromJSON(t, items, to)
	}
	return scalarFromJSON(t.kind, from, to)
}

func (v values) optionFromJSON(item typeRef, from any, to reflect.Value) error {
	if from == nil {
		return nil
	}
	some, ok := from.(map[string]any)
	if !ok || len(some) != 1 {
		return errInexpressible
	}
	switch {
	case to.Kind() == reflect.Interface:
		return v.fromJSON(item, some["some"], to)
	case isOption(to.Type()):
		to.FieldByName("Some").SetBool(true)
		return v.fromJSON(item, some["some"], to.FieldByName("Value"))
	}
	inner := reflect.New(to.Type().Elem())
	if err := v.fromJSON(item, some["some"], inner.Elem()); err != nil {
		return err
	}
	to.Set(inner)
	return nil
}

// isOption reports whether a type is a rapace.Option, and no pointer or interface.
func isOption(t reflect.Type) bool {
	return t.Kind() == reflect.Struct
}

func (v values) itemsFromJSON(t typeRef, items []any, to reflect.Value) error {
	if to.Kind() == reflect.Slice {
		to.Set(reflect.MakeSlice(to.Type(), len(items), len(items)))
	}
	switch {
	case t.kind == "map" && to.Kind() == reflect.Slice:
		// Keys that Go cannot compare: entries.
		for i, item := range items {
			entry, ok := item.([]any)
			if !ok || len(entry) != 2 {
				return errInexpressible
			}
			err := errors.Join(v.fromJSON(t.items[0], entry[0], to.Index(i).Field(0)), v.fromJSON(t.items[1], entry[1], to.Index(i).Field(1)))
			if err != nil {
				return err
			}
		}
	case to.Kind() == reflect.Slice:
		for i, item := range items {
			if err := v.fromJSON(t.items[0], item, to.Index(i)); err != nil {
				return err
			}
		}
	case t.kind == "array":
		if len(items) != to.Len() {
			return errInexpressible
		}
		for i, item := range items {
			if to.Type().Elem().Kind() == reflect.Struct && to.Type().Elem().NumField() == 0 {
				continue
			}
			if err := v.fromJSON(t.items[0], item, to.Index(i)); err != nil {
				return err
			}
		}
	case t.kind == "tuple":
		if len(items) != to.NumField() {
			return errInexpressible
		}
		for i, item := range items {
			if err := v.fromJSON(t.items[i], item, to.Field(i)); err != nil {
				return err
			}
		}
	case t.kind == "set":
		to.Set(reflect.MakeMap(to.Type()))
		for _, item := range items {
			key := reflect.New(to.Type().Key()).Elem()
			if err := v.fromJSON(t.items[0], item, key); err != nil {
				return err
			}
			to.SetMapIndex(key, reflect.Zero(to.Type().Elem()))
		}
	case t.kind == "map":
		to.Set(reflect.MakeMap(to.Type()))
		for _, item := range items {
			entry, ok := item.([]any)
			if !ok || len(entry) != 2 {
				return errInexpressible
			}
			key, value := reflect.New(to.Type().Key()).Elem(), reflect.New(to.Type().Elem()).Elem()
			if err := errors.Join(v.fromJSON(t.items[0], entry[0], key), v.fromJSON(t.items[1], entry[1], value)); err != nil {
				return err
			}
			to.SetMapIndex(key, value)
		}
	}
	return nil
}

func (v values) namedFromJSON(def *typeDef, from any, to reflect.Value) error {
	if def.Kind == "struct" {
		return v.fieldsFromJSON(def.fields, from, unwrapped(def, to))
	}
	entry, ok := from.(map[string]any)
	if !ok || len(entry) != 1 {
		return errInexpressible
	}
	for name, inside := range entry {
		for index, each := range def.Variants {
			switch {
			case each.Name != name:
			case to.Kind() != reflect.Interface:
				to.SetUint(uint64(index))
				return nil
			default:
				variant := reflect.New(variants[to.Type()][index]).Elem()
				if err := v.variantFromJSON(each, inside, variant); err != nil {
					return err
				}
				to.Set(variant)
				return nil
			}
		}
	}
	// A number that is no variant's can be expressed; a value of another type cannot.
	if to.Kind() == reflect.Interface {
		return errInexpressible
	}
	to.SetUint(uint64(len(def.Variants)))
	return nil
}

// unwrapped returns the field of a newtype that is a struct in Go, and any other value as it is.
func unwrapped(def *typeDef, value reflect.Value) reflect.Value {
	if def.Style == "tuple" && len(def.Fields) == 1 && value.Kind() == reflect.Struct {
		return value.Field(0)
	}
	return value
}

// variantFromJSON differs from a struct in that a single field has a name.
func (v values) variantFromJSON(def variant, from any, to reflect.Value) error {
	if def.Style == "tuple" && len(def.Fields) == 1 {
		return v.fromJSON(def.Fields[0].Type, from, to.Field(0))
	}
	return v.fieldsFromJSON(def.fields, from, to)
}

func (v values) fieldsFromJSON(def fields, from any, to reflect.Value) error {
	if def.Style == "tuple" && len(def.Fields) == 1 {
		return v.fromJSON(def.Fields[0].Type, from, to)
	}
	object, isObject := from.(map[string]any)
	items, isArray := from.([]any)
	for i, field := range def.Fields {
		var inside any
		switch {
		case def.Style == "struct" && isObject:
			inside = object[field.Name]
		case def.Style == "tuple" && isArray && i < len(items):
			inside = items[i]
		default:
			return errInexpressible
		}
		if err := v.fromJSON(field.Type, inside, to.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func scalarFromJSON(kind string, from any, to reflect.Value) error {
	text, isText := from.(string)
	number, isNumber := from.(json.Number)
	switch {
	case kind == "bool":
		value, ok := from.(bool)
		if !ok {
			return errInexpressible
		}
		to.SetBool(value)
	case kind == "string" && isText:
		to.SetString(text)
	case kind == "bytes" && isText:
		decoded, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return err
		}
		to.SetBytes(decoded)
	case kind == "char" && isText:
		r, size := utf8.DecodeRuneInString(text)
		if size != len(text) || size == 0 {
			return errInexpressible
		}
		to.SetInt(int64(r))
	case kind == "f32" || kind == "f64":
		value, known := floats[text]
		if isNumber {
			parsed, err := number.Float64()
			value, known = parsed, err == nil && (kind == "f64" || math.Abs(parsed) <= math.MaxFloat32)
		}
		if !known {
			return errInexpressible
		}
		to.SetFloat(value)
	case isNumber && kind != "char":
		return integerFromJSON(number.String(), to)
	case isText && (kind == "u64" || kind == "u128" || kind == "i64" || kind == "i128"):
		return integerFromJSON(text, to)
	default:
		return errInexpressible
	}
	return nil
}

func integerFromJSON(text string, to reflect.Value) error {
	value, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return errInexpressible
	}
	switch {
	case to.Type() == uint128:
		wide, ok := rapace.Uint128FromBig(value)
		if !ok {
			return errInexpressible
		}
		to.Set(reflect.ValueOf(wide))
	case to.Type() == int128:
		wide, ok := rapace.Int128FromBig(value)
		if !ok {
			return errInexpressible
		}
		to.Set(reflect.ValueOf(wide))
	case to.CanUint():
		if !value.IsUint64() || to.OverflowUint(value.Uint64()) {
			return errInexpressible
		}
		to.SetUint(value.Uint64())
	case to.CanInt():
		if !value.IsInt64() || to.OverflowInt(value.Int64()) {
			return errInexpressible
		}
		to.SetInt(value.Int64())
	default:
		return errInexpressible
	}
	return nil
}

// toJSON returns the JSON form of a decoded value.
func (v values) toJSON(t typeRef, from reflect.Value) any {
	switch t.kind {
	case "unit":
		return nil
	case "option":
		switch {
		case isOption(from.Type()):
			if !from.FieldByName("Some").Bool() {
				return nil
			}
			from = from.FieldByName("Value")
		case from.IsNil():
			return nil
		case from.Kind() == reflect.Pointer:
			from = from.Elem()
		}
		return map[string]any{"some": v.toJSON(t.items[0], from)}
	case "named":
		return v.namedToJSON(v.types[t.name], from)
	case "list", "array", "set", "map":
		if from.Kind() == reflect.Map {
			return v.mapToJSON(t, from)
		}
		items := make([]any, from.Len())
		for i := range items {
			item := from.Index(i)
			if t.kind == "map" {
				items[i] = []any{v.toJSON(t.items[0], item.Field(0)), v.toJSON(t.items[1], item.Field(1))}
			} else {
				items[i] = v.toJSON(t.items[0], item)
			}
		}
		return items
	case "tuple":
		items := make([]any, from.NumField())
		for i := range items {
			items[i] = v.toJSON(t.items[i], from.Field(i))
		}
		return items
	}
	return scalarToJSON(t.kind, from)
}

// mapToJSON returns the JSON form of a set or a map that is a map in Go.
func (v values) mapToJSON(t typeRef, from reflect.Value) any {
	items := []any{}
	for entries := from.MapRange(); entries.Next(); {
		item := v.toJSON(t.items[0], entries.Key())
		if t.kind == "map" {
			item = []any{item, v.toJSON(t.items[1], entries.Value())}
		}
		items = append(items, item)
	}
	return items
}

func (v values) namedToJSON(def *typeDef, from reflect.Value) any {
	if def.Kind == "struct" {
		return v.fieldsToJSON(def.fields, unwrapped(def, from))
	}
	if from.Kind() != reflect.Interface {
		return map[string]any{def.Variants[from.Uint()].Name: nil}
	}
	types := variants[from.Type()]
	from = from.Elem()
	for index, each := range def.Variants {
		if types[index] != from.Type() {
			continue
		}
		if each.Style == "tuple" && len(each.Fields) == 1 {
			return map[string]any{each.Name: v.toJSON(each.Fields[0].Type, from.Field(0))}
		}
		return map[string]any{each.Name: v.fieldsToJSON(each.fields, from)}
	}
	panic(fmt.Sprintf("%v is no variant of %s", from.Type(), def.Name))
}

func (v values) fieldsToJSON(def fields, from reflect.Value) any {
	switch {
	case def.Style == "struct":
		object := make(map[string]any, len(def.Fields))
		for i, field := range def.Fields {
			object[field.Name] = v.toJSON(field.Type, from.Field(i))
		}
		return object
	case len(def.Fields) == 0:
		return nil
	case len(def.Fields) == 1:
		return v.toJSON(def.Fields[0].Type, from)
	}
	items := make([]any, len(def.Fields))
	for i, field := range def.Fields {
		items[i] = v.toJSON(field.Type, from.Field(i))
	}
	return items
}

func scalarToJSON(kind string, from reflect.Value) any {
	switch kind {
	case "char":
		return string(rune(from.Int()))
	case "bytes":
		return base64.StdEncoding.EncodeToString(from.Bytes())
	case "u64", "u128", "i64", "i128":
		return fmt.Sprint(from.Interface())
	case "f32", "f64":
		value := from.Float()
		switch {
		case math.IsNaN(value):
			return "NaN"
		case math.IsInf(value, 1):
			return "Infinity"
		case math.IsInf(value, -1):
			return "-Infinity"
		case value == 0 && math.Signbit(value):
			return "-0"
		}
		return value
	}
	return from.Interface()
}
