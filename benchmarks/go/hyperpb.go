package main

import (
	"buf.build/go/hyperpb"
	"google.golang.org/protobuf/proto"

	"rapace-benchmarks/pb"
)

// hyperpbCodecs returns codecs that only decode: hyperpb's messages cannot be changed, and are read by reflection. They are
// compiled beforehand and made without a profile, as they come.
func hyperpbCodecs(v *values) ([]codec, error) {
	cases := []struct {
		name  string
		value proto.Message
	}{
		{"small", smallMessage(v.small)},
		{"order", orderMessage(v.order)},
		{"batch", batchMessage(v.batch)},
		{"ints", &pb.Ints{Values: *v.ints}},
		{"floats", &pb.Floats{Values: *v.floats}},
		{"strings", &pb.Strings{Values: *v.strings}},
	}
	var codecs []codec
	for _, c := range cases {
		kind := hyperpb.CompileMessageDescriptor(c.value.ProtoReflect().Descriptor())
		codecs = append(codecs, codec{
			name:       c.name,
			decodeOnly: true,
			encode:     func() ([]byte, error) { return proto.Marshal(c.value) },
			decode: func(b []byte) (any, error) {
				object := hyperpb.NewMessage(kind)
				return object, object.Unmarshal(b)
			},
			check: equalMessage(c.value),
		})
	}
	return codecs, nil
}
