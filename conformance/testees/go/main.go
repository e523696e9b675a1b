// The testee for Go: does what lines of JSON on standard input say, with generated clients.
//
//	testee API_JSON
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"
	"runtime"
	"sync"
	"time"

	"conformancefixtures/rapace"
)

// longestCommand bounds a line of standard input, in bytes.
const longestCommand = 64 << 20

// caller is who calls a method: a function of a client. The table has one for each.
type caller struct {
	client   func(*rapace.Conn, []rapace.ClientOption) reflect.Value
	function string
}

// How a method is called.
const (
	withAnswer    = "call"
	withoutAnswer = "notify"
)

type testee struct {
	values  values
	methods map[string]method
	byWire  map[string]string // the names of methods by those on the wire

	mu       sync.Mutex
	conn     *rapace.Conn
	timeout  time.Duration // the clients', 0 for their own
	streams  map[uint64]*stream
	tunnels  map[uint64]*rapace.Tunnel
	commands map[uint64]context.CancelFunc // those under way
	hosting  *hosting
	called   uint64 // how many handlers have begun

	out sync.Mutex
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var described api
	if err := json.Unmarshal(text, &described); err != nil {
		log.Fatal(err)
	}
	t := &testee{
		values:   values{make(map[string]*typeDef)},
		methods:  make(map[string]method),
		byWire:   make(map[string]string),
		streams:  make(map[uint64]*stream),
		tunnels:  make(map[uint64]*rapace.Tunnel),
		commands: make(map[uint64]context.CancelFunc),
	}
	for i := range described.Types {
		t.values.types[described.Types[i].Name] = &described.Types[i]
	}
	for _, service := range described.Services {
		for _, method := range service.Methods {
			t.methods[service.Name+"."+method.Name] = method
			t.byWire[method.WireName] = service.Name + "." + method.Name
		}
	}
	t.say(map[string]any{"ready": "go"})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestCommand)
	var running sync.WaitGroup
	for lines.Scan() {
		var c command
		if err := decodeJSON(lines.Bytes(), &c); err != nil {
			log.Fatal(err)
		}
		// Before the next line is read, which may be what cancels it.
		ctx, cancel := context.WithCancel(context.Background())
		t.mu.Lock()
		t.commands[c.ID] = cancel
		t.mu.Unlock()
		running.Go(func() {
			obey := t.obey
			if c.Measure {
				obey = t.measure
			}
			answer := obey(ctx, c)
			t.mu.Lock()
			delete(t.commands, c.ID)
			t.mu.Unlock()
			cancel()
			answer["id"] = c.ID
			t.say(answer)
		})
	}
	running.Wait()
	t.close()
}

// measure obeys, and reports how many bytes were allocated for that.
func (t *testee) measure(ctx context.Context, c command) map[string]any {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	answer := t.obey(ctx, c)
	runtime.ReadMemStats(&after)
	answer["allocated"] = after.TotalAlloc - before.TotalAlloc
	return answer
}

func (t *testee) obey(ctx context.Context, c command) map[string]any {
	switch {
	case c.Connect != nil:
		return t.connect(c)
	case c.Close:
		t.close()
		return map[string]any{"closed": true}
	case c.Cancel != nil:
		t.mu.Lock()
		cancel := t.commands[*c.Cancel]
		t.mu.Unlock()
		if cancel != nil {
			cancel()
		}
		return map[string]any{"cancelled": true}
	case c.Many != nil:
		return t.many(ctx, c)
	case c.Call != "":
		return t.call(ctx, c)
	case c.Stream != "":
		return t.stream(ctx, c)
	case c.Notify != "":
		return t.notify(ctx, c)
	case c.Open != "":
		return t.open(c)
	case c.Next != nil:
		return t.next(ctx, c)
	case c.Break != nil:
		t.mu.Lock()
		s := t.streams[*c.Break]
		delete(t.streams, *c.Break)
		t.mu.Unlock()
		if s != nil {
			s.leave()
		}
		return map[string]any{"broken": true}
	case c.Shutdown:
		return t.shutDown(c)
	case c.Stats:
		return map[string]any{"stats": t.stats()}
	}
	if answer := t.tunnel(ctx, c); answer != nil {
		return answer
	}
	if answer := t.order(c); answer != nil {
		return answer
	}
	if address, ok := asText(c.Serve); ok {
		return t.serve(address, c)
	}
	log.Fatalf("command %d says nothing that is known", c.ID)
	return nil
}

func (t *testee) connect(c command) map[string]any {
	t.close()
	var h *hosting
	var more []rapace.ConnOption
	if c.Serve != nil {
		h = newHosting(t, c.Options)
		more = append(c.Options.served(), rapace.WithHandlers(services(h)...))
	}
	t.mu.Lock()
	t.hosting = h
	t.mu.Unlock()
	conn, err := c.Options.dial(*c.Connect, func(state rapace.State, _ error) {
		t.say(map[string]any{"state": state.String()})
	}, more...)
	if err != nil {
		return failed(err)
	}
	t.mu.Lock()
	t.conn, t.timeout = conn, milliseconds(c.Options.TimeoutMS)
	t.mu.Unlock()
	return map[string]any{"connected": true}
}

func (t *testee) connection() *rapace.Conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.conn
}

// opened returns a tunnel by the command that opened it.
func (t *testee) opened(id uint64) *rapace.Tunnel {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tunnels[id]
}

func inexpressible(err error) map[string]any {
	return map[string]any{"inexpressible": err.Error()}
}

func (t *testee) call(ctx context.Context, c command) map[string]any {
	if c.TimeoutMS > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, milliseconds(c.TimeoutMS))
		defer cancel()
	}
	results, err := t.invoke(ctx, t.connection(), withAnswer, c.Call, c.Arguments, 0)
	if err != nil {
		return inexpressible(err)
	}
	if err, _ := results[len(results)-1].Interface().(error); err != nil {
		return failed(err)
	}
	if len(results) == 1 {
		return map[string]any{"value": nil}
	}
	// As the method's result type has it: an enum is an interface, which Interface would take off.
	return map[string]any{"value": t.values.toJSON(t.methods[c.Call].Response, results[0])}
}

func (t *testee) stream(ctx context.Context, c command) map[string]any {
	results, err := t.invoke(ctx, t.connection(), withAnswer, c.Stream, c.Arguments, milliseconds(c.TimeoutMS))
	if err != nil {
		return inexpressible(err)
	}
	items := []any{}
	for item, err := range results[0].Seq2() {
		if err, _ := err.Interface().(error); err != nil {
			return map[string]any{"items": items, "error": describe(err)}
		}
		items = append(items, t.values.toJSON(t.methods[c.Stream].Response, item))
	}
	return map[string]any{"items": items, "end": true}
}

func (t *testee) notify(ctx context.Context, c command) map[string]any {
	results, err := t.invoke(ctx, t.connection(), withoutAnswer, c.Notify, c.Arguments, 0)
	if err != nil {
		return inexpressible(err)
	}
	failure, _ := results[0].Interface().(error)
	return done("notified", true, failure)
}

// many makes calls at once, with arguments from 0, each of which must get its own back.
func (t *testee) many(ctx context.Context, c command) map[string]any {
	conn := t.connection()
	if c.TimeoutMS > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, milliseconds(c.TimeoutMS))
		defer cancel()
	}
	right, wrong, failures := 0, 0, map[string]int{}
	var group sync.WaitGroup
	var mu sync.Mutex
	for i := range *c.Many {
		group.Go(func() {
			argument := json.Number(fmt.Sprint(i))
			results, err := t.invoke(ctx, conn, withAnswer, c.Call, []any{argument}, 0)
			if err != nil {
				log.Fatal(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if err, _ := results[1].Interface().(error); err != nil {
				failures[describe(err)["kind"].(string)]++
			} else if fmt.Sprint(results[0]) == argument.String() {
				right++
			} else {
				wrong++
			}
		})
	}
	group.Wait()
	return map[string]any{"right": right, "wrong": wrong, "errors": failures}
}

// stats reports what is in use.
func (t *testee) stats() map[string]any {
	var inFlight int
	var dropped uint64
	var serving, connections int
	if conn := t.connection(); conn != nil {
		stats := conn.Stats()
		inFlight, dropped, serving = stats.InFlight, stats.Dropped, stats.Serving
	}
	t.mu.Lock()
	h := t.hosting
	t.mu.Unlock()
	if h != nil && h.host != nil {
		stats := h.host.Stats()
		serving += stats.Serving
		connections = stats.Connections
	}
	// Twice, because a pool keeps what it holds for one collection.
	runtime.GC()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	handles, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		handles, _ = os.ReadDir("/dev/fd")
	}
	return map[string]any{
		"in_flight":      inFlight,
		"dropped_frames": dropped,
		"serving":        serving,
		"connections":    connections,
		"tasks":          runtime.NumGoroutine(),
		"handles":        len(handles),
		"memory":         memory.HeapAlloc,
	}
}

// invoke calls a method in this way with these arguments. A stream waits for each item for so long, unless that is 0.
func (t *testee) invoke(ctx context.Context, conn *rapace.Conn, way, name string, arguments []any, idle time.Duration) ([]reflect.Value, error) {
	t.mu.Lock()
	timeout := t.timeout
	t.mu.Unlock()
	var options []rapace.ClientOption
	if timeout > 0 {
		options = append(options, rapace.WithTimeout(timeout))
	}
	if idle > 0 {
		options = append(options, rapace.WithIdleTimeout(idle))
	}
	who := methods[way+" "+t.methods[name].WireName]
	function := who.client(conn, options).MethodByName(who.function)
	in := []reflect.Value{reflect.ValueOf(ctx)}
	for i, argument := range t.methods[name].Arguments {
		value := reflect.New(function.Type().In(i + 1)).Elem()
		if err := t.values.fromJSON(argument.Type, arguments[i], value); err != nil {
			return nil, err
		}
		in = append(in, value)
	}
	return function.Call(in), nil
}

func (t *testee) close() {
	t.closeHost()
	t.mu.Lock()
	conn := t.conn
	streams := t.streams
	t.streams = make(map[uint64]*stream)
	t.tunnels = make(map[uint64]*rapace.Tunnel)
	t.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
	for _, s := range streams {
		s.leave()
	}
}

func (t *testee) say(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		log.Fatal(err)
	}
	t.out.Lock()
	defer t.out.Unlock()
	fmt.Println(string(text))
}
