package check

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"

	"rapace"
)

const refusal = "\x04\x00\x00\x00\x02\x00\x00\x00no"

// refuse answers every request with an error, and returns how many there were on channel 0, which has no answers.
func refuse(socket net.Conn) (notifications int) {
	header := make([]byte, 68)
	for {
		if _, err := io.ReadFull(socket, header); err != nil {
			return notifications
		}
		if _, err := io.CopyN(io.Discard, socket, int64(binary.LittleEndian.Uint32(header))-64); err != nil {
			return notifications
		}
		if channel := header[12:16]; binary.LittleEndian.Uint32(channel) == 0 {
			notifications++
		} else {
			answer := make([]byte, 68, 68+len(refusal))
			answer[0] = 64 + byte(len(refusal))
			copy(answer[12:], channel)
			answer[36] = 0x14
			if _, err := socket.Write(append(answer, refusal...)); err != nil {
				return notifications
			}
		}
	}
}

// Calls calls every method of a client, and of its fake, which has nothing set: each reaches a method of the service of
// its own, and an interceptor sees the arguments that it is called with. Enums with data are interfaces, whose zero is refused before anything is sent.
func Calls[C any](t *testing.T, newClient func(*rapace.Conn, ...rapace.ClientOption) C, fake C) {
	t.Helper()
	near, far := net.Pipe()
	notifications := make(chan int)
	go func() { notifications <- refuse(far) }()
	conn := rapace.NewConn(near)
	var seen []any
	see := func(ctx context.Context, call rapace.CallInfo, next func(context.Context) error) error {
		arguments, err := call.Arguments()
		if err != nil {
			t.Errorf("arguments of %s: %v", call.Name(), err)
		}
		seen = arguments
		return next(ctx)
	}
	client := reflect.ValueOf(newClient(conn, rapace.WithClientInterceptors(see)))
	nothing := reflect.ValueOf(fake)
	reached, sent := map[string]bool{}, 0
	methods := reflect.TypeFor[C]()
	for i := range methods.NumMethod() {
		method := methods.Method(i)
		given, err := call(client.MethodByName(method.Name))
		if len(seen) != len(given) || len(given) > 0 && !reflect.DeepEqual(seen, given) {
			t.Errorf("an interceptor of %s sees %v of %v", method.Name, seen, given)
		}
		var failed *rapace.Error
		var refused *rapace.EncodeError
		switch {
		case err == nil && strings.HasPrefix(method.Name, "Notify"):
			sent++
		case errors.As(err, &failed) && failed.Remote && failed.Code == rapace.CodeNotFound && !reached[failed.Method]:
			reached[failed.Method] = true
		case errors.As(err, &refused) && strings.Contains(refused.Reason, "is no variant of"):
		default:
			t.Errorf("%s: %v", method.Name, err)
		}
		if _, err := call(nothing.MethodByName(method.Name)); rapace.CodeOf(err) != rapace.CodeUnimplemented || !strings.Contains(err.Error(), "."+method.Name+"Func") {
			t.Errorf("the fake's %s: %v", method.Name, err)
		}
	}
	_ = conn.Close()
	if got := <-notifications; got != sent {
		t.Errorf("%d notifications arrived of %d", got, sent)
	}
	t.Logf("%d methods, %d of the service were reached", methods.NumMethod(), len(reached)+sent)
}

// call calls a function with zero values. It returns those, and the error of its result or of its first item.
func call(function reflect.Value) (given []any, _ error) {
	in := []reflect.Value{reflect.ValueOf(context.Background())}
	for i := 1; i < function.Type().NumIn(); i++ {
		zero := reflect.Zero(function.Type().In(i))
		in, given = append(in, zero), append(given, zero.Interface())
	}
	results := function.Call(in)
	last := results[len(results)-1]
	if last.Kind() != reflect.Func {
		err, _ := last.Interface().(error)
		return given, err
	}
	for _, err := range last.Seq2() {
		return given, err.Interface().(error)
	}
	return given, nil
}
