package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"rapace-benchmarks/pb"
	"rapace-benchmarks/pb/pbconnect"
)

// checkSmall returns an error unless the message is the one that was sent.
func checkSmall(answer *pb.Small, err error) error {
	if err == nil && (answer.Latitude != smallValue.Latitude || answer.Longitude != smallValue.Longitude ||
		answer.Sensor != smallValue.Sensor || answer.Count != smallValue.Count) {
		return errAnswer
	}
	return err
}

// checkBlob returns an error unless the message is the one that was sent.
func checkBlob(answer *pb.Blob, err error) error {
	if err == nil && !bytes.Equal(answer.Value, blobValue) {
		return errAnswer
	}
	return err
}

type grpcService struct{ client pb.WorkloadClient }

func connectGRPC(address string) (service, error) {
	target := "passthrough:///" + strings.TrimPrefix(address, "http://")
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	return grpcService{pb.NewWorkloadClient(conn)}, nil
}

func (s grpcService) small(ctx context.Context) error {
	return checkSmall(s.client.SendSmall(ctx, smallMessage(&smallValue)))
}

func (s grpcService) blob(ctx context.Context) error {
	return checkBlob(s.client.SendBlob(ctx, &pb.Blob{Value: blobValue}))
}

type connectService struct{ client pbconnect.WorkloadClient }

// connectConnect speaks gRPC, which is what the server speaks, over HTTP/2 without TLS.
func connectConnect(address string) (service, error) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
	transport := connecthttp.NewTransport(client, address, connecthttp.WithGRPC())
	return connectService{pbconnect.NewWorkloadClient(connect.NewClient(transport))}, nil
}

func (s connectService) small(ctx context.Context) error {
	return checkSmall(s.client.SendSmall(ctx, smallMessage(&smallValue)))
}

func (s connectService) blob(ctx context.Context) error {
	return checkBlob(s.client.SendBlob(ctx, &pb.Blob{Value: blobValue}))
}
