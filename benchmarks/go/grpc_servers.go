package main

import (
	"context"
	"net"
	"net/http"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"google.golang.org/grpc"

	"rapace-benchmarks/pb"
	"rapace-benchmarks/pb/pbconnect"
)

// messageEcho sends back what it is sent.
type messageEcho struct{}

func (messageEcho) SendSmall(_ context.Context, message *pb.Small) (*pb.Small, error) {
	served.Add(1)
	return message, nil
}

func (messageEcho) SendBlob(_ context.Context, message *pb.Blob) (*pb.Blob, error) {
	served.Add(1)
	return message, nil
}

// grpcEcho is messageEcho with what grpc-go asks for besides.
type grpcEcho struct {
	messageEcho
	pb.UnsafeWorkloadServer
}

func serveGRPC() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	pb.RegisterWorkloadServer(server, grpcEcho{})
	announce("http://" + listener.Addr().String())
	return server.Serve(listener)
}

// serveConnect speaks all protocols of Connect, over HTTP/2 without TLS.
func serveConnect() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	workload := connect.NewServer()
	pbconnect.RegisterWorkloadHandler(workload, messageEcho{})
	mux := http.NewServeMux()
	connecthttp.Mount(mux, workload)
	server := http.Server{Handler: mux, Protocols: new(http.Protocols)}
	server.Protocols.SetUnencryptedHTTP2(true)
	announce("http://" + listener.Addr().String())
	return server.Serve(listener)
}
