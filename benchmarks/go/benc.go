package main

import (
	"errors"
	"fmt"

	"github.com/deneonet/benc"
	bstd "github.com/deneonet/benc/std"
	workload "rapacebenchmarks"
)

// The functions below are written as benc's generator writes plain ones, for the very types that our own client has. What
// benc does not know, optional values and interfaces, is written by its bools and integers.

// bencFuncs are the functions of a type.
type bencFuncs[T any] struct {
	size      func(*T) int
	marshal   func(n int, b []byte, v *T) int
	unmarshal func(n int, b []byte, v *T) (int, error)
}

func bencCodecs(v *values) ([]codec, error) {
	return []codec{
		useBenc("small", v.small, bencFuncs[workload.Small]{bencSizeSmall, bencMarshalSmall, bencUnmarshalSmall}),
		useBenc("order", v.order, bencFuncs[workload.Order]{bencSizeOrder, bencMarshalOrder, bencUnmarshalOrder}),
		useBenc("batch", v.batch, bencFuncs[[]workload.Order]{
			func(v *[]workload.Order) int {
				return bstd.SizeSlice(*v, func(order workload.Order) int { return bencSizeOrder(&order) })
			},
			func(n int, b []byte, v *[]workload.Order) int {
				return bstd.MarshalSlice(n, b, *v, func(n int, b []byte, order workload.Order) int {
					return bencMarshalOrder(n, b, &order)
				})
			},
			func(n int, b []byte, v *[]workload.Order) (int, error) {
				n, orders, err := bstd.UnmarshalSlice[workload.Order](n, b, bencUnmarshalOrder)
				*v = orders
				return n, err
			},
		}),
		useBenc("ints", v.ints, bencFuncs[[]uint32]{
			func(v *[]uint32) int { return bstd.SizeFixedSlice(*v, bstd.SizeUint32()) },
			func(n int, b []byte, v *[]uint32) int { return bstd.MarshalSlice(n, b, *v, bstd.MarshalUint32) },
			func(n int, b []byte, v *[]uint32) (int, error) {
				n, ints, err := bstd.UnmarshalSlice[uint32](n, b, bstd.UnmarshalUint32)
				*v = ints
				return n, err
			},
		}),
		useBenc("floats", v.floats, bencFuncs[[]float64]{
			func(v *[]float64) int { return bstd.SizeFixedSlice(*v, bstd.SizeFloat64()) },
			func(n int, b []byte, v *[]float64) int { return bstd.MarshalSlice(n, b, *v, bstd.MarshalFloat64) },
			func(n int, b []byte, v *[]float64) (int, error) {
				n, floats, err := bstd.UnmarshalSlice[float64](n, b, bstd.UnmarshalFloat64)
				*v = floats
				return n, err
			},
		}),
		useBenc("strings", v.strings, bencFuncs[[]string]{
			func(v *[]string) int { return bstd.SizeSlice(*v, bstd.SizeString) },
			func(n int, b []byte, v *[]string) int { return bstd.MarshalSlice(n, b, *v, bstd.MarshalString) },
			func(n int, b []byte, v *[]string) (int, error) {
				n, texts, err := bstd.UnmarshalSlice[string](n, b, bstd.UnmarshalString)
				*v = texts
				return n, err
			},
		}),
	}, nil
}

func useBenc[T any](name string, value *T, funcs bencFuncs[T]) codec {
	encode := func(v *T) ([]byte, error) {
		b := make([]byte, funcs.size(v))
		n := funcs.marshal(0, b, v)
		return b, benc.VerifyMarshal(n, b)
	}
	return use(name, value, encode, func(b []byte, v *T) error {
		n, err := funcs.unmarshal(0, b, v)
		if err != nil {
			return err
		}
		return benc.VerifyUnmarshal(n, b)
	})
}

func bencSizeSmall(v *workload.Small) int {
	return bstd.SizeFloat64() + bstd.SizeFloat64() + bstd.SizeString(v.Sensor) + bstd.SizeUint32()
}

func bencMarshalSmall(n int, b []byte, v *workload.Small) int {
	n = bstd.MarshalFloat64(n, b, v.Latitude)
	n = bstd.MarshalFloat64(n, b, v.Longitude)
	n = bstd.MarshalString(n, b, v.Sensor)
	return bstd.MarshalUint32(n, b, v.Count)
}

func bencUnmarshalSmall(n int, b []byte, v *workload.Small) (_ int, err error) {
	if n, v.Latitude, err = bstd.UnmarshalFloat64(n, b); err != nil {
		return
	}
	if n, v.Longitude, err = bstd.UnmarshalFloat64(n, b); err != nil {
		return
	}
	if n, v.Sensor, err = bstd.UnmarshalString(n, b); err != nil {
		return
	}
	n, v.Count, err = bstd.UnmarshalUint32(n, b)
	return n, err
}

func bencSizeOrder(v *workload.Order) int {
	return bstd.SizeUint64() +
		bstd.SizeUint64() + bstd.SizeString(v.Customer.Name) + bencSizeOptionString(v.Customer.Email) +
		bstd.SizeSlice(v.Lines, bencSizeLine) +
		bencSizeStatus(v.Status) +
		bencSizeOptionString(v.Note) +
		bencSizeOptionUint32(v.Discount) +
		bstd.SizeMap(v.Labels, bstd.SizeString, bstd.SizeString) +
		bstd.SizeBytes(v.Signature) +
		bstd.SizeInt64() +
		bstd.SizeFloat64()
}

func bencMarshalOrder(n int, b []byte, v *workload.Order) int {
	n = bstd.MarshalUint64(n, b, v.ID)
	n = bstd.MarshalUint64(n, b, v.Customer.ID)
	n = bstd.MarshalString(n, b, v.Customer.Name)
	n = bencMarshalOptionString(n, b, v.Customer.Email)
	n = bstd.MarshalSlice(n, b, v.Lines, bencMarshalLine)
	n = bencMarshalStatus(n, b, v.Status)
	n = bencMarshalOptionString(n, b, v.Note)
	n = bencMarshalOptionUint32(n, b, v.Discount)
	n = bstd.MarshalMap(n, b, v.Labels, bstd.MarshalString, bstd.MarshalString)
	n = bstd.MarshalBytes(n, b, v.Signature)
	n = bstd.MarshalInt64(n, b, v.Placed)
	return bstd.MarshalFloat64(n, b, v.Weight)
}

func bencUnmarshalOrder(n int, b []byte, v *workload.Order) (_ int, err error) {
	if n, v.ID, err = bstd.UnmarshalUint64(n, b); err != nil {
		return
	}
	if n, v.Customer.ID, err = bstd.UnmarshalUint64(n, b); err != nil {
		return
	}
	if n, v.Customer.Name, err = bstd.UnmarshalString(n, b); err != nil {
		return
	}
	if n, err = bencUnmarshalOptionString(n, b, &v.Customer.Email); err != nil {
		return
	}
	if n, v.Lines, err = bstd.UnmarshalSlice[workload.Line](n, b, bencUnmarshalLine); err != nil {
		return
	}
	if n, err = bencUnmarshalStatus(n, b, &v.Status); err != nil {
		return
	}
	if n, err = bencUnmarshalOptionString(n, b, &v.Note); err != nil {
		return
	}
	if n, err = bencUnmarshalOptionUint32(n, b, &v.Discount); err != nil {
		return
	}
	if n, v.Labels, err = bstd.UnmarshalMap[string, string](n, b, bstd.UnmarshalString, bstd.UnmarshalString); err != nil {
		return
	}
	if n, v.Signature, err = bstd.UnmarshalBytesCopied(n, b); err != nil {
		return
	}
	if n, v.Placed, err = bstd.UnmarshalInt64(n, b); err != nil {
		return
	}
	n, v.Weight, err = bstd.UnmarshalFloat64(n, b)
	return n, err
}

func bencSizeLine(v workload.Line) int {
	return bstd.SizeString(v.Sku) + bstd.SizeUint32() + bstd.SizeUint32() + bencSizeOptionString(v.Remark) + bstd.SizeBool()
}

func bencMarshalLine(n int, b []byte, v workload.Line) int {
	n = bstd.MarshalString(n, b, v.Sku)
	n = bstd.MarshalUint32(n, b, v.Quantity)
	n = bstd.MarshalUint32(n, b, v.Price)
	n = bencMarshalOptionString(n, b, v.Remark)
	return bstd.MarshalBool(n, b, v.Gift)
}

func bencUnmarshalLine(n int, b []byte, v *workload.Line) (_ int, err error) {
	if n, v.Sku, err = bstd.UnmarshalString(n, b); err != nil {
		return
	}
	if n, v.Quantity, err = bstd.UnmarshalUint32(n, b); err != nil {
		return
	}
	if n, v.Price, err = bstd.UnmarshalUint32(n, b); err != nil {
		return
	}
	if n, err = bencUnmarshalOptionString(n, b, &v.Remark); err != nil {
		return
	}
	n, v.Gift, err = bstd.UnmarshalBool(n, b)
	return n, err
}

func bencSizeStatus(v workload.Status) int {
	switch v := v.(type) {
	case workload.StatusPaid:
		return 1 + bstd.SizeInt64() + bstd.SizeString(v.Method)
	case workload.StatusShipped:
		return 1 + bstd.SizeString(v.Value)
	case workload.StatusCancelled:
		return 1 + bstd.SizeString(v.Reason) + bencSizeOptionUint32(v.Refund)
	default:
		return 1
	}
}

func bencMarshalStatus(n int, b []byte, v workload.Status) int {
	switch v := v.(type) {
	case workload.StatusOpen:
		return bstd.MarshalByte(n, b, 0)
	case workload.StatusPaid:
		n = bstd.MarshalByte(n, b, 1)
		n = bstd.MarshalInt64(n, b, v.At)
		return bstd.MarshalString(n, b, v.Method)
	case workload.StatusShipped:
		n = bstd.MarshalByte(n, b, 2)
		return bstd.MarshalString(n, b, v.Value)
	case workload.StatusCancelled:
		n = bstd.MarshalByte(n, b, 3)
		n = bstd.MarshalString(n, b, v.Reason)
		return bencMarshalOptionUint32(n, b, v.Refund)
	default:
		panic(fmt.Sprintf("%T is no status", v))
	}
}

func bencUnmarshalStatus(n int, b []byte, v *workload.Status) (_ int, err error) {
	n, variant, err := bstd.UnmarshalByte(n, b)
	if err != nil {
		return
	}
	switch variant {
	case 0:
		*v = workload.StatusOpen{}
	case 1:
		var paid workload.StatusPaid
		if n, paid.At, err = bstd.UnmarshalInt64(n, b); err != nil {
			return
		}
		n, paid.Method, err = bstd.UnmarshalString(n, b)
		*v = paid
	case 2:
		var shipped workload.StatusShipped
		n, shipped.Value, err = bstd.UnmarshalString(n, b)
		*v = shipped
	case 3:
		var cancelled workload.StatusCancelled
		if n, cancelled.Reason, err = bstd.UnmarshalString(n, b); err != nil {
			return
		}
		n, err = bencUnmarshalOptionUint32(n, b, &cancelled.Refund)
		*v = cancelled
	default:
		err = errors.New("the variant is unknown")
	}
	return n, err
}

func bencSizeOptionString(v *string) int {
	if v == nil {
		return bstd.SizeBool()
	}
	return bstd.SizeBool() + bstd.SizeString(*v)
}

func bencMarshalOptionString(n int, b []byte, v *string) int {
	n = bstd.MarshalBool(n, b, v != nil)
	if v == nil {
		return n
	}
	return bstd.MarshalString(n, b, *v)
}

func bencUnmarshalOptionString(n int, b []byte, v **string) (int, error) {
	n, some, err := bstd.UnmarshalBool(n, b)
	if err != nil || !some {
		return n, err
	}
	n, text, err := bstd.UnmarshalString(n, b)
	*v = &text
	return n, err
}

func bencSizeOptionUint32(v *uint32) int {
	if v == nil {
		return bstd.SizeBool()
	}
	return bstd.SizeBool() + bstd.SizeUint32()
}

func bencMarshalOptionUint32(n int, b []byte, v *uint32) int {
	n = bstd.MarshalBool(n, b, v != nil)
	if v == nil {
		return n
	}
	return bstd.MarshalUint32(n, b, *v)
}

func bencUnmarshalOptionUint32(n int, b []byte, v **uint32) (int, error) {
	n, some, err := bstd.UnmarshalBool(n, b)
	if err != nil || !some {
		return n, err
	}
	n, number, err := bstd.UnmarshalUint32(n, b)
	*v = &number
	return n, err
}
