package rapace

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrClosed is the cause of the errors of calls on a connection that this side has closed.
var ErrClosed = errors.New("connection closed")

// Code is the kind of failure of an [Error]. The numbers are rapace's own (ErrorCode in rapace-core 0.5.0) and
// differ from gRPC's. A number that is not listed here is kept as the server sent it.
type Code uint32

// The codes of rapace 0.5.
const (
	CodeOK                 Code = 0
	CodeCancelled          Code = 1
	CodeDeadlineExceeded   Code = 2
	CodeInvalidArgument    Code = 3
	CodeNotFound           Code = 4
	CodeAlreadyExists      Code = 5
	CodePermissionDenied   Code = 6
	CodeResourceExhausted  Code = 7
	CodeFailedPrecondition Code = 8
	CodeAborted            Code = 9
	CodeOutOfRange         Code = 10
	CodeUnimplemented      Code = 11
	CodeInternal           Code = 12
	CodeUnavailable        Code = 13
	CodeDataLoss           Code = 14
	CodePeerDied           Code = 100
	CodeSessionClosed      Code = 101
	CodeValidationFailed   Code = 102
	CodeStaleGeneration    Code = 103
)

var codeNames = map[Code]string{
	CodeOK:                 "Ok",
	CodeCancelled:          "Cancelled",
	CodeDeadlineExceeded:   "DeadlineExceeded",
	CodeInvalidArgument:    "InvalidArgument",
	CodeNotFound:           "NotFound",
	CodeAlreadyExists:      "AlreadyExists",
	CodePermissionDenied:   "PermissionDenied",
	CodeResourceExhausted:  "ResourceExhausted",
	CodeFailedPrecondition: "FailedPrecondition",
	CodeAborted:            "Aborted",
	CodeOutOfRange:         "OutOfRange",
	CodeUnimplemented:      "Unimplemented",
	CodeInternal:           "Internal",
	CodeUnavailable:        "Unavailable",
	CodeDataLoss:           "DataLoss",
	CodePeerDied:           "PeerDied",
	CodeSessionClosed:      "SessionClosed",
	CodeValidationFailed:   "ValidationFailed",
	CodeStaleGeneration:    "StaleGeneration",
}

// String returns the code's name in Rust, or Code(n) for a number without one.
func (c Code) String() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return "Code(" + strconv.FormatUint(uint64(c), 10) + ")"
}

// Error is what every failed call returns.
type Error struct {
	// Code is the kind of failure.
	Code Code
	// Message describes the failure for people.
	Message string
	// Remote is true when the server sent the error, and false when it arose on this side.
	Remote bool
	// Method is the name of the method that was called, such as Catalog.find.
	Method string
	// Peer is the address of the other side of the connection that the call was made on, without the query of a WebSocket's.
	// It is empty where no call was made.
	Peer string

	cause error
	// hint is what may be the reason, for the text.
	hint string
	// served is true when the runtime made the error for the peer of a served call.
	served bool
}

// Errorf returns an error for a handler to return: the caller gets this code and the formatted message. The format is
// that of [fmt.Sprintf].
func Errorf(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// travels reports whether a handler that returns the error means its caller to get it: a program has made it, or a peer
// has sent it. The errors of calls that failed on this side have a method, and those of connections have a cause.
func (e *Error) travels() bool {
	return e.Code != CodeOK && (e.Remote || e.served || e.Method == "" && e.cause == nil)
}

// Error returns the method, the code, the message, and the address of the other side.
func (e *Error) Error() string {
	var text strings.Builder
	if e.Method != "" {
		text.WriteString(e.Method)
		text.WriteString(": ")
	}
	text.WriteString(e.Code.String())
	if e.Message != "" {
		text.WriteString(": ")
		text.WriteString(e.Message)
	}
	if e.hint != "" {
		text.WriteString(" (" + e.hint + ")")
	}
	if e.Peer != "" {
		text.WriteString(" [" + e.Peer + "]")
	}
	return text.String()
}

// Unwrap returns the cause on this side. A remote error has none.
func (e *Error) Unwrap() error {
	return e.cause
}

// CodeOf returns the code of the [Error] in err's tree, CodeOK for nil, and CodeInternal for any other error.
func CodeOf(err error) Code {
	if err == nil {
		return CodeOK
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// localError returns an Error that arose on this side and says what its cause says.
func localError(code Code, cause error) *Error {
	return &Error{Code: code, Message: cause.Error(), cause: cause}
}

// codeOf returns the code for the error of a context.
func codeOf(err error) Code {
	if err == context.Canceled {
		return CodeCancelled
	}
	return CodeDeadlineExceeded
}

// contextError returns the error of a call whose context is done.
func contextError(ctx context.Context) *Error {
	err := ctx.Err()
	code := codeOf(err)
	if cause := context.Cause(ctx); cause != err {
		err = fmt.Errorf("%w: %w", err, cause)
	}
	return localError(code, err)
}

// DecodeError is the reason why a payload is not a value of the expected type.
type DecodeError struct {
	// Offset is where in the payload the offending part begins, in bytes.
	Offset int
	// Path leads to the field, such as items[2].price.currency. It is empty for the payload's outermost value.
	Path string
	// Reason is what is wrong there.
	Reason string
}

// Error returns the place and the reason.
func (e *DecodeError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("cannot decode: byte %d: %s", e.Offset, e.Reason)
	}
	return fmt.Sprintf("cannot decode %s: byte %d: %s", e.Path, e.Offset, e.Reason)
}

// EncodeError is the reason why a value cannot be sent. Its call has sent nothing.
type EncodeError struct {
	// Path leads to the field, beginning with the argument's name, such as order.lines[2].isbn.
	Path string
	// Reason is what is wrong there.
	Reason string
}

// Error returns the place and the reason.
func (e *EncodeError) Error() string {
	if e.Path == "" {
		return "cannot encode: " + e.Reason
	}
	return fmt.Sprintf("cannot encode %s: %s", e.Path, e.Reason)
}

// ProtocolError is how the peer broke the framing. It ends the connection.
type ProtocolError struct {
	// Reason is what is wrong.
	Reason string
}

// Error returns the reason.
func (e *ProtocolError) Error() string {
	return "protocol error: " + e.Reason
}
