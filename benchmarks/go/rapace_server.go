package main

import (
	"context"
	"net"

	workload "rapacebenchmarks"
	"rapacebenchmarks/rapace"
)

// handler sends back what it is sent.
type handler struct{}

func (handler) Small(_ context.Context, value workload.Small) (workload.Small, error) {
	served.Add(1)
	return value, nil
}

func (handler) Order(_ context.Context, value workload.Order) (workload.Order, error) {
	served.Add(1)
	return value, nil
}

func (handler) Batch(_ context.Context, value []workload.Order) ([]workload.Order, error) {
	served.Add(1)
	return value, nil
}

func (handler) Ints(_ context.Context, value []uint32) ([]uint32, error) {
	served.Add(1)
	return value, nil
}

func (handler) Floats(_ context.Context, value []float64) ([]float64, error) {
	served.Add(1)
	return value, nil
}

func (handler) Strings(_ context.Context, value []string) ([]string, error) {
	served.Add(1)
	return value, nil
}

func (handler) Blob(_ context.Context, value []byte) ([]byte, error) {
	served.Add(1)
	return value, nil
}

func serveRapace() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	announce("tcp://" + listener.Addr().String())
	return rapace.NewHost(workload.ServeWorkload(handler{})).Serve(context.Background(), listener)
}
