package main

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log"
	"reflect"
	"strconv"
	"sync"

	"conformancefixtures/rapace"
	"conformancefixtures/rapace/websocket"
)

// hosting is what the testee serves: handlers that report that they run, and then do what commands say.
type hosting struct {
	t    *testee
	echo bool

	mu    sync.Mutex
	host  *rapace.Host // nil when a connection that was dialled is served
	calls map[uint64]*servedCall
}

// servedCall is a handler that runs.
type servedCall struct {
	orders chan order
	over   chan struct{} // closed when the handler has returned
}

// order is a command for a handler, and where its answer goes.
type order struct {
	command
	reply chan<- map[string]any
}

// serve begins to serve at an address.
func (t *testee) serve(address string, c command) map[string]any {
	t.closeHost()
	h := newHosting(t, c.Options)
	listener, err := h.listen(address, c.Options)
	if err != nil {
		return failed(err)
	}
	t.mu.Lock()
	t.hosting = h
	t.mu.Unlock()
	go func() {
		if err := h.host.Serve(context.Background(), listener); err != nil {
			log.Fatal(err)
		}
	}()
	return map[string]any{"listening": listener.Address()}
}

func newHosting(t *testee, o options) *hosting {
	return &hosting{t: t, echo: o.Echo, calls: make(map[uint64]*servedCall)}
}

func (h *hosting) listen(address string, o options) (*rapace.Listener, error) {
	chosen := []rapace.HostOption{
		rapace.WithWebSocketAccept(websocket.Accept),
		rapace.WithHostLimits(rapace.HostLimits{
			MaxConnections: o.MaxConnections,
			IdleTimeout:    milliseconds(o.IdleTimeoutMS),
		}),
	}
	for _, service := range services(h) {
		chosen = append(chosen, service)
	}
	for _, option := range o.served() {
		chosen = append(chosen, option)
	}
	h.host = rapace.NewHost(chosen...)
	return h.host.Listen(address)
}

// shutDown ends the host as the command says.
func (t *testee) shutDown(c command) map[string]any {
	t.mu.Lock()
	h := t.hosting
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), milliseconds(c.GraceMS))
	defer cancel()
	_ = h.host.Shutdown(ctx)
	return map[string]any{"shut": true}
}

// closeHost ends the host at once.
func (t *testee) closeHost() {
	t.mu.Lock()
	h := t.hosting
	t.hosting = nil
	t.mu.Unlock()
	if h != nil && h.host != nil {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = h.host.Shutdown(ctx)
	}
}

// order passes a command on to the handler that it names, and returns nothing for any other command.
func (t *testee) order(c command) map[string]any {
	var number uint64
	gone := map[string]any{}
	switch {
	case c.Answer != nil:
		number, gone["answered"] = *c.Answer, true
	case c.Item != nil:
		number, gone["sent"] = *c.Item, false
	case c.End != nil:
		number, gone["ended"] = *c.End, true
	case c.Fail != nil:
		number, gone["failed"] = *c.Fail, true
	case c.Raise != nil:
		number, gone["raised"] = *c.Raise, true
	case c.OpenTunnel != nil:
		number, gone["error"] = *c.OpenTunnel, map[string]any{"kind": "cancelled", "message": "the call is over"}
	default:
		return nil
	}
	t.mu.Lock()
	h := t.hosting
	t.mu.Unlock()
	h.mu.Lock()
	call := h.calls[number]
	h.mu.Unlock()
	if call == nil {
		return gone
	}
	reply := make(chan map[string]any, 1)
	select {
	case call.orders <- order{c, reply}:
		return <-reply
	case <-call.over:
		return gone
	}
}

// begin reports that a handler runs. The caller must call the function that it returns when the handler has returned.
func (h *hosting) begin(wire string, arguments []any) (number uint64, call *servedCall, end func()) {
	t := h.t
	method := t.byWire[wire]
	values := []any{}
	for i, argument := range arguments {
		// As the type of the parameter has it: an enum is an interface, which any would take off.
		values = append(values, t.values.toJSON(t.methods[method].Arguments[i].Type, reflect.ValueOf(argument).Elem()))
	}
	call = &servedCall{make(chan order), make(chan struct{})}
	t.mu.Lock()
	t.called++
	number = t.called
	h.mu.Lock()
	h.calls[number] = call
	h.mu.Unlock()
	// With the lock, so that the numbers are in order.
	t.say(map[string]any{"called": number, "method": method, "arguments": values})
	t.mu.Unlock()
	return number, call, func() {
		h.mu.Lock()
		delete(h.calls, number)
		h.mu.Unlock()
		close(call.over)
	}
}

// answered serves a method with one answer.
func answered[T any](h *hosting, ctx context.Context, wire string, arguments ...any) (answer T, err error) {
	if value, ok := echoed[T](h, arguments); ok {
		return value, nil
	}
	number, call, end := h.begin(wire, arguments)
	defer end()
	response := h.t.methods[h.t.byWire[wire]].Response
	for {
		select {
		case <-ctx.Done():
			h.t.say(map[string]any{"cancelled": number})
			return answer, ctx.Err()
		case o := <-call.orders:
			if o.Answer != nil {
				if err := h.t.values.fromJSON(response, o.Value, reflect.ValueOf(&answer).Elem()); err != nil {
					o.reply <- inexpressible(err)
					continue
				}
				o.reply <- map[string]any{"answered": true}
				return answer, nil
			}
			if done, err := h.obey(ctx, o); done {
				return answer, err
			}
		}
	}
}

// echoed returns the argument where it is the answer.
func echoed[T any](h *hosting, arguments []any) (value T, ok bool) {
	if !h.echo || len(arguments) != 1 {
		return value, false
	}
	argument, ok := arguments[0].(*T)
	if ok {
		value = *argument
	}
	return value, ok
}

// streamed serves a method that answers with a stream.
func streamed[T any](h *hosting, ctx context.Context, wire string, arguments ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		number, call, end := h.begin(wire, arguments)
		defer end()
		response := h.t.methods[h.t.byWire[wire]].Response
		for {
			var item T
			select {
			case <-ctx.Done():
				h.t.say(map[string]any{"cancelled": number})
				return
			case o := <-call.orders:
				if o.Item == nil {
					done, err := h.obey(ctx, o)
					if err != nil {
						yield(item, err)
					}
					if done {
						return
					}
					continue
				}
				if err := h.t.values.fromJSON(response, o.Value, reflect.ValueOf(&item).Elem()); err != nil {
					o.reply <- inexpressible(err)
					continue
				}
				sent := yield(item, nil)
				if !sent && ctx.Err() != nil {
					h.t.say(map[string]any{"cancelled": number})
				}
				o.reply <- map[string]any{"sent": sent}
				if !sent {
					return
				}
			}
		}
	}
}

// obey does what a command says that is for any handler, and returns whether the handler ends, and with which error.
func (h *hosting) obey(ctx context.Context, o order) (done bool, err error) {
	switch {
	case o.End != nil:
		o.reply <- map[string]any{"ended": true}
		return true, nil
	case o.Fail != nil:
		o.reply <- map[string]any{"failed": true}
		code, _ := strconv.ParseUint(o.Code.String(), 10, 32)
		return true, rapace.Errorf(rapace.Code(code), "%s", o.Message)
	case o.Raise != nil:
		o.reply <- map[string]any{"raised": true}
		return true, errors.New(o.Message)
	case o.OpenTunnel != nil:
		tunnel, err := rapace.CallFrom(ctx).OpenTunnel()
		if err != nil {
			o.reply <- failed(err)
			return false, nil
		}
		h.t.mu.Lock()
		h.t.tunnels[o.ID] = tunnel
		h.t.mu.Unlock()
		o.reply <- map[string]any{"channel": tunnel.Channel()}
	}
	return false, nil
}

// served are the options of a connection that is served.
func (o options) served() []rapace.ConnOption {
	chosen := []rapace.ConnOption{rapace.WithLimits(o.limits())}
	if o.ErrorTexts {
		chosen = append(chosen, rapace.WithErrorTexts())
	}
	if o.FirstChannel != 0 {
		chosen = append(chosen, rapace.WithFirstChannel(o.FirstChannel))
	}
	return chosen
}

// asText returns a JSON string, and false for any other value.
func asText(raw json.RawMessage) (text string, ok bool) {
	return text, json.Unmarshal(raw, &text) == nil && raw != nil
}
