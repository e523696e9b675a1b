package methods

import (
	"fmt"
	"testing"
)

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
