package opentelemetry_test

import (
	"context"
	"encoding/binary"
	"io"
	"iter"
	"net"
	"testing"

	"rapace"
)

// What the server does with a request is told by the method's id.
var (
	echoMethod   = rapace.Method{Name: "Shop.echo", ID: 1}
	failMethod   = rapace.Method{Name: "Shop.fail", ID: 2}
	oddMethod    = rapace.Method{Name: "Shop.odd", ID: 3}
	silentMethod = rapace.Method{Name: "Shop.silent", ID: 4}
	hangUpMethod = rapace.Method{Name: "Shop.hang_up", ID: 5}
	threeMethod  = rapace.Method{Name: "Shop.three", ID: 6}
	brokenMethod = rapace.Method{Name: "Shop.broken", ID: 7}
)

// Flags of a frame.
const (
	data    = 0x01
	eos     = 0x04
	failure = 0x10
)

// confidential is what the server says of errors.
const confidential = "the card of Ada is blocked"

// serve answers requests until the connection ends.
func serve(socket net.Conn) {
	defer func() { _ = socket.Close() }()
	send := func(channel, flags uint32, payload string) {
		le := binary.LittleEndian
		frame := append(make([]byte, 68), payload...)
		le.PutUint32(frame, uint32(64+len(payload)))
		le.PutUint32(frame[12:], channel)
		le.PutUint32(frame[36:], flags)
		_, _ = socket.Write(frame)
	}
	status := func(code uint32) string {
		head := binary.LittleEndian.AppendUint32(nil, code)
		return string(binary.LittleEndian.AppendUint32(head, uint32(len(confidential)))) + confidential
	}
	for {
		head := make([]byte, 68)
		if _, err := io.ReadFull(socket, head); err != nil {
			return
		}
		le := binary.LittleEndian
		payload := make([]byte, le.Uint32(head)-64)
		if _, err := io.ReadFull(socket, payload); err != nil {
			return
		}
		channel := le.Uint32(head[12:])
		if channel == 0 {
			// A notification, or what a client says of the session.
			continue
		}
		switch le.Uint32(head[16:]) {
		case echoMethod.ID:
			send(channel, data|eos, string(payload))
		case failMethod.ID:
			send(channel, failure|eos, status(uint32(rapace.CodeNotFound)))
		case oddMethod.ID:
			send(channel, failure|eos, status(250))
		case hangUpMethod.ID:
			return
		case threeMethod.ID:
			for range 3 {
				send(channel, data, "\x01a")
			}
			send(channel, eos, "")
		case brokenMethod.ID:
			send(channel, data, "\x01a")
			send(channel, failure|eos, status(uint32(rapace.CodeDataLoss)))
		}
	}
}

// dial connects to a server at an address of loopback, tcp or unix, until the test ends.
func dial(t *testing.T, listener net.Listener, options ...rapace.ConnOption) *rapace.Conn {
	t.Helper()
	go func() {
		for {
			socket, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(socket)
		}
	}()
	address := listener.Addr()
	conn, err := rapace.Dial(t.Context(), address.Network()+"://"+address.String(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(); _ = listener.Close() })
	return conn
}

// connect returns a client of a server in memory.
func connect(t *testing.T, options ...rapace.ConnOption) *rapace.Client {
	t.Helper()
	near, far := net.Pipe()
	go serve(far)
	conn := rapace.NewConn(near, options...)
	t.Cleanup(func() { _ = conn.Close() })
	return rapace.NewClient(conn)
}

func encodeText(text string) func(*rapace.Encoder) error {
	return func(e *rapace.Encoder) error { return e.String(text) }
}

func decodeText(d *rapace.Decoder, text *string) (err error) {
	*text, err = d.String()
	return err
}

// call calls a method that takes and returns a text.
func call(ctx context.Context, client *rapace.Client, method *rapace.Method) error {
	_, err := rapace.Call(ctx, client, method, encodeText("the card of Bob"), decodeText)
	return err
}

// stream calls a method that answers with a stream of texts.
func stream(ctx context.Context, client *rapace.Client, method *rapace.Method) iter.Seq2[string, error] {
	return rapace.Stream(ctx, client, method, encodeText("the card of Bob"), decodeText)
}

// read reads a stream to its end.
func read(ctx context.Context, client *rapace.Client, method *rapace.Method) (err error) {
	for _, err = range stream(ctx, client, method) {
	}
	return err
}
