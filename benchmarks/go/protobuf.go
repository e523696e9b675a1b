package main

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
	workload "rapacebenchmarks"

	"rapace-benchmarks/pb"
)

// message is a generated message with the methods that vtprotobuf adds.
type message[M any] interface {
	*M
	proto.Message
	MarshalVT() ([]byte, error)
	UnmarshalVT([]byte) error
}

func protobufCodecs(v *values) ([]codec, error) {
	return []codec{
		useProtobuf("small", smallMessage(v.small)),
		useProtobuf("order", orderMessage(v.order)),
		useProtobuf("batch", batchMessage(v.batch)),
		useProtobuf("ints", &pb.Ints{Values: *v.ints}),
		useProtobuf("floats", &pb.Floats{Values: *v.floats}),
		useProtobuf("strings", &pb.Strings{Values: *v.strings}),
	}, nil
}

func vtprotobufCodecs(v *values) ([]codec, error) {
	return []codec{
		useVT("small", smallMessage(v.small)),
		useVT("order", orderMessage(v.order)),
		useVT("batch", batchMessage(v.batch)),
		useVT("ints", &pb.Ints{Values: *v.ints}),
		useVT("floats", &pb.Floats{Values: *v.floats}),
		useVT("strings", &pb.Strings{Values: *v.strings}),
	}, nil
}

func useProtobuf[M any, P message[M]](name string, value P) codec {
	return codec{
		name:   name,
		encode: func() ([]byte, error) { return proto.Marshal(value) },
		decode: func(b []byte) (any, error) {
			object := P(new(M))
			return object, proto.Unmarshal(b, object)
		},
		check: equalMessage(value),
	}
}

func useVT[M any, P message[M]](name string, value P) codec {
	return codec{
		name:   name,
		encode: value.MarshalVT,
		decode: func(b []byte) (any, error) {
			object := P(new(M))
			return object, object.UnmarshalVT(b)
		},
		check: equalMessage(value),
	}
}

func equalMessage(value proto.Message) func(any) error {
	return func(object any) error {
		if !proto.Equal(object.(proto.Message), value) {
			return errors.New("the message is another after its round trip")
		}
		return nil
	}
}

func smallMessage(v *workload.Small) *pb.Small {
	return &pb.Small{Latitude: v.Latitude, Longitude: v.Longitude, Sensor: v.Sensor, Count: v.Count}
}

func batchMessage(v *[]workload.Order) *pb.Batch {
	batch := new(pb.Batch)
	for i := range *v {
		batch.Orders = append(batch.Orders, orderMessage(&(*v)[i]))
	}
	return batch
}

func orderMessage(v *workload.Order) *pb.Order {
	order := &pb.Order{
		Id:        v.ID,
		Customer:  &pb.Customer{Id: v.Customer.ID, Name: v.Customer.Name, Email: v.Customer.Email},
		Status:    statusMessage(v.Status),
		Note:      v.Note,
		Discount:  v.Discount,
		Labels:    v.Labels,
		Signature: v.Signature,
		Placed:    v.Placed,
		Weight:    v.Weight,
	}
	for i := range v.Lines {
		line := &v.Lines[i]
		order.Lines = append(order.Lines, &pb.Line{
			Sku:      line.Sku,
			Quantity: line.Quantity,
			Price:    line.Price,
			Remark:   line.Remark,
			Gift:     line.Gift,
		})
	}
	return order
}

func statusMessage(v workload.Status) *pb.Status {
	switch v := v.(type) {
	case workload.StatusOpen:
		return &pb.Status{Kind: &pb.Status_Open{Open: new(pb.Open)}}
	case workload.StatusPaid:
		return &pb.Status{Kind: &pb.Status_Paid{Paid: &pb.Paid{At: v.At, Method: v.Method}}}
	case workload.StatusShipped:
		return &pb.Status{Kind: &pb.Status_Shipped{Shipped: v.Value}}
	case workload.StatusCancelled:
		return &pb.Status{Kind: &pb.Status_Cancelled{Cancelled: &pb.Cancelled{Reason: v.Reason, Refund: v.Refund}}}
	default:
		panic(fmt.Sprintf("%T is no status", v))
	}
}
