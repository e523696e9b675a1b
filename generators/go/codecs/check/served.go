package check

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"rapace"
)

// Serves calls every method of a client that waits for an answer, on a service that implements none: each reaches the
// method of its name.
func Serves[C any](t *testing.T, newClient func(*rapace.Conn, ...rapace.ClientOption) C, service *rapace.Service) {
	t.Helper()
	conn := rapace.NewHost(service).MemoryConn()
	defer conn.Close()
	client := reflect.ValueOf(newClient(conn))
	methods := reflect.TypeFor[C]()
	reached := 0
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		if strings.HasPrefix(name, "Notify") {
			continue
		}
		_, err := call(client.MethodByName(name))
		var failed *rapace.Error
		var refused *rapace.EncodeError
		switch {
		case errors.As(err, &refused) && strings.Contains(refused.Reason, "is no variant of"):
		case errors.As(err, &failed) && failed.Remote && failed.Code == rapace.CodeUnimplemented && failed.Message == failed.Method+" is not implemented":
			reached++
		default:
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Logf("%d methods of the handler were reached", reached)
}
