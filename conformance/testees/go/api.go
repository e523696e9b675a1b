package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// api is api.json, as much of it as the testee needs.
type api struct {
	Services []struct {
		Name    string
		Methods []method
	}
	Types []typeDef
}

type method struct {
	Name      string
	WireName  string `json:"wire_name"`
	Kind      string
	Arguments []struct{ Type typeRef }
	Response  typeRef
}

// typeDef is a struct or an enum.
type typeDef struct {
	Name     string
	Variants []struct{ Name string }
}

// typeRef is a scalar, a container with what it holds, or a name.
type typeRef struct {
	// kind is the scalar's name or the container's.
	kind string
	// items are what it holds: an item, a key and a value, or the items of a tuple.
	items []typeRef
	// name is that of a named type.
	name string
}

func (t *typeRef) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		return json.Unmarshal(text, &t.kind)
	}
	var container map[string]json.RawMessage
	if err := json.Unmarshal(text, &container); err != nil {
		return err
	}
	for kind, inside := range container {
		t.kind = kind
		switch kind {
		case "named":
			return json.Unmarshal(inside, &t.name)
		case "tuple":
			return json.Unmarshal(inside, &t.items)
		case "array":
			t.items = make([]typeRef, 1)
			return json.Unmarshal(inside, &struct{ Item *typeRef }{&t.items[0]})
		case "map":
			t.items = make([]typeRef, 2)
			return json.Unmarshal(inside, &struct{ Key, Value *typeRef }{&t.items[0], &t.items[1]})
		default:
			t.items = make([]typeRef, 1)
			return json.Unmarshal(inside, &t.items[0])
		}
	}
	return fmt.Errorf("no type: %s", text)
}

// decodeJSON reads a value whose numbers stay as they are written.
func decodeJSON(text []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(value)
}
