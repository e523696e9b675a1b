package main

import (
	"bytes"
	"fmt"

	workload "rapacebenchmarks"
	"rapacebenchmarks/rapace"
)

// read decodes the reference bytes of a case, and fails when they are not encoded to the same again.
func read[T any](v *values, name string, codec workload.Codec[T], to **T) error {
	object := new(T)
	if err := decodeRapace(codec)(v.reference[name], object); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	encoded, err := encodeRapace(codec)(object)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !bytes.Equal(encoded, v.reference[name]) {
		return fmt.Errorf("%s: the value is not encoded to the reference bytes that it was decoded from", name)
	}
	*to = object
	return nil
}

func rapaceCodecs(v *values) ([]codec, error) {
	return []codec{
		useRapace("small", v.small, workload.SmallCodec),
		useRapace("order", v.order, workload.OrderCodec),
		useRapace("batch", v.batch, workload.BatchCodec),
		useRapace("ints", v.ints, workload.IntsCodec),
		useRapace("floats", v.floats, workload.FloatsCodec),
		useRapace("strings", v.strings, workload.StringsCodec),
	}, nil
}

func useRapace[T any](name string, value *T, methods workload.Codec[T]) codec {
	return use(name, value, encodeRapace(methods), decodeRapace(methods))
}

// encodeRapace returns what encodes as a call does: into an encoder that is used again, from which the bytes are copied.
func encodeRapace[T any](codec workload.Codec[T]) func(*T) ([]byte, error) {
	encoder := rapace.NewEncoder(rapace.Limits{})
	return func(value *T) ([]byte, error) {
		encoder.Reset()
		if err := codec.Encode(encoder, value); err != nil {
			return nil, err
		}
		encoded := encoder.Encoded()
		b := make([]byte, len(encoded))
		copy(b, encoded)
		return b, nil
	}
}

// decodeRapace returns what decodes all of a payload as a call does: with a decoder that is used again.
func decodeRapace[T any](codec workload.Codec[T]) func([]byte, *T) error {
	decoder := rapace.NewDecoder(nil, rapace.Limits{})
	return func(payload []byte, value *T) error {
		decoder.Reset(payload)
		if err := codec.Decode(decoder, value); err != nil {
			return err
		}
		return decoder.Finish()
	}
}
