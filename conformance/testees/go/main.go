// The testee for Go: does what lines of JSON on standard input say, with generated clients.
//
//	testee API_JSON
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"

	fixtures "conformancefixtures"
	"conformancefixtures/rapace"
)

// longestCommand bounds a line of standard input, in bytes.
const longestCommand = 64 << 20

type command struct {
	ID        uint64
	Connect   string
	Close     bool
	Call      string
	Stream    string
	Arguments []any
	Measure   bool
}

type testee struct {
	values  values
	methods map[string]method

	mu   sync.Mutex
	conn *rapace.Conn

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
	t := &testee{values: values{make(map[string]*typeDef)}, methods: make(map[string]method)}
	for i := range described.Types {
		t.values.types[described.Types[i].Name] = &described.Types[i]
	}
	for _, service := range described.Services {
		for _, method := range service.Methods {
			t.methods[service.Name+"."+method.Name] = method
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
		running.Go(func() {
			obey := t.obey
			if c.Measure {
				obey = t.measure
			}
			answer := obey(c)
			answer["id"] = c.ID
			t.say(answer)
		})
	}
	running.Wait()
	t.close()
}

// measure obeys, and tells how many bytes were allocated meanwhile.
func (t *testee) measure(c command) map[string]any {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	answer := t.obey(c)
	runtime.ReadMemStats(&after)
	answer["allocated"] = after.TotalAlloc - before.TotalAlloc
	return answer
}

func (t *testee) obey(c command) map[string]any {
	switch {
	case c.Connect != "":
		t.close()
		conn, err := rapace.Dial(context.Background(), c.Connect)
		if err != nil {
			return map[string]any{"error": describe(err)}
		}
		t.mu.Lock()
		t.conn = conn
		t.mu.Unlock()
		return map[string]any{"connected": true}
	case c.Close:
		t.close()
		return map[string]any{"closed": true}
	case c.Call != "":
		return t.call(c.Call, c.Arguments)
	default:
		return t.stream(c.Stream, c.Arguments)
	}
}

func (t *testee) call(name string, arguments []any) map[string]any {
	results, err := t.invoke(name, arguments)
	if err != nil {
		return map[string]any{"inexpressible": err.Error()}
	}
	if err, _ := results[len(results)-1].Interface().(error); err != nil {
		return map[string]any{"error": describe(err)}
	}
	if len(results) == 1 {
		return map[string]any{"value": nil}
	}
	// As the method's result type has it: an enum is an interface, which Interface would take off.
	return map[string]any{"value": t.values.toJSON(t.methods[name].Response, results[0])}
}

func (t *testee) stream(name string, arguments []any) map[string]any {
	results, err := t.invoke(name, arguments)
	if err != nil {
		return map[string]any{"inexpressible": err.Error()}
	}
	items := []any{}
	for item, err := range results[0].Seq2() {
		if err, _ := err.Interface().(error); err != nil {
			return map[string]any{"items": items, "error": describe(err)}
		}
		items = append(items, t.values.toJSON(t.methods[name].Response, item))
	}
	return map[string]any{"items": items, "end": true}
}

// invoke calls a method of a client with these arguments.
func (t *testee) invoke(name string, arguments []any) ([]reflect.Value, error) {
	t.mu.Lock()
	conn := t.conn
	t.mu.Unlock()
	service, method, _ := strings.Cut(name, ".")
	var client reflect.Value
	if service == "Calls" {
		client = reflect.ValueOf(fixtures.NewCallsClient(conn))
	} else {
		client = reflect.ValueOf(fixtures.NewValuesClient(conn))
	}
	function := client.MethodByName(pascalCase(method))
	in := []reflect.Value{reflect.ValueOf(context.Background())}
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
	t.mu.Lock()
	conn := t.conn
	t.conn = nil
	t.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
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

// describe tells of an error of the runtime's, as the contract has it.
func describe(err error) map[string]any {
	var (
		encode   *rapace.EncodeError
		decode   *rapace.DecodeError
		protocol *rapace.ProtocolError
		status   *rapace.Error
	)
	switch {
	case errors.As(err, &encode):
		return map[string]any{"kind": "encode", "message": err.Error(), "path": encode.Path}
	case errors.As(err, &decode):
		return map[string]any{"kind": "decode", "message": err.Error(), "path": decode.Path, "offset": decode.Offset}
	case errors.As(err, &protocol):
		return map[string]any{"kind": "protocol", "message": err.Error()}
	case errors.As(err, &status) && status.Code == rapace.CodeUnavailable && !status.Remote:
		return map[string]any{"kind": "connection", "message": err.Error()}
	case errors.As(err, &status):
		return map[string]any{"kind": "status", "message": status.Message, "code": status.Code, "remote": status.Remote}
	}
	panic(err)
}

// pascalCase turns foo_bar into FooBar.
func pascalCase(name string) string {
	var text strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		text.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return text.String()
}
