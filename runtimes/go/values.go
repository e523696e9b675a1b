package rapace

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Ptr returns a pointer to a copy of value. Use it for an optional field that has a value.
func Ptr[T any](value T) *T {
	return &value
}

// Set is a set of values. Its zero value is an empty set that can be read; [NewSet] makes one to add to.
type Set[T comparable] map[T]struct{}

// NewSet returns a set of these items.
func NewSet[T comparable](items ...T) Set[T] {
	set := make(Set[T], len(items))
	for _, item := range items {
		set[item] = struct{}{}
	}
	return set
}

// Has reports whether the item is in the set.
func (s Set[T]) Has(item T) bool {
	_, ok := s[item]
	return ok
}

// Add puts the item into the set, where it may be already.
func (s Set[T]) Add(item T) {
	s[item] = struct{}{}
}

// String returns the items between braces, in the order of their texts.
func (s Set[T]) String() string {
	texts := make([]string, 0, len(s))
	for item := range s {
		texts = append(texts, fmt.Sprint(item))
	}
	slices.Sort(texts)
	return "{" + strings.Join(texts, ", ") + "}"
}

// Entry is an entry of a map whose keys Go cannot compare. Such a map is a slice of entries; each key should be in
// it once.
type Entry[K, V any] struct {
	Key   K
	Value V
}

// SortedKeys returns the keys of a map in ascending order. Encoders write maps and sets in it, so that equal values
// have equal bytes. Keys without an order, such as structs, are written in Go's random order.
func SortedKeys[M ~map[K]V, K cmp.Ordered, V any](m M) []K {
	return slices.Sorted(maps.Keys(m))
}

// FewEntries is how many entries of a map encoders sort on the stack.
const FewEntries = 8

// InsertEntry puts an entry among the n that are there in the order of their keys, which are no floats: of those not
// all are in order. It is so small that it is inlined where the entries are on the stack, so that no pointer is stored
// that the garbage collector has to be told of.
func InsertEntry[K cmp.Ordered, V any](few *[FewEntries]Entry[K, V], n int, key K, value V) {
	for ; n > 0 && key < few[n-1].Key; n-- {
		few[n] = few[n-1]
	}
	few[n] = Entry[K, V]{key, value}
}

// SortedEntries returns the entries of a map in the order of their keys.
func SortedEntries[M ~map[K]V, K cmp.Ordered, V any](m M) []Entry[K, V] {
	entries := make([]Entry[K, V], 0, len(m))
	for key, value := range m {
		entries = append(entries, Entry[K, V]{key, value})
	}
	slices.SortFunc(entries, func(a, b Entry[K, V]) int { return cmp.Compare(a.Key, b.Key) })
	return entries
}

// Redacted is printed in place of a sensitive value.
type Redacted struct{}

// Format prints [redacted], whatever the verb.
func (Redacted) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "[redacted]")
}

// The tuples of Rust: their values in order.
type (
	// Tuple1 is a tuple of one value.
	Tuple1[A any] struct{ V0 A }
	// Tuple2 is a tuple of two values.
	Tuple2[A, B any] struct {
		V0 A
		V1 B
	}
	// Tuple3 is a tuple of three values.
	Tuple3[A, B, C any] struct {
		V0 A
		V1 B
		V2 C
	}
	// Tuple4 is a tuple of four values.
	Tuple4[A, B, C, D any] struct {
		V0 A
		V1 B
		V2 C
		V3 D
	}
	// Tuple5 is a tuple of five values.
	Tuple5[A, B, C, D, E any] struct {
		V0 A
		V1 B
		V2 C
		V3 D
		V4 E
	}
	// Tuple6 is a tuple of six values.
	Tuple6[A, B, C, D, E, F any] struct {
		V0 A
		V1 B
		V2 C
		V3 D
		V4 E
		V5 F
	}
	// Tuple7 is a tuple of seven values.
	Tuple7[A, B, C, D, E, F, G any] struct {
		V0 A
		V1 B
		V2 C
		V3 D
		V4 E
		V5 F
		V6 G
	}
	// Tuple8 is a tuple of eight values.
	Tuple8[A, B, C, D, E, F, G, H any] struct {
		V0 A
		V1 B
		V2 C
		V3 D
		V4 E
		V5 F
		V6 G
		V7 H
	}
	// Tuple9 is a tuple of nine values.
	Tuple9[A, B, C, D, E, F, G, H, I any] struct {
		V0 A
		V1 B
		V2 C
		V3 D
		V4 E
		V5 F
		V6 G
		V7 H
		V8 I
	}
	// Tuple10 is a tuple of ten values.
	Tuple10[A, B, C, D, E, F, G, H, I, J any] struct {
		V0 A
		V1 B
		V2 C
		V3 D
		V4 E
		V5 F
		V6 G
		V7 H
		V8 I
		V9 J
	}
	// Tuple11 is a tuple of eleven values.
	Tuple11[A, B, C, D, E, F, G, H, I, J, K any] struct {
		V0  A
		V1  B
		V2  C
		V3  D
		V4  E
		V5  F
		V6  G
		V7  H
		V8  I
		V9  J
		V10 K
	}
	// Tuple12 is a tuple of twelve values: the longest that Rust's facet knows.
	Tuple12[A, B, C, D, E, F, G, H, I, J, K, L any] struct {
		V0  A
		V1  B
		V2  C
		V3  D
		V4  E
		V5  F
		V6  G
		V7  H
		V8  I
		V9  J
		V10 K
		V11 L
	}
)
