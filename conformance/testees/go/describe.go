package main

import (
	"errors"
	"io"
	"net"

	"conformancefixtures/rapace"
)

// describe returns the form that the contract has for an error of the runtime.
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
	case errors.As(err, &status) && status.Code == rapace.CodeCancelled && !status.Remote:
		return map[string]any{"kind": "cancelled", "message": err.Error()}
	case errors.As(err, &status):
		return map[string]any{"kind": "status", "message": status.Message, "code": status.Code, "remote": status.Remote}
	case errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe), errors.Is(err, io.ErrUnexpectedEOF):
		// What tunnels say of their own end.
		return map[string]any{"kind": "connection", "message": err.Error()}
	}
	panic(err)
}

func failed(err error) map[string]any {
	return map[string]any{"error": describe(err)}
}
