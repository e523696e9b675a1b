package methods

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rapace"
	"rapace-codecs/check"
)

func TestEveryMethodIsCalled(t *testing.T) {
	check.Calls(t, NewMethodsClient, MethodsClient(&FakeMethodsClient{}))
	check.Calls(t, NewOlderClient, OlderClient(&FakeOlderClient{}))
	check.Calls(t, NewSilentClient, SilentClient(&FakeSilentClient{}))
}

// A fake does what the author of a test says, and takes the client's place.
func TestFake(t *testing.T) {
	var client MethodsClient = &FakeMethodsClient{
		OneFunc: func(_ context.Context, value uint32) (uint32, error) { return value + 1, nil },
		StreamFunc: func(context.Context, uint32) iter.Seq2[Item, error] {
			return func(yield func(Item, error) bool) { yield(Item{Name: "n"}, nil) }
		},
	}
	if got, err := client.One(t.Context(), 4); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	for item, err := range client.Stream(t.Context(), 1) {
		if item.Name != "n" || err != nil {
			t.Errorf("%v, %v", item, err)
		}
	}
	err := client.NotifyNothing(t.Context())
	var unset *rapace.Error
	const want = "Methods.nothing: Unimplemented: FakeMethodsClient.NotifyNothingFunc is not set"
	if !errors.As(err, &unset) || unset.Error() != want || unset.Remote {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestIdempotentMethodsAreMarked(t *testing.T) {
	if !methodsOne.Idempotent || methodsNothing.Idempotent {
		t.Errorf("%+v, %+v", methodsOne, methodsNothing)
	}
}

// What is sensitive is not printed, wherever the value stands.
func TestSensitiveFieldsAreNotPrinted(t *testing.T) {
	item := Item{Name: "n", Old: 1, Secret: "hidden"}
	for verb, want := range map[string]string{
		"%v":  "[{n 1 [redacted]}]",
		"%+v": "[{Name:n Old:1 Secret:[redacted]}]",
	} {
		if got := fmt.Sprintf(verb, []Item{item}); got != want {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func TestEveryMethodIsServed(t *testing.T) {
	check.Serves(t, NewMethodsClient, ServeMethods(UnimplementedMethods{}))
	check.Serves(t, NewOlderClient, ServeOlder(UnimplementedOlder{}))
	check.Serves(t, NewSilentClient, ServeSilent(UnimplementedSilent{}))
}

// some implements some of the methods.
type some struct {
	UnimplementedMethods
	calls chan string
}

func (s some) Nothing(ctx context.Context) error {
	s.calls <- rapace.CallFrom(ctx).Method()
	return nil
}

func (some) Several(_ context.Context, a uint8, b string, item Item) (Item, error) {
	item.Name += fmt.Sprint(a, b)
	return item, nil
}

func (some) Stream(_ context.Context, count uint32) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for i := range count {
			if !yield(Item{Name: fmt.Sprint(i)}, nil) {
				return
			}
		}
		yield(Item{}, rapace.Errorf(rapace.CodeOutOfRange, "%d items are all", count))
	}
}

func (some) StreamUnits(context.Context, uint32, *uint32) iter.Seq2[struct{}, error] {
	return func(yield func(struct{}, error) bool) {
		for yielded := 0; yielded < 2 && yield(struct{}{}, nil); yielded++ {
		}
	}
}

func (some) TwoUnits(context.Context, struct{}, struct{}) error { return errors.New("hidden") }

// callSome checks what a client gets of the handler some.
func callSome(t *testing.T, client MethodsClient, calls <-chan string) {
	t.Helper()
	if err := client.Nothing(t.Context()); err != nil || <-calls != "Methods.nothing" {
		t.Error(err)
	}
	if err := client.NotifyNothing(t.Context()); err != nil || <-calls != "Methods.nothing" {
		t.Error(err)
	}
	if item, err := client.Several(t.Context(), 1, "b", Item{Name: "n", Old: 7}); item.Name != "n1b" || item.Old != 7 || err != nil {
		t.Errorf("%+v, %v", item, err)
	}
	var got []string
	for item, err := range client.Stream(t.Context(), 2) {
		got = append(got, fmt.Sprint(item.Name, err))
	}
	if want := "[0<nil> 1<nil> Methods.stream: OutOfRange: 2 items are all]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	units := 0
	for _, err := range client.StreamUnits(t.Context(), 1, nil) {
		if err != nil {
			t.Error(err)
		}
		units++
	}
	if units != 2 {
		t.Errorf("%d items without bytes, want 2", units)
	}
	const failed = "Methods.two_units: Internal: Methods.two_units failed"
	if err := client.TwoUnits(t.Context(), struct{}{}, struct{}{}); err == nil || err.Error() != failed {
		t.Errorf("%v, want %s", err, failed)
	}
	if _, err := client.One(t.Context(), 1); rapace.CodeOf(err) != rapace.CodeUnimplemented {
		t.Error(err)
	}
}

func TestHandler(t *testing.T) {
	calls := make(chan string, 1)
	conn := rapace.NewHost(ServeMethods(some{calls: calls})).MemoryConn()
	defer conn.Close()
	callSome(t, NewMethodsClient(conn), calls)
}

// A client is a handler: what it gets travels on.
func TestAProxyIsOneLine(t *testing.T) {
	calls := make(chan string, 1)
	behind := rapace.NewHost(ServeMethods(some{calls: calls})).MemoryConn()
	defer behind.Close()
	proxy := rapace.NewHost(ServeMethods(NewMethodsClient(behind))).MemoryConn()
	defer proxy.Close()
	callSome(t, NewMethodsClient(proxy), calls)
}

// A handler that forgets a method does not compile, unless it embeds the one that implements none.
func TestAForgottenMethodDoesNotCompile(t *testing.T) {
	const program = `package main

import "methods"

type forgetful struct{ %s }

func main() { methods.ServeMethods(forgetful{}) }
`
	for embedded, want := range map[string]string{
		"":                             "forgetful does not implement methods.MethodsHandler (missing method Nothing)",
		"methods.UnimplementedMethods": "",
	} {
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, fmt.Appendf(nil, program, embedded), 0o600); err != nil {
			t.Fatal(err)
		}
		output, err := exec.Command("go", "build", "-o", os.DevNull, file).CombinedOutput()
		if (err == nil) != (want == "") || !strings.Contains(string(output), want) {
			t.Errorf("embedding %q: %v, %s", embedded, err, output)
		}
	}
}
