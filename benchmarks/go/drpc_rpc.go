package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"

	"storj.io/drpc/drpcconn"
	"storj.io/drpc/drpcmux"
	"storj.io/drpc/drpcserver"

	"rapace-benchmarks/pb"
)

type drpcService struct {
	client pb.DRPCWorkloadClient
	// server is kept because its standard input is closed when it is not.
	server *exec.Cmd
}

// connectDRPC starts a server in a process of its own, which lives as long as this one. A connection of DRPC carries a call
// at a time, so that calls at once wait for one another.
func connectDRPC(string) (service, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	server := exec.Command(program, "serve-drpc")
	server.Stderr = os.Stderr
	// Its end tells the server to stop.
	if _, err := server.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := server.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the server does not start: %w", err)
	}
	socket, err := net.Dial("tcp", strings.TrimSpace(address))
	if err != nil {
		return nil, err
	}
	return drpcService{pb.NewDRPCWorkloadClient(drpcconn.New(socket)), server}, nil
}

func (s drpcService) small(ctx context.Context) error {
	return checkSmall(s.client.SendSmall(ctx, smallMessage(&smallValue)))
}

func (s drpcService) blob(ctx context.Context) error {
	return checkBlob(s.client.SendBlob(ctx, &pb.Blob{Value: blobValue}))
}

// echo answers with what it was sent.
type echo struct{}

func (echo) SendSmall(_ context.Context, message *pb.Small) (*pb.Small, error) { return message, nil }
func (echo) SendBlob(_ context.Context, message *pb.Blob) (*pb.Blob, error)    { return message, nil }

// serveDRPC prints its address, and serves until its standard input is closed.
func serveDRPC() error {
	mux := drpcmux.New()
	if err := pb.DRPCRegisterWorkload(mux, echo{}); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Println(listener.Addr())
	return drpcserver.New(mux).Serve(ctx, listener)
}
