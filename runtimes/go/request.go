package rapace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"unicode/utf8"
)

// Request is a request of the peer while it is served, for generated code: it has the encoded arguments and takes the
// answer. Its methods are called in the order in which they are declared here. Requests are used again and again.
type Request struct {
	servedCall
	handling *handling
	served   *ServedMethod
	phase    phase
	decoder  Decoder
	encoder  Encoder
	// answered reports whether the encoder has the answer.
	answered bool
	// returned reports whether the handler has returned, with err, and not panicked.
	returned bool
	err      error
	// collected takes the arguments for interceptors, instead of the handler. It is otherwise nil.
	collected *[]any
}

// ServedMethod is a method with the function that serves it. Generated code makes one for each.
type ServedMethod struct {
	// Method is the method.
	Method *Method
	// Streaming is true when the method answers with a stream.
	Streaming bool
	// Serve decodes the arguments of a request, calls the handler and encodes what it answers.
	Serve func(ctx context.Context, request *Request) error
}

// phase is what is done for a request: it says whose fault an error is.
type phase uint8

const (
	inArguments phase = iota
	inHandler
	inAnswer
)

// errNobodyWaits ends the work for a request whose caller does not wait for an answer, or no longer.
var errNobodyWaits = errors.New("nobody waits for the answer")

var requestPool sync.Pool

// takeRequest returns a request that is not in use.
func takeRequest() *Request {
	if r, ok := requestPool.Get().(*Request); ok {
		return r
	}
	r := new(Request)
	r.run = r.serve
	r.decoder.overdue = r.overdue
	return r
}

// Arguments returns the decoder of the arguments.
func (r *Request) Arguments() *Decoder {
	return &r.decoder
}

// Collects reports whether generated code must pass the arguments to Collect, and not call Begin and the handler.
func (r *Request) Collects() bool {
	return r.collected != nil
}

// Collect takes the arguments of a call for its interceptors. It fails when bytes are left.
func (r *Request) Collect(arguments ...any) error {
	*r.collected = arguments
	return r.decoder.Finish()
}

// Begin ends the arguments, before the handler is called. It fails when bytes are left.
func (r *Request) Begin() error {
	if err := r.decoder.Finish(); err != nil {
		return err
	}
	if r.Collects() {
		return errNotCollected
	}
	r.phase = inHandler
	return nil
}

// Answer ends the handler, which has returned this error. It returns the encoder for its answer. While too much is
// unsent, it waits. An error is to be returned at once.
func (r *Request) Answer(err error) (*Encoder, error) {
	if err != nil {
		return nil, err
	}
	r.phase = inAnswer
	if r.quiet || !r.wire.awaitRoom(&r.servedCall) {
		r.answered = true
		return nil, errNobodyWaits
	}
	r.encoder.reset(*r.wire.limits, headerBytes)
	r.answered = true
	return &r.encoder, nil
}

// Done is Answer for a handler that answers nothing.
func (r *Request) Done(err error) error {
	_, err = r.Answer(err)
	return err
}

// Item begins an item of a stream, which the handler has yielded with this error. It returns the encoder for the item.
// While too much is unsent, it waits. An error is to be returned at once.
func (r *Request) Item(err error) (*Encoder, error) {
	return r.Answer(err)
}

// Send sends the item that is encoded. An error is to be returned at once.
func (r *Request) Send() error {
	frame, failure := r.frame(flagData)
	if failure != nil {
		return failure
	}
	if !r.wire.item(&r.servedCall, frame) {
		return errNobodyWaits
	}
	r.phase = inHandler
	return nil
}

// frame returns the frame of what is encoded.
func (r *Request) frame(flags uint32) ([]byte, *Error) {
	frame, most := r.encoder.buf, r.wire.limits.MaxFrameBytes
	if length := len(frame) - lengthBytes; length > most {
		return nil, tooLong(length, most)
	}
	answerHeader(r.channel, flags, frame)
	return frame, nil
}

// serve serves the request, in a goroutine that does nothing else.
func (r *Request) serve() {
	// An interceptor may not call the handler at all.
	r.returned, r.answered, r.phase = false, false, inArguments
	// Deferred, because a handler may panic, and may end its goroutine.
	defer r.end()
	r.err = r.intercepted()
	r.returned = true
}

// intercepted serves the request inside the interceptors.
func (r *Request) intercepted() error {
	ctx, h := context.Context(r.context), r.handling
	if len(h.interceptors) == 0 {
		return r.handle(ctx)
	}
	address := addressOfSide(r.wire.socket)
	kind := KindUnary
	switch {
	case r.quiet:
		kind = KindNotification
	case r.served.Streaming:
		kind = KindStream
	}
	info := infoOf(r.served.Method, kind)
	info.Network, info.Address = address.network, address.dial
	if peer := r.wire.socket.RemoteAddr(); peer != nil {
		info.Peer = peer.String()
	}
	info.arguments = &argumentSource{find: r.arguments}
	defer info.arguments.close()
	return chained(ctx, h.interceptors, info, r.handle)
}

// handle decodes the arguments, calls the handler and encodes its answer.
func (r *Request) handle(ctx context.Context) error {
	r.phase, r.answered = inArguments, false
	r.decoder.reset(r.payload, *r.wire.limits)
	err := r.served.Serve(ctx, r)
	var failed *Error
	switch {
	case err == nil || err == errNobodyWaits:
		return nil
	case r.phase == inArguments:
		return unreadable(r.name, err)
	case r.phase == inAnswer && !errors.As(err, &failed):
		r.log("cannot encode the answer", slog.Any("error", err))
		return unsendable(r.name, err)
	}
	return err
}

// arguments decodes the arguments for interceptors, apart from the handler, which may run meanwhile.
func (r *Request) arguments() (values []any, _ error) {
	reading := &Request{collected: &values}
	reading.decoder.overdue = r.overdue
	reading.decoder.reset(r.payload, *r.wire.limits)
	switch err := r.served.Serve(r.context, reading); {
	case err == errNotCollected && len(r.payload) == 0:
		// A method without arguments has nothing to collect.
		return nil, nil
	case err == errNotCollected:
		return nil, err
	case err != nil:
		return nil, unreadable(r.name, err)
	}
	return values, nil
}

// overdue returns why nobody waits for the arguments that are being decoded, and nil when somebody does.
func (r *Request) overdue() error {
	if r.context.Err() != nil {
		return contextError(r.context)
	}
	return nil
}

// end sends what is left of the answer, and returns the request to the pool.
func (r *Request) end() {
	var frame []byte
	var failure *Error
	switch {
	case !r.returned:
		failure = r.panicked(recover())
	case r.err != nil:
		failure = r.failure(r.err)
	case r.served.Streaming:
		r.encoder.buf = appendAnswer(r.encoder.buf[:0], r.channel, flagEOS)
		frame = r.encoder.buf
	case !r.answered:
		failure = r.failure(errors.New("an interceptor returned without an error and without calling the handler"))
	case !r.quiet && r.phase == inAnswer && len(r.encoder.buf) >= headerBytes:
		frame, failure = r.frame(flagData | flagEOS)
	}
	if failure != nil {
		most := r.wire.limits.MaxFrameBytes - descriptorBytes - 8
		r.encoder.buf = appendError(r.encoder.buf[:0], r.channel, failure.Code, cut(failure.Message, most))
		frame = r.encoder.buf
		// An error waits for room as an answer does.
		r.wire.awaitRoom(&r.servedCall)
	}
	if r.quiet {
		frame = nil
	}
	r.wire.end(&r.servedCall, frame)
	r.context.cancel(context.Canceled)
	r.release()
}

// failure returns the error that the peer gets, and logs one that nobody else knows of.
func (r *Request) failure(err error) *Error {
	status, log := r.handling.status(r.name, err)
	cancelled := r.context.Err() != nil
	if !cancelled && (log || r.quiet) {
		r.log("a handler failed", slog.Any("error", err))
	}
	return status
}

// panicked logs what a handler has panicked with, and returns the error that the peer gets.
func (r *Request) panicked(reason any) *Error {
	text := "the handler ended its goroutine"
	if reason != nil {
		text = fmt.Sprint("panic: ", reason)
	}
	r.log("a handler panicked", slog.String("error", text), slog.String("stack", string(debug.Stack())))
	return r.handling.failed(r.name, text)
}

func (r *Request) log(what string, attributes ...slog.Attr) {
	attributes = append(attributes, slog.String("method", r.name), slog.Any("peer", r.wire.socket.RemoteAddr()))
	r.handling.logger.LogAttrs(context.Background(), slog.LevelError, "rapace: "+what, attributes...)
}

// release returns the request to the pool. No goroutine knows it any more.
func (r *Request) release() {
	r.payload = kept(r.payload, keepCallBytes)
	r.encoder.buf = kept(r.encoder.buf, keepCallBytes)
	r.decoder.Reset(nil)
	r.wire, r.context, r.handling, r.served, r.err = nil, nil, nil, nil, nil
	requestPool.Put(r)
}

// cut returns the text, or as much of it as fits in so many bytes, as UTF-8.
func cut(text string, most int) string {
	if !utf8.ValidString(text) {
		text = lossyString([]byte(text))
	}
	if len(text) <= most {
		return text
	}
	most = max(most, 0)
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
