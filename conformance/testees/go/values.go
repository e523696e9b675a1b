package main

import (
	"encoding/json"
	"errors"
	"reflect"

	"conformancefixtures/rapace"
)

// errInexpressible is the error for a wrong value that Go's types rule out.
var errInexpressible = errors.New("no value of Go's type")

// values turns the JSON form of values into Go's values and back. Generated types and scalars do it themselves. What is done
// here are the containers that have no name, as api.json describes them.
type values struct {
	types map[string]*typeDef
}

// form is how a value reads and writes its JSON form.
type form struct {
	marshal   func() ([]byte, error)
	unmarshal func([]byte) error
}

func formOf[T any](v any, codec func(*rapace.JSON, *T)) form {
	value := v.(*T)
	return form{
		func() ([]byte, error) { return rapace.MarshalJSON(*value, codec) },
		func(text []byte) error { return rapace.UnmarshalJSON(text, value, codec) },
	}
}

// scalars have the JSON forms of what v points to.
var scalars = map[string]func(v any) form{
	"unit":   func(v any) form { return formOf(v, (*rapace.JSON).Unit) },
	"bool":   func(v any) form { return formOf(v, (*rapace.JSON).Bool) },
	"u8":     func(v any) form { return formOf(v, (*rapace.JSON).Uint8) },
	"u16":    func(v any) form { return formOf(v, (*rapace.JSON).Uint16) },
	"u32":    func(v any) form { return formOf(v, (*rapace.JSON).Uint32) },
	"u64":    func(v any) form { return formOf(v, (*rapace.JSON).Uint64) },
	"usize":  func(v any) form { return formOf(v, (*rapace.JSON).Uint64) },
	"u128":   func(v any) form { return formOf(v, (*rapace.JSON).Uint128) },
	"i8":     func(v any) form { return formOf(v, (*rapace.JSON).Int8) },
	"i16":    func(v any) form { return formOf(v, (*rapace.JSON).Int16) },
	"i32":    func(v any) form { return formOf(v, (*rapace.JSON).Int32) },
	"i64":    func(v any) form { return formOf(v, (*rapace.JSON).Int64) },
	"isize":  func(v any) form { return formOf(v, (*rapace.JSON).Int64) },
	"i128":   func(v any) form { return formOf(v, (*rapace.JSON).Int128) },
	"f32":    func(v any) form { return formOf(v, (*rapace.JSON).Float32) },
	"f64":    func(v any) form { return formOf(v, (*rapace.JSON).Float64) },
	"char":   func(v any) form { return formOf(v, (*rapace.JSON).Char) },
	"string": func(v any) form { return formOf(v, (*rapace.JSON).String) },
	"bytes":  func(v any) form { return formOf(v, (*rapace.JSON).Bytes) },
}

// fromJSON stores the value that the JSON form describes.
func (v values) fromJSON(t typeRef, from any, to reflect.Value) error {
	switch t.kind {
	case "option":
		return v.optionFromJSON(t.items[0], from, to)
	case "named":
		return v.namedFromJSON(v.types[t.name], from, to)
	case "list", "set", "map", "array", "tuple":
		items, ok := from.([]any)
		if !ok {
			return errInexpressible
		}
		return v.itemsFromJSON(t, items, to)
	}
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return scalars[t.kind](to.Addr().Interface()).unmarshal(text)
}

func (v values) namedFromJSON(def *typeDef, from any, to reflect.Value) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	if to.Kind() == reflect.Interface {
		variant, err := unmarshal[to.Type()](text)
		if err == nil {
			to.Set(reflect.ValueOf(variant))
		}
		return err
	}
	err = json.Unmarshal(text, to.Addr().Interface())
	if entry, ok := from.(map[string]any); err != nil && ok && len(entry) == 1 && to.CanUint() {
		// A number that is no variant's can be expressed; a value of another type cannot.
		to.SetUint(uint64(len(def.Variants)))
		return nil
	}
	return err
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
	switch to.Kind() {
	case reflect.Map:
		to.Set(reflect.MakeMap(to.Type()))
	case reflect.Slice:
		to.Set(reflect.MakeSlice(to.Type(), len(items), len(items)))
	case reflect.Array:
		if len(items) != to.Len() {
			return errInexpressible
		}
		if t.kind == "array" && to.Len() == 0 {
			return nil
		}
	default:
		if len(items) != to.NumField() {
			return errInexpressible
		}
	}
	for i, item := range items {
		var err error
		switch {
		case to.Kind() == reflect.Map:
			err = v.entryFromJSON(t, item, to)
		case t.kind == "map":
			err = v.pairFromJSON(t, item, to.Index(i).Field(0), to.Index(i).Field(1))
		case t.kind == "tuple":
			err = v.fromJSON(t.items[i], item, to.Field(i))
		default:
			err = v.fromJSON(t.items[0], item, to.Index(i))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entryFromJSON adds an item to a set, or an entry to a map.
func (v values) entryFromJSON(t typeRef, item any, to reflect.Value) error {
	key, value := reflect.New(to.Type().Key()).Elem(), reflect.New(to.Type().Elem()).Elem()
	var err error
	if t.kind == "map" {
		err = v.pairFromJSON(t, item, key, value)
	} else {
		err = v.fromJSON(t.items[0], item, key)
	}
	if err == nil {
		to.SetMapIndex(key, value)
	}
	return err
}

func (v values) pairFromJSON(t typeRef, item any, key, value reflect.Value) error {
	entry, ok := item.([]any)
	if !ok || len(entry) != 2 {
		return errInexpressible
	}
	return errors.Join(v.fromJSON(t.items[0], entry[0], key), v.fromJSON(t.items[1], entry[1], value))
}

// toJSON returns the JSON form of a decoded value.
func (v values) toJSON(t typeRef, from reflect.Value) any {
	switch t.kind {
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
	case "named":
		return written(json.Marshal(from.Interface()))
	}
	// A result of a function has no address.
	value := reflect.New(from.Type())
	value.Elem().Set(from)
	return written(scalars[t.kind](value.Interface()).marshal())
}

// written returns JSON that is written as it is.
func written(text []byte, err error) any {
	if err != nil {
		panic(err)
	}
	return json.RawMessage(text)
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
