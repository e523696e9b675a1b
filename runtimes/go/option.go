package rapace

import "fmt"

// Option is a value that may be absent. Generated code has it where a pointer would not read well: for an option in an
// option, and for an optional slice or map. Other optional values are pointers. The zero Option has no value.
type Option[T any] struct {
	// Value is the value, and the zero value of T when there is none.
	Value T
	// Some reports whether there is a value.
	Some bool
}

// Some returns an Option that has this value.
func Some[T any](value T) Option[T] {
	return Option[T]{value, true}
}

// None returns an Option without a value.
func None[T any]() Option[T] {
	return Option[T]{}
}

// Get returns the value and true, or the zero value and false.
func (o Option[T]) Get() (T, bool) {
	return o.Value, o.Some
}

// Or returns the value, or other when there is none.
func (o Option[T]) Or(other T) T {
	if o.Some {
		return o.Value
	}
	return other
}

// IsZero reports whether there is no value, so that the option omitzero of encoding/json leaves the field out.
func (o Option[T]) IsZero() bool {
	return !o.Some
}

// String returns Some(value) or None.
func (o Option[T]) String() string {
	if !o.Some {
		return "None"
	}
	return fmt.Sprintf("Some(%v)", o.Value)
}
