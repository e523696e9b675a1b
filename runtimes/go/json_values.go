package rapace

import (
	"encoding/json"
)

// The runtime's own types have the JSON form that they have within a generated type. What a program puts into them is as
// encoding/json has it, but for scalars with a form of their own: numbers of 64 bits are strings.

// marshalPart returns the JSON of a part of a value.
func marshalPart(v any) ([]byte, error) {
	switch v := v.(type) {
	case uint64:
		return MarshalJSON(v, (*JSON).Uint64)
	case int64:
		return MarshalJSON(v, (*JSON).Int64)
	case float64:
		return MarshalJSON(v, (*JSON).Float64)
	case float32:
		return MarshalJSON(v, (*JSON).Float32)
	case string:
		return MarshalJSON(v, (*JSON).String)
	}
	return json.Marshal(v)
}

// unmarshalPart reads what marshalPart writes.
func unmarshalPart(text []byte, v any) error {
	switch v := v.(type) {
	case *uint64:
		return UnmarshalJSON(text, v, (*JSON).Uint64)
	case *int64:
		return UnmarshalJSON(text, v, (*JSON).Int64)
	case *float64:
		return UnmarshalJSON(text, v, (*JSON).Float64)
	case *float32:
		return UnmarshalJSON(text, v, (*JSON).Float32)
	case *string:
		return UnmarshalJSON(text, v, (*JSON).String)
	}
	return json.Unmarshal(text, v)
}

// part reads or writes a part of a value.
func part[T any](j *JSON, v *T) {
	if j.err != nil {
		return
	}
	var text []byte
	var err error
	if j.reads {
		if text, err = json.Marshal(j.in); err == nil {
			err = unmarshalPart(text, v)
		}
	} else if text, err = marshalPart(*v); err == nil {
		j.out = append(j.out, text...)
	}
	if err != nil {
		j.Refuse("%s", err.Error())
	}
}

// MarshalJSON returns null, or {"some": value}: so Some of nothing is not None.
func (o Option[T]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(o, jsonOption[T])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (o *Option[T]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, o, jsonOption[T])
}

func jsonOption[T any](j *JSON, v *Option[T]) { JSONOption(j, v, part[T]) }

// MarshalJSON returns an array of the items.
func (s Set[T]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(s, jsonSet[T])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Set[T]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, s, jsonSet[T])
}

func jsonSet[T comparable](j *JSON, v *Set[T]) { JSONSet(j, v, part[T]) }

// MarshalJSON returns an array of the key and the value.
func (e Entry[K, V]) MarshalJSON() ([]byte, error) {
	return MarshalJSON(e, jsonOwnEntry[K, V])
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Entry[K, V]) UnmarshalJSON(text []byte) error {
	return UnmarshalJSON(text, e, jsonOwnEntry[K, V])
}

func jsonOwnEntry[K, V any](j *JSON, v *Entry[K, V]) { jsonPair(j, v, part[K], part[V]) }

// MarshalJSON returns a string with the number, of which JSON's numbers would lose bits.
func (u Uint128) MarshalJSON() ([]byte, error) { return MarshalJSON(u, (*JSON).Uint128) }

// UnmarshalJSON reads what MarshalJSON writes.
func (u *Uint128) UnmarshalJSON(text []byte) error { return UnmarshalJSON(text, u, (*JSON).Uint128) }

// MarshalJSON returns a string with the number, of which JSON's numbers would lose bits.
func (i Int128) MarshalJSON() ([]byte, error) { return MarshalJSON(i, (*JSON).Int128) }

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Int128) UnmarshalJSON(text []byte) error { return UnmarshalJSON(text, i, (*JSON).Int128) }
