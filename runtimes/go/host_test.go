package rapace

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// find calls a shop's method find.
func find(ctx context.Context, conn *Conn, number uint32) (string, error) {
	return Call(ctx, NewClient(conn), &shopFind, func(e *Encoder) error {
		e.U32(number)
		return nil
	}, func(d *Decoder, v *string) (err error) {
		*v, err = d.String()
		return err
	})
}

// A host and its connections leave nothing behind.
func TestHostLeavesNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	w := newWaitingShop()
	h := NewHost(serveShop(&w.shop), WithHostLimits(HostLimits{IdleTimeout: time.Hour}))
	listener, err := h.Listen("tcp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- h.Serve(ctx, listener) }()
	for range 3 {
		conn, err := Dial(t.Context(), listener.Address())
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = find(context.Background(), conn, 0) }()
		<-w.begun
		conn.Close()
	}
	memory := h.MemoryConn()
	go func() { _, _ = find(context.Background(), memory, 0) }()
	<-w.begun
	memory.Close()
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	until(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

func TestHostRefusesAServiceTwice(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "is a service served twice?") {
			t.Errorf("it panics with %s", text)
		}
	}()
	NewHost(serveShop(plainShop()), serveShop(plainShop()))
}
