package main

import (
	"bytes"
	"context"

	workload "rapacebenchmarks"
	"rapacebenchmarks/rapace"
)

type rapaceService struct{ client workload.WorkloadClient }

func connectRapace(address string) (service, error) {
	conn, err := rapace.Dial(context.Background(), address)
	if err != nil {
		return nil, err
	}
	return rapaceService{workload.NewWorkloadClient(conn)}, nil
}

func (s rapaceService) small(ctx context.Context) error {
	answer, err := s.client.Small(ctx, smallValue)
	if err == nil && answer != smallValue {
		return errAnswer
	}
	return err
}

func (s rapaceService) blob(ctx context.Context) error {
	answer, err := s.client.Blob(ctx, blobValue)
	if err == nil && !bytes.Equal(answer, blobValue) {
		return errAnswer
	}
	return err
}
