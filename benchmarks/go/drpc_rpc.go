package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

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
	server := exec.Command(program, "serve", "drpc")
	server.Stderr = os.Stderr
	// Its end stops the server.
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
	socket, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSpace(address), "tcp://"))
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

func serveDRPC() error {
	mux := drpcmux.New()
	if err := pb.DRPCRegisterWorkload(mux, messageEcho{}); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	announce("tcp://" + listener.Addr().String())
	return drpcserver.New(mux).Serve(context.Background(), listener)
}

// loadDRPC calls a server of DRPC, and reports how long a call took: what bench-load does in the other protocols. A
// connection of DRPC carries a call at a time, so that each call in flight has its own.
func loadDRPC(address, name, operation string, budget time.Duration) error {
	connect := func() (func(context.Context) error, error) {
		socket, err := net.Dial("tcp", strings.TrimPrefix(address, "tcp://"))
		if err != nil {
			return nil, err
		}
		s := drpcService{client: pb.NewDRPCWorkloadClient(drpcconn.New(socket))}
		return map[string]func(context.Context) error{"small": s.small, "blob": s.blob}[name], nil
	}
	one, err := connect()
	if err != nil {
		return err
	}
	if operation == "sequential" {
		took, err := oneByOne(one, budget)
		report(name, "served_sequential", took)
		return err
	}
	idle := make(chan func(context.Context) error, inFlight)
	for idle <- one; len(idle) < inFlight; {
		another, err := connect()
		if err != nil {
			return err
		}
		idle <- another
	}
	wall, _, err := atOnce(func(ctx context.Context) error {
		call := <-idle
		defer func() { idle <- call }()
		return call(ctx)
	}, budget)
	report(name, "served_in_flight_64", wall)
	return err
}
