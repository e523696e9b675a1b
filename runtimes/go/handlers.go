package rapace

import "context"

// handlers run the requests of a connection's peer.
type handlers struct {
	*methodTable
	handling
	// base has the values of the handlers' contexts, and owner is the connection.
	base  context.Context
	owner any
}

// accept returns the served call of a request, or why the request is refused.
func (h *handlers) accept(w *wire, request frame) (*servedCall, *Error) {
	method, err := h.find(request)
	if err != nil {
		return nil, err
	}
	r := takeRequest()
	r.wire, r.channel, r.name = w, request.channel, method.Method.Name
	r.quiet = request.channel == 0 && request.flags&flagNoReply != 0
	r.payload = append(r.payload, request.payload...)
	r.handling, r.served = &h.handling, method
	call := &ServedCall{method: method.Method, wire: w, owner: h.owner}
	call.context.base, call.context.owner = h.base, call
	r.context = &call.context
	return &r.servedCall, nil
}
