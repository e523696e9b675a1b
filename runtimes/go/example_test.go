package rapace_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"rapace"
)

// Tests need no network: an end of a pipe is a connection, and the other end plays the server.
func ExampleNewConn() {
	near, far := net.Pipe()
	conn := rapace.NewConn(near)
	defer conn.Close()
	go func() {
		request := make([]byte, 68)
		_, _ = io.ReadFull(far, request)
		far.Close()
	}()
	ping := rapace.Method{Name: "Health.ping", ID: 1}
	_, err := rapace.Call[struct{}](context.Background(), rapace.NewClient(conn), &ping, nil, nil)
	fmt.Println(err)
	// Output: Health.ping: Unavailable: the server closed the connection
}

// Calls that the server was too busy for are made again, when that does no harm.
func ExampleWithInterceptors() {
	again := func(ctx context.Context, call rapace.CallInfo, next func(context.Context) error) error {
		err := next(ctx)
		for tries := 1; tries < 3 && call.Idempotent && rapace.CodeOf(err) == rapace.CodeResourceExhausted; tries++ {
			time.Sleep(10 * time.Millisecond)
			err = next(ctx)
		}
		return err
	}
	near, _ := net.Pipe()
	conn := rapace.NewConn(near, rapace.WithInterceptors(again))
	defer conn.Close()
}

func ExampleConn_OpenTunnel() {
	near, _ := net.Pipe()
	conn := rapace.NewConn(near)
	defer conn.Close()
	// The id is what a call has returned.
	tunnel, err := conn.OpenTunnel(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tunnel.Close()
	_ = tunnel.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err = tunnel.Read(make([]byte, 10))
	fmt.Println(err)
	// Output: i/o timeout
}

func ExampleDial() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, err := rapace.Dial(ctx, "unix:///nowhere", rapace.WithReconnect(rapace.Reconnect{}))
	fmt.Println(rapace.CodeOf(err))
	// Output: Unavailable
}

// Generated code makes the service of a handler: bookshop.ServeCatalog(shop{}).
func ExampleHost_MemoryConn() {
	ping := rapace.Method{Name: "Health.ping", ID: 1}
	service := rapace.NewService("Health", rapace.ServedMethod{
		Method: &ping,
		Serve: func(ctx context.Context, r *rapace.Request) error {
			if err := r.Begin(); err != nil {
				return err
			}
			return r.Done(rapace.Errorf(rapace.CodeUnavailable, "%s: in an hour", rapace.CallFrom(ctx).Method()))
		},
	})
	conn := rapace.NewHost(service).MemoryConn()
	defer conn.Close()
	_, err := rapace.Call[struct{}](context.Background(), rapace.NewClient(conn), &ping, nil, nil)
	fmt.Println(err)
	// Output: Health.ping: Unavailable: Health.ping: in an hour
}
