// Package check tests generated codecs: what they make of a value and of bytes, and what they refuse.
package check

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"rapace"
)

// Codec is the encoder and the decoder that were generated for a type.
type Codec[T any] struct {
	Encode func(*rapace.Encoder, *T) error
	Decode func(*rapace.Decoder, *T) error
}

// ByValue makes a codec of an encoder that takes its value as it is.
func ByValue[T any](encode func(*rapace.Encoder, T) error, decode func(*rapace.Decoder, *T) error) Codec[T] {
	return Codec[T]{func(e *rapace.Encoder, v *T) error { return encode(e, *v) }, decode}
}

// Encoded returns the bytes of a value.
func (c Codec[T]) Encoded(t *testing.T, value T) []byte {
	t.Helper()
	e := rapace.NewEncoder(rapace.Limits{})
	if err := c.Encode(e, &value); err != nil {
		t.Fatalf("encode %+v: %v", value, err)
	}
	return e.Encoded()
}

// BothWays checks that the value has these bytes and is what they decode to, and that nothing less does.
func (c Codec[T]) BothWays(t *testing.T, value T, want string) {
	t.Helper()
	got := c.Encoded(t, value)
	if string(got) != want {
		t.Errorf("encode %+v: % x, want % x", value, got, want)
	}
	c.RoundTrip(t, value)
}

// RoundTrip checks that the value survives, and that no part of its bytes decodes.
func (c Codec[T]) RoundTrip(t *testing.T, value T) {
	t.Helper()
	payload := c.Encoded(t, value)
	var decoded T
	d := rapace.NewDecoder(payload, rapace.Limits{})
	if err := errors.Join(c.Decode(d, &decoded), d.Finish()); err != nil {
		t.Fatalf("decode % x: %v", payload, err)
	}
	if !reflect.DeepEqual(decoded, value) {
		t.Errorf("%+v became %+v", value, decoded)
	}
	for n := range payload {
		var none T
		if c.Decode(rapace.NewDecoder(payload[:n], rapace.Limits{}), &none) == nil {
			t.Errorf("%d of %d bytes decode to %+v", n, len(payload), none)
		}
	}
}

// RefusesToEncode checks that the value is refused, where and why.
func (c Codec[T]) RefusesToEncode(t *testing.T, value T, path, reason string) {
	t.Helper()
	err := c.Encode(rapace.NewEncoder(rapace.Limits{}), &value)
	var refused *rapace.EncodeError
	if !errors.As(err, &refused) || refused.Path != path || refused.Reason != reason {
		t.Errorf("encode %+v: %v, want %s: %s", value, err, path, reason)
	}
}

// RefusesToDecode checks that the bytes are refused, where and why.
func (c Codec[T]) RefusesToDecode(t *testing.T, payload string, offset int, path, reason string) {
	t.Helper()
	var value T
	err := c.Decode(rapace.NewDecoder([]byte(payload), rapace.Limits{}), &value)
	var refused *rapace.DecodeError
	if !errors.As(err, &refused) || refused.Offset != offset || refused.Path != path || refused.Reason != reason {
		t.Errorf("decode % x: %v, want byte %d, %s: %s", payload, err, offset, path, reason)
	}
}

// Fuzz feeds the decoder with anything. What it takes must encode to bytes that mean the same.
func (c Codec[T]) Fuzz(f *testing.F, seeds ...T) {
	for _, seed := range seeds {
		e := rapace.NewEncoder(rapace.Limits{})
		if err := c.Encode(e, &seed); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(e.Encoded()))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var value T
		if c.Decode(rapace.NewDecoder(payload, rapace.Limits{}), &value) != nil {
			return
		}
		first := bytes.Clone(c.Encoded(t, value))
		var again T
		if err := c.Decode(rapace.NewDecoder(first, rapace.Limits{}), &again); err != nil {
			t.Fatalf("% x decodes, but not what it encodes to, % x: %v", payload, first, err)
		}
		// Maps may be written in another order.
		if second := c.Encoded(t, again); len(second) != len(first) {
			t.Errorf("% x, then % x", first, second)
		}
	})
}
