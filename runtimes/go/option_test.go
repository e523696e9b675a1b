package rapace

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
)

func TestOption(t *testing.T) {
	none, some := None[[]int](), Some([]int{1, 2})
	if value, ok := none.Get(); value != nil || ok || !none.IsZero() {
		t.Errorf("None has %v, %v", value, ok)
	}
	if value, ok := some.Get(); len(value) != 2 || !ok || some.IsZero() {
		t.Errorf("Some has %v, %v", value, ok)
	}
	if got := none.Or([]int{7}); len(got) != 1 {
		t.Errorf("None or another is %v", got)
	}
	if got := Some([]int(nil)).Or([]int{7}); got != nil {
		t.Errorf("Some(nil) or another is %v", got)
	}
	var zero Option[*int]
	if zero != None[*int]() || zero == Some[*int](nil) {
		t.Error("the zero Option is not None, or None is Some(nil)")
	}
	if got := fmt.Sprint(none, some, Some(none)); got != "None Some([1 2]) Some(None)" {
		t.Errorf("printed as %s", got)
	}
}

// Every value is read back from its JSON, however options are nested.
func TestOptionsInJSON(t *testing.T) {
	checkJSON(t, "null", None[[]string]())
	checkJSON(t, `{"some":["a"]}`, Some([]string{"a"}))
	checkJSON(t, `{"some":null}`, Some[*int](nil))
	checkJSON(t, `{"some":{"some":7}}`, Some(Some(Ptr(7))))
	checkJSON(t, `{"some":null}`, Some(None[*int]()))
	checkJSON(t, `{"some":"18446744073709551615"}`, Some(uint64(1<<64-1)))
	checkJSON(t, `{"A":null,"B":{"some":"eA=="}}`, struct {
		A Option[[]byte] `json:",omitempty"`
		B Option[[]byte]
		C Option[[]byte] `json:",omitzero"`
	}{B: Some([]byte("x"))})
	var option Option[[]int]
	if err := json.Unmarshal([]byte(`"x"`), &option); err == nil || option.Some {
		t.Errorf("a string became %v, %v", option, err)
	}
}

func checkJSON[T any](t *testing.T, want string, value T) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil || string(text) != want {
		t.Errorf("%v is %s, %v, want %s", value, text, err, want)
	}
	var back T
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, value) {
		t.Errorf("%s became %v, %v, want %v", text, back, err, value)
	}
}
