package methods

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
