package main

import (
	"errors"
	"fmt"

	"github.com/tinylib/msgp/msgp"
	workload "rapacebenchmarks"

	"rapace-benchmarks/records"
)

// record is a type with the methods that msgp generates.
type record[T any] interface {
	*T
	msgp.Unmarshaler
}

func msgpCodecs(v *values) ([]codec, error) {
	small := records.Small(*v.small)
	order := orderRecord(v.order)
	var orders records.Orders
	for i := range *v.batch {
		orders = append(orders, orderRecord(&(*v.batch)[i]))
	}
	ints, floats, texts := records.Ints(*v.ints), records.Floats(*v.floats), records.Strings(*v.strings)
	return []codec{
		useMsgp("small", &small, (*records.Small).MarshalMsg),
		useMsgp("order", &order, (*records.Order).MarshalMsg),
		useMsgp("batch", &orders, func(v *records.Orders, b []byte) ([]byte, error) { return v.MarshalMsg(b) }),
		useMsgp("ints", &ints, func(v *records.Ints, b []byte) ([]byte, error) { return v.MarshalMsg(b) }),
		useMsgp("floats", &floats, func(v *records.Floats, b []byte) ([]byte, error) { return v.MarshalMsg(b) }),
		useMsgp("strings", &texts, func(v *records.Strings, b []byte) ([]byte, error) { return v.MarshalMsg(b) }),
	}, nil
}

func useMsgp[T any, P record[T]](name string, value P, marshal func(P, []byte) ([]byte, error)) codec {
	encode := func(v *T) ([]byte, error) { return marshal(v, nil) }
	return use(name, (*T)(value), encode, func(b []byte, v *T) error {
		rest, err := P(v).UnmarshalMsg(b)
		if err == nil && len(rest) > 0 {
			err = errors.New("bytes are left")
		}
		return err
	})
}

func orderRecord(v *workload.Order) records.Order {
	order := records.Order{
		ID:        v.ID,
		Customer:  records.Customer(v.Customer),
		Status:    statusRecord(v.Status),
		Note:      v.Note,
		Discount:  v.Discount,
		Labels:    v.Labels,
		Signature: v.Signature,
		Placed:    v.Placed,
		Weight:    v.Weight,
	}
	for _, line := range v.Lines {
		order.Lines = append(order.Lines, records.Line(line))
	}
	return order
}

func statusRecord(v workload.Status) records.Status {
	switch v := v.(type) {
	case workload.StatusOpen:
		return records.Status{}
	case workload.StatusPaid:
		return records.Status{Paid: &records.Paid{At: v.At, Method: v.Method}}
	case workload.StatusShipped:
		return records.Status{Shipped: &v.Value}
	case workload.StatusCancelled:
		return records.Status{Cancelled: &records.Cancelled{Reason: v.Reason, Refund: v.Refund}}
	default:
		panic(fmt.Sprintf("%T is no status", v))
	}
}
