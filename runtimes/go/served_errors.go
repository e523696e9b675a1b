package rapace

import (
	"errors"
	"fmt"
	"log/slog"
)

// handling is what all calls that a connection serves have in common.
type handling struct {
	interceptors []Interceptor
	errorTexts   bool
	logger       *slog.Logger
}

// status returns the error that the peer gets for what a handler has returned, and whether that is to be logged. Errors
// that the handler made travel as they are, and so do those that another peer sent to it. All others are known here
// alone: they may quote what is not for the peer.
func (h *handling) status(method string, err error) (status *Error, log bool) {
	var failed *Error
	if errors.As(err, &failed) && failed.travels() {
		return failed, false
	}
	return h.failed(method, err.Error()), true
}

// ServedCode returns the code that the caller of a served call gets when its handler returns err: CodeOK for nil, the
// code of an [*Error] that is meant for the caller, and otherwise CodeInternal.
func ServedCode(err error) Code {
	var failed *Error
	switch {
	case err == nil:
		return CodeOK
	case errors.As(err, &failed) && failed.travels():
		return failed.Code
	}
	return CodeInternal
}

// failed returns the error for a handler that has failed in another way than by an error with a code.
func (h *handling) failed(method, text string) *Error {
	message := method + " failed"
	if h.errorTexts {
		message += ": " + text
	}
	return &Error{Code: CodeInternal, Message: message}
}

// unreadable returns the error for arguments that cannot be decoded. Its form is the same in all languages.
func unreadable(method string, err error) *Error {
	text := err.Error()
	var decode *DecodeError
	if errors.As(err, &decode) {
		text = fmt.Sprintf("%s (at byte %d)", decode.Reason, decode.Offset)
		if decode.Path != "" {
			text = decode.Path + ": " + text
		}
	}
	message := fmt.Sprintf("cannot read the arguments of %s: %s", method, text)
	return &Error{Code: CodeInvalidArgument, Message: message, cause: err, served: true}
}

// unsendable returns the error for an answer that cannot be encoded.
func unsendable(method string, err error) *Error {
	return &Error{Code: CodeInternal, Message: "the answer of " + method + " cannot be sent", cause: err, served: true}
}

// tooLong returns the error for an answer that is longer than a frame may be.
func tooLong(length, most int) *Error {
	message := fmt.Sprintf("frame length %d of the answer exceeds the limit of %d bytes", length, most)
	return &Error{Code: CodeResourceExhausted, Message: message, served: true}
}
