package rapace

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// argumentsSeen is an interceptor that notes the arguments of calls, before and after they are made.
func argumentsSeen(seen *[]string, mu *sync.Mutex) Interceptor {
	note := func(call CallInfo) {
		arguments, err := call.Arguments()
		mu.Lock()
		defer mu.Unlock()
		*seen = append(*seen, fmt.Sprint(call.Name(), " ", call.Kind, " ", arguments, " ", err))
	}
	return func(ctx context.Context, call CallInfo, next func(context.Context) error) error {
		note(call)
		defer note(call)
		return next(ctx)
	}
}

// Interceptors of a client see the arguments as the caller gives them, also those that cannot be encoded.
func TestInterceptorsSeeArguments(t *testing.T) {
	label := "a label"
	for name, c := range map[string]struct {
		call func(ctx context.Context, client *Client) error
		want string
	}{
		"call":         {func(ctx context.Context, client *Client) error { _, err := echo(ctx, client, 5); return err }, "Echo.echo unary [5] <nil>"},
		"notification": {func(ctx context.Context, client *Client) error { return notify(ctx, client, 6) }, "Echo.echo notification [6] <nil>"},
		"stream": {func(ctx context.Context, client *Client) error {
			for range count(ctx, client) {
				break
			}
			return nil
		}, "Echo.count stream [] <nil>"},
		"pointer": {func(ctx context.Context, client *Client) error {
			_, err := Call(ctx, client, &echoMethod, func(e *Encoder) error {
				if e.Collects() {
					return e.Collect(&label, nil)
				}
				return &EncodeError{Reason: "no"}
			}, decodeU32)
			return err
		}, fmt.Sprintf("Echo.echo unary [%p <nil>] <nil>", &label)},
		"earlier code": {func(ctx context.Context, client *Client) error {
			_, err := Call(ctx, client, &echoMethod, func(e *Encoder) error { e.U32(7); return nil }, decodeU32)
			return err
		}, "Echo.echo unary [] " + errNotCollected.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			s := startServer(t, (*peer).serve)
			client := NewClient(s.dial(WithInterceptors(argumentsSeen(&seen, new(sync.Mutex)))))
			_ = c.call(t.Context(), client)
			if got := strings.Join(seen, "; "); got != c.want+"; "+c.want {
				t.Errorf("%s, want %s twice", got, c.want)
			}
		})
	}
}

// Around a served call the arguments are decoded when they are asked for, with the errors that the call has.
func TestServedInterceptorsSeeArguments(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	h := playClient(t, "tcp", plainShop(), WithServedInterceptors(argumentsSeen(&seen, &mu)))
	for _, c := range []struct {
		method               Method
		flags                uint32
		payload, answer, see string
	}{
		{shopFind, unaryFlags, "\x00", `1 answer "\x04book"`, "Shop.find unary [0] <nil>"},
		{shopFind, unaryFlags, "", "1 error InvalidArgument: cannot read the arguments of Shop.find: number: the payload ends within the value (at byte 0)",
			"Shop.find unary [] InvalidArgument: cannot read the arguments of Shop.find: number: the payload ends within the value (at byte 0)"},
		{shopFind, unaryFlags, "\x00\x00", "1 error InvalidArgument: cannot read the arguments of Shop.find: 1 bytes are left after the value (at byte 1)",
			"Shop.find unary [] InvalidArgument: cannot read the arguments of Shop.find"},
		{shopRemove, unaryFlags, "", `1 answer ""`, "Shop.remove unary [] <nil>"},
	} {
		h.request(1, c.method.ID, c.flags, c.payload)
		h.want(c.answer)
		mu.Lock()
		if len(seen) != 2 || !strings.HasPrefix(seen[0], c.see) || seen[1] != seen[0] {
			t.Errorf("%q, want %q twice", seen, c.see)
		}
		seen = nil
		mu.Unlock()
	}
}

// The request of a served call is used again, so that what an interceptor has kept finds nothing of the next call.
func TestArgumentsOfAServedCallEndWithIt(t *testing.T) {
	kept := make(chan CallInfo, 1)
	keep := func(ctx context.Context, call CallInfo, next func(context.Context) error) error {
		kept <- call
		return next(ctx)
	}
	h := playClient(t, "tcp", plainShop(), WithServedInterceptors(keep))
	h.request(1, shopFind.ID, unaryFlags, "\x00")
	h.want(`1 answer "\x04book"`)
	call := <-kept
	if arguments, err := call.Arguments(); arguments != nil || !errors.Is(err, errCallEnded) {
		t.Errorf("%v, %v", arguments, err)
	}
}

// Code of before Collect never gets to its handler when an interceptor asks for the arguments.
func TestServedArgumentsOfEarlierCode(t *testing.T) {
	calls := 0
	method := Method{Name: "Old.add", ID: 5}
	old := NewService("Old", ServedMethod{Method: &method, Serve: func(_ context.Context, r *Request) error {
		if _, err := r.Arguments().U32(); err != nil {
			return err
		}
		if err := r.Begin(); err != nil {
			return err
		}
		calls++
		return r.Done(nil)
	}})
	var failure error
	conn := NewHost(old, WithServedInterceptors(func(ctx context.Context, call CallInfo, next func(context.Context) error) error {
		_, failure = call.Arguments()
		return next(ctx)
	})).MemoryConn()
	defer conn.Close()
	_, err := Call[struct{}](t.Context(), NewClient(conn), &method, func(e *Encoder) error { e.U32(1); return nil }, nil)
	if err != nil || calls != 1 || !errors.Is(failure, errNotCollected) {
		t.Errorf("%v, %d calls, %v", err, calls, failure)
	}
}

// Printing what is called, as logs do, shows no argument.
func TestArgumentsAreNotPrinted(t *testing.T) {
	var printed string
	show := func(_ context.Context, call CallInfo, _ func(context.Context) error) error {
		printed = fmt.Sprintf("%v %+v %#v", call, call, call)
		return nil
	}
	client := NewClient(startServer(t, (*peer).serve).dial(WithInterceptors(show)))
	_, _ = Call[struct{}](t.Context(), client, &echoMethod, func(e *Encoder) error {
		if e.Collects() {
			return e.Collect("hunter2")
		}
		return nil
	}, nil)
	if printed == "" || strings.Contains(printed, "hunter2") {
		t.Errorf("%q", printed)
	}
}
