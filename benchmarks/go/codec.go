package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"time"

	workload "rapacebenchmarks"
)

// codec is what a library does with a case.
type codec struct {
	name string
	// decodeOnly is set where encode is another library's, so that its time is not reported.
	decodeOnly bool
	// encode returns the bytes of the value, in memory of their own.
	encode func() ([]byte, error)
	// decode returns a new object.
	decode func([]byte) (any, error)
	// check tells what is wrong with an object that was decoded.
	check func(any) error
}

// libraries make the codecs of the values.
var libraries = map[string]func(*values) ([]codec, error){
	"rapace":     rapaceCodecs,
	"protobuf":   protobufCodecs,
	"vtprotobuf": vtprotobufCodecs,
	"hyperpb":    hyperpbCodecs,
	"msgp":       msgpCodecs,
	"mus":        musCodecs,
	"benc":       bencCodecs,
}

// values are those of the workload, decoded from the reference bytes by our own codecs.
type values struct {
	small   *workload.Small
	order   *workload.Order
	batch   *[]workload.Order
	ints    *[]uint32
	floats  *[]float64
	strings *[]string

	// reference holds the bytes that they were decoded from.
	reference map[string][]byte
}

func readValues(folder string) (*values, error) {
	v := &values{reference: make(map[string][]byte)}
	for _, name := range []string{"small", "order", "batch", "ints", "floats", "strings"} {
		b, err := os.ReadFile(filepath.Join(folder, name+".bin"))
		if err != nil {
			return nil, err
		}
		v.reference[name] = b
	}
	for _, err := range []error{
		read(v, "small", workload.SmallCodec, &v.small),
		read(v, "order", workload.OrderCodec, &v.order),
		read(v, "batch", workload.BatchCodec, &v.batch),
		read(v, "ints", workload.IntsCodec, &v.ints),
		read(v, "floats", workload.FloatsCodec, &v.floats),
		read(v, "strings", workload.StringsCodec, &v.strings),
	} {
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}

// use returns the codec of functions that decode into a new T.
func use[T any](name string, value *T, encode func(*T) ([]byte, error), decode func([]byte, *T) error) codec {
	return codec{
		name:   name,
		encode: func() ([]byte, error) { return encode(value) },
		decode: func(b []byte) (any, error) {
			object := new(T)
			err := decode(b, object)
			return object, err
		},
		check: func(object any) error {
			if !reflect.DeepEqual(object, value) {
				return fmt.Errorf("the value is another after its round trip: %#v", object)
			}
			return nil
		},
	}
}

// Where results go, so that the compiler keeps what makes them.
var (
	keptBytes  []byte
	keptObject any
)

func measureCodec(library, folder string, budget time.Duration) error {
	codecs, ok := libraries[library]
	if !ok {
		return fmt.Errorf("there is no library %q", library)
	}
	v, err := readValues(folder)
	if err != nil {
		return err
	}
	list, err := codecs(v)
	if err != nil {
		return err
	}
	for _, c := range list {
		encoded, err := c.encode()
		if err != nil {
			return fmt.Errorf("%s: encode: %w", c.name, err)
		}
		object, err := c.decode(encoded)
		if err != nil {
			return fmt.Errorf("%s: decode: %w", c.name, err)
		}
		if err := c.check(object); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if !c.decodeOnly {
			report(c.name, "encode", median(budget, func() { keptBytes, _ = c.encode() }))
		}
		report(c.name, "decode", median(budget, func() { keptObject, _ = c.decode(encoded) }))
		runtime.KeepAlive(keptBytes)
		runtime.KeepAlive(keptObject)
	}
	return nil
}
