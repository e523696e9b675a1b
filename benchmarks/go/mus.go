package main

import (
	"errors"
	"fmt"

	"github.com/mus-format/mus-go"
	"github.com/mus-format/mus-go/ord"
	"github.com/mus-format/mus-go/raw"
	"github.com/mus-format/mus-go/varint"
	workload "rapacebenchmarks"
)

// The serializers below are written as mus's generator writes them, for the very types that our own client has.
var (
	optionOfString = ord.NewPtrSer[string](ord.String)
	optionOfUint32 = ord.NewPtrSer[uint32](varint.Uint32)
	listOfLine     = ord.NewSliceSer[workload.Line](lineMUS{})
	listOfOrder    = ord.NewSliceSer[workload.Order](orderMUS{})
	listOfString   = ord.NewSliceSer[string](ord.String)
	listOfUint32   = ord.NewSliceSer[uint32](varint.Uint32)
	listOfFloat64  = ord.NewSliceSer[float64](raw.Float64)
	mapOfString    = ord.NewMapSer[string, string](ord.String, ord.String)
)

func musCodecs(v *values) ([]codec, error) {
	return []codec{
		useMUS("small", v.small, smallMUS{}),
		useMUS("order", v.order, orderMUS{}),
		useMUS("batch", v.batch, listOfOrder),
		useMUS("ints", v.ints, listOfUint32),
		useMUS("floats", v.floats, listOfFloat64),
		useMUS("strings", v.strings, listOfString),
	}, nil
}

func useMUS[T any, S mus.Serializer[T]](name string, value *T, serializer S) codec {
	encode := func(v *T) ([]byte, error) {
		b := make([]byte, serializer.Size(*v))
		serializer.Marshal(*v, b)
		return b, nil
	}
	return use(name, value, encode, func(b []byte, v *T) error {
		value, n, err := serializer.Unmarshal(b)
		*v = value
		if err == nil && n < len(b) {
			err = errors.New("bytes are left")
		}
		return err
	})
}

type smallMUS struct{}

func (smallMUS) Marshal(v workload.Small, bs []byte) (n int) {
	n = raw.Float64.Marshal(v.Latitude, bs)
	n += raw.Float64.Marshal(v.Longitude, bs[n:])
	n += ord.String.Marshal(v.Sensor, bs[n:])
	return n + varint.Uint32.Marshal(v.Count, bs[n:])
}

func (smallMUS) Unmarshal(bs []byte) (v workload.Small, n int, err error) {
	v.Latitude, n, err = raw.Float64.Unmarshal(bs)
	if err != nil {
		return
	}
	var n1 int
	v.Longitude, n1, err = raw.Float64.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Sensor, n1, err = ord.String.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Count, n1, err = varint.Uint32.Unmarshal(bs[n:])
	n += n1
	return
}

func (smallMUS) Size(v workload.Small) (size int) {
	size = raw.Float64.Size(v.Latitude)
	size += raw.Float64.Size(v.Longitude)
	size += ord.String.Size(v.Sensor)
	return size + varint.Uint32.Size(v.Count)
}

func (smallMUS) Skip([]byte) (int, error) { panic("not needed") }

type customerMUS struct{}

func (customerMUS) Marshal(v workload.Customer, bs []byte) (n int) {
	n = varint.Uint64.Marshal(v.ID, bs)
	n += ord.String.Marshal(v.Name, bs[n:])
	return n + optionOfString.Marshal(v.Email, bs[n:])
}

func (customerMUS) Unmarshal(bs []byte) (v workload.Customer, n int, err error) {
	v.ID, n, err = varint.Uint64.Unmarshal(bs)
	if err != nil {
		return
	}
	var n1 int
	v.Name, n1, err = ord.String.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Email, n1, err = optionOfString.Unmarshal(bs[n:])
	n += n1
	return
}

func (customerMUS) Size(v workload.Customer) (size int) {
	size = varint.Uint64.Size(v.ID)
	size += ord.String.Size(v.Name)
	return size + optionOfString.Size(v.Email)
}

func (customerMUS) Skip([]byte) (int, error) { panic("not needed") }

type lineMUS struct{}

func (lineMUS) Marshal(v workload.Line, bs []byte) (n int) {
	n = ord.String.Marshal(v.Sku, bs)
	n += varint.Uint32.Marshal(v.Quantity, bs[n:])
	n += varint.Uint32.Marshal(v.Price, bs[n:])
	n += optionOfString.Marshal(v.Remark, bs[n:])
	return n + ord.Bool.Marshal(v.Gift, bs[n:])
}

func (lineMUS) Unmarshal(bs []byte) (v workload.Line, n int, err error) {
	v.Sku, n, err = ord.String.Unmarshal(bs)
	if err != nil {
		return
	}
	var n1 int
	v.Quantity, n1, err = varint.Uint32.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Price, n1, err = varint.Uint32.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Remark, n1, err = optionOfString.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Gift, n1, err = ord.Bool.Unmarshal(bs[n:])
	n += n1
	return
}

func (lineMUS) Size(v workload.Line) (size int) {
	size = ord.String.Size(v.Sku)
	size += varint.Uint32.Size(v.Quantity)
	size += varint.Uint32.Size(v.Price)
	size += optionOfString.Size(v.Remark)
	return size + ord.Bool.Size(v.Gift)
}

func (lineMUS) Skip([]byte) (int, error) { panic("not needed") }

type orderMUS struct{}

func (orderMUS) Marshal(v workload.Order, bs []byte) (n int) {
	n = varint.Uint64.Marshal(v.ID, bs)
	n += customerMUS{}.Marshal(v.Customer, bs[n:])
	n += listOfLine.Marshal(v.Lines, bs[n:])
	n += statusMUS{}.Marshal(v.Status, bs[n:])
	n += optionOfString.Marshal(v.Note, bs[n:])
	n += optionOfUint32.Marshal(v.Discount, bs[n:])
	n += mapOfString.Marshal(v.Labels, bs[n:])
	n += ord.ByteSlice.Marshal(v.Signature, bs[n:])
	n += varint.Int64.Marshal(v.Placed, bs[n:])
	return n + raw.Float64.Marshal(v.Weight, bs[n:])
}

func (orderMUS) Unmarshal(bs []byte) (v workload.Order, n int, err error) {
	v.ID, n, err = varint.Uint64.Unmarshal(bs)
	if err != nil {
		return
	}
	var n1 int
	v.Customer, n1, err = customerMUS{}.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Lines, n1, err = listOfLine.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Status, n1, err = statusMUS{}.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Note, n1, err = optionOfString.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Discount, n1, err = optionOfUint32.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Labels, n1, err = mapOfString.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Signature, n1, err = ord.ByteSlice.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Placed, n1, err = varint.Int64.Unmarshal(bs[n:])
	n += n1
	if err != nil {
		return
	}
	v.Weight, n1, err = raw.Float64.Unmarshal(bs[n:])
	n += n1
	return
}

func (orderMUS) Size(v workload.Order) (size int) {
	size = varint.Uint64.Size(v.ID)
	size += customerMUS{}.Size(v.Customer)
	size += listOfLine.Size(v.Lines)
	size += statusMUS{}.Size(v.Status)
	size += optionOfString.Size(v.Note)
	size += optionOfUint32.Size(v.Discount)
	size += mapOfString.Size(v.Labels)
	size += ord.ByteSlice.Size(v.Signature)
	size += varint.Int64.Size(v.Placed)
	return size + raw.Float64.Size(v.Weight)
}

func (orderMUS) Skip([]byte) (int, error) { panic("not needed") }

// statusMUS writes the number of the variant first, as mus does for interfaces.
type statusMUS struct{}

func (statusMUS) Marshal(v workload.Status, bs []byte) (n int) {
	switch v := v.(type) {
	case workload.StatusOpen:
		return varint.PositiveInt.Marshal(0, bs)
	case workload.StatusPaid:
		n = varint.PositiveInt.Marshal(1, bs)
		n += varint.Int64.Marshal(v.At, bs[n:])
		return n + ord.String.Marshal(v.Method, bs[n:])
	case workload.StatusShipped:
		n = varint.PositiveInt.Marshal(2, bs)
		return n + ord.String.Marshal(v.Value, bs[n:])
	case workload.StatusCancelled:
		n = varint.PositiveInt.Marshal(3, bs)
		n += ord.String.Marshal(v.Reason, bs[n:])
		return n + optionOfUint32.Marshal(v.Refund, bs[n:])
	default:
		panic(fmt.Sprintf("%T is no status", v))
	}
}

func (statusMUS) Unmarshal(bs []byte) (v workload.Status, n int, err error) {
	variant, n, err := varint.PositiveInt.Unmarshal(bs)
	if err != nil {
		return
	}
	var n1 int
	switch variant {
	case 0:
		v = workload.StatusOpen{}
	case 1:
		var paid workload.StatusPaid
		paid.At, n1, err = varint.Int64.Unmarshal(bs[n:])
		n += n1
		if err != nil {
			return
		}
		paid.Method, n1, err = ord.String.Unmarshal(bs[n:])
		n += n1
		v = paid
	case 2:
		var shipped workload.StatusShipped
		shipped.Value, n1, err = ord.String.Unmarshal(bs[n:])
		n += n1
		v = shipped
	case 3:
		var cancelled workload.StatusCancelled
		cancelled.Reason, n1, err = ord.String.Unmarshal(bs[n:])
		n += n1
		if err != nil {
			return
		}
		cancelled.Refund, n1, err = optionOfUint32.Unmarshal(bs[n:])
		n += n1
		v = cancelled
	default:
		err = fmt.Errorf("variant %d is unknown", variant)
	}
	return
}

func (statusMUS) Size(v workload.Status) (size int) {
	switch v := v.(type) {
	case workload.StatusOpen:
		return varint.PositiveInt.Size(0)
	case workload.StatusPaid:
		return varint.PositiveInt.Size(1) + varint.Int64.Size(v.At) + ord.String.Size(v.Method)
	case workload.StatusShipped:
		return varint.PositiveInt.Size(2) + ord.String.Size(v.Value)
	case workload.StatusCancelled:
		return varint.PositiveInt.Size(3) + ord.String.Size(v.Reason) + optionOfUint32.Size(v.Refund)
	default:
		panic(fmt.Sprintf("%T is no status", v))
	}
}

func (statusMUS) Skip([]byte) (int, error) { panic("not needed") }
