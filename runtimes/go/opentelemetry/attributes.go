package opentelemetry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"unicode"

	"go.opentelemetry.io/otel/attribute"

	"rapace"
)

// The attributes, as the conventions name them.
const (
	systemName    = attribute.Key("rpc.system.name")
	method        = attribute.Key("rpc.method")
	statusCode    = attribute.Key("rpc.status_code")
	errorType     = attribute.Key("error.type")
	serverAddress = attribute.Key("server.address")
	serverPort    = attribute.Key("server.port")
)

// methodName returns a method's name as the conventions have it: Catalog/find.
func methodName(call rapace.CallInfo) string {
	return call.Service + "/" + call.Method
}

// describe returns what is known of a call before it is made, with room for its outcome.
func describe(call rapace.CallInfo, name string) []attribute.KeyValue {
	about := append(make([]attribute.KeyValue, 0, 6), systemName.String("rapace"), method.String(name))
	switch call.Network {
	case "unix":
		return append(about, serverAddress.String(call.Address))
	case "tcp":
		host, port, err := net.SplitHostPort(call.Address)
		if err != nil || host == "" {
			return about
		}
		about = append(about, serverAddress.String(host))
		// A port may be the name of a service.
		if number, err := strconv.Atoi(port); err == nil {
			about = append(about, serverPort.Int(number))
		}
	}
	return about
}

// outcome is how a call went.
type outcome struct {
	// status is the name of rapace's code; empty when there is none.
	status string
	// failure is what kind of error it is; empty unless the call failed.
	failure string
	// description is what may be said of the error besides. The server, and errors that are not of rapace's, may quote
	// what was sent.
	description string
}

func outcomeOf(_ context.Context, err error) outcome {
	var failed *rapace.Error
	switch {
	case err == nil:
		return outcome{status: "OK"}
	case errors.As(err, &failed):
		o := failure(failed.Code)
		if !failed.Remote && !isAboutAValue(failed) {
			o.description = failed.Message
		}
		return o
	// An interceptor may return the error of a context as it is: the caller gets it with the code.
	case errors.Is(err, context.Canceled):
		return failure(rapace.CodeCancelled)
	case errors.Is(err, context.DeadlineExceeded):
		return failure(rapace.CodeDeadlineExceeded)
	}
	return outcome{failure: fmt.Sprintf("%T", err)}
}

// outcomeOfServed returns the outcome of a served call. Its text is left out: a handler's error may quote what was sent.
func outcomeOfServed(ctx context.Context, err error) outcome {
	switch {
	case ctx.Err() != nil:
		return failure(rapace.CodeCancelled)
	case err == nil:
		return outcome{status: "OK"}
	}
	return failure(rapace.ServedCode(err))
}

func failure(code rapace.Code) outcome {
	name := statusName(code)
	return outcome{status: name, failure: name}
}

// isAboutAValue reports whether an error describes what is wrong with an argument or an answer. That can hold a part of
// the value: the path to a field names the keys of maps.
func isAboutAValue(err error) bool {
	var encoding *rapace.EncodeError
	var decoding *rapace.DecodeError
	return errors.As(err, &encoding) || errors.As(err, &decoding)
}

// appendTo adds the attributes of the outcome.
func (o outcome) appendTo(about []attribute.KeyValue) []attribute.KeyValue {
	if o.status != "" {
		about = append(about, statusCode.String(o.status))
	}
	if o.failure != "" {
		about = append(about, errorType.String(o.failure))
	}
	return about
}

// statusName returns a code's name as the conventions write such names, NOT_FOUND, or the number of a code without a
// name.
func statusName(code rapace.Code) string {
	name := code.String()
	if strings.HasPrefix(name, "Code(") {
		return strconv.FormatUint(uint64(code), 10)
	}
	var words strings.Builder
	for i, letter := range name {
		if i > 0 && unicode.IsUpper(letter) {
			words.WriteByte('_')
		}
		words.WriteRune(unicode.ToUpper(letter))
	}
	return words.String()
}
