package rapace

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// itemOverhead is what an item of a stream counts besides its payload, so that a stream of empty items is bounded too.
const itemOverhead = 64

// call is a call under way: what it sends, and what has arrived for it. Calls are used again and again. Its session
// forgets it when it ends, so a used one is never touched by what arrives late.
type call struct {
	kind    kind
	conn    *Conn
	link    *link // what the call is on; nil before it is sent
	method  *Method
	timeout time.Duration // how long the answer is waited for, or how long it takes to send a stream's request
	idle    time.Duration // how long each item of a stream is waited for; 0 is without end
	channel uint32        // 0 unless the call is in flight; guarded by the link's lock
	ready   chan struct{} // tells the caller that something has arrived; holds one token
	encoder Encoder
	decoder Decoder
	// ctx is that of the call while its answer is decoded, otherwise nil.
	ctx context.Context

	// deadline is when the call has waited too long, on the clock of now; 0 while it does not wait, or when its
	// context has a deadline.
	deadline atomic.Int64
	// maxBytes is the bound of unread.
	maxBytes int
	// unread is the size of the items that the caller has not read, taken or not.
	unread atomic.Int64
	// over tells whether unread is over the mark, and waits whether the reader waits and has nothing: see pressure.
	over, waits atomic.Bool
	// inbox is what has arrived and was not taken, guarded by the link's lock.
	inbox inbox
	// cause is why the call has ended, nil for the end of a stream. Guarded likewise.
	cause *Error
	// taken is what the caller works on.
	taken inbox
	// next is the index of the next item of taken.
	next int
}

// inbox holds items, whose payloads stand one after another, and how the call ended.
type inbox struct {
	data []byte
	ends []int // where in data each item ends
	done bool
	err  *Error
}

var calls = sync.Pool{New: func() any {
	x := &call{ready: make(chan struct{}, 1)}
	x.decoder.overdue = x.overdue
	return x
}}

// begin returns a call whose encoder is ready for the payload of the request.
func begin(kind kind, method *Method, client *Client) *call {
	x := calls.Get().(*call)
	x.init(kind, client.conn)
	x.method, x.timeout, x.idle = method, client.timeout, client.idle
	x.encoder.reset(x.conn.options.limits, headerBytes)
	return x
}

// init makes a call ready that is new, or was released.
func (x *call) init(kind kind, conn *Conn) {
	x.kind, x.conn, x.channel, x.cause = kind, conn, 0, nil
	x.maxBytes = conn.options.limits.MaxStreamBytes
	x.unread.Store(0)
}

// release gives the call back. It must have ended, by its answer or by link.cancel.
func (x *call) release() {
	x.leave()
	x.deadline.Store(0)
	select {
	case <-x.ready:
	default:
	}
	x.encoder.buf = kept(x.encoder.buf, keepCallBytes)
	x.decoder.Reset(nil)
	x.inbox.reset()
	x.taken.reset()
	x.next = 0
	x.method, x.conn = nil, nil
	calls.Put(x)
}

func (b *inbox) reset() {
	b.data, b.ends = kept(b.data, keepCallBytes), b.ends[:0]
	if cap(b.ends) > keepItems {
		b.ends = nil
	}
	b.done, b.err = false, nil
}

// kept returns the buffer emptied, or nil when it has room for more than most bytes.
func kept(buf []byte, most int) []byte {
	if cap(buf) > most {
		return nil
	}
	return buf[:0]
}

// put adds an item. It returns false when too much of a stream is unread. The link's lock is held, and the caller
// is to be woken when it no longer is.
func (x *call) put(payload []byte) bool {
	size := int64(len(payload) + itemOverhead)
	if unread := x.unread.Add(size); x.kind != unary && unread > size && unread > int64(x.maxBytes) {
		return false
	}
	b := &x.inbox
	b.data = append(b.data, payload...)
	b.ends = append(b.ends, len(b.data))
	return true
}

// finish ends the call, with an error or with nil. The link's lock is held, and the caller is to be woken.
func (x *call) finish(err *Error) {
	x.channel = 0
	// A tunnel that was read to its end may be lost later, before this side has ended it.
	if !x.inbox.done {
		x.inbox.done, x.inbox.err, x.cause = true, err, err
	}
}

// wake wakes the caller. It does no harm to a caller for whom there is nothing, nor to the next user of a call that has
// been released meanwhile.
func (x *call) wake() {
	select {
	case x.ready <- struct{}{}:
	default:
	}
}

// encode writes the request's payload and returns the frame, whose header is still to be written.
func (x *call) encode(arguments func(*Encoder) error, limits Limits) ([]byte, *Error) {
	if arguments != nil {
		if err := arguments(&x.encoder); err != nil {
			return nil, localError(CodeInvalidArgument, err)
		}
	}
	request := x.encoder.buf
	if length := len(request) - lengthBytes; length > limits.MaxFrameBytes {
		message := fmt.Sprintf("frame length %d of the request exceeds the limit of %d bytes", length, limits.MaxFrameBytes)
		return nil, &Error{Code: CodeResourceExhausted, Message: message}
	}
	return request, nil
}

// start encodes and sends the request.
func (x *call) start(ctx context.Context, arguments func(*Encoder) error) *Error {
	request, err := x.prepare(ctx, arguments)
	if err != nil {
		return err
	}
	if err := x.send(ctx, request); err != nil {
		return err
	}
	if x.kind == serverStreaming {
		// The stream may last for long.
		x.encoder.buf = kept(x.encoder.buf, keepBytes)
	}
	return nil
}

// prepare encodes the request, and starts the call's clock.
func (x *call) prepare(ctx context.Context, arguments func(*Encoder) error) ([]byte, *Error) {
	if ctx.Err() != nil {
		return nil, contextError(ctx)
	}
	request, err := x.encode(arguments, x.conn.options.limits)
	if err == nil {
		x.startClock(ctx, x.timeout)
	}
	return request, err
}

// send sends the request, on a link that is not dead where there may be one.
func (x *call) send(ctx context.Context, request []byte) *Error {
	for {
		if err := x.join(ctx); err != nil {
			return err
		}
		err := x.link.send(ctx, x, x.method.ID, request)
		if err == nil || !x.conn.replaces(err, x.link) {
			return err
		}
	}
}

// join chooses the link that the call is on.
func (x *call) join(ctx context.Context) *Error {
	if x.conn.only != nil {
		x.link = x.conn.only
		return nil
	}
	x.leave()
	link, err := x.conn.choose(ctx, x)
	x.link = link
	return err
}

// leave gives up the claim on the link.
func (x *call) leave() {
	if x.link != nil && x.conn.only == nil {
		x.link.claims.Add(-1)
	}
	x.link = nil
}

// answer sends the request and waits for the payload of the answer. When the connection is lost meanwhile and opened anew,
// a request that may be sent twice is sent again.
func (x *call) answer(ctx context.Context, arguments func(*Encoder) error) ([]byte, *Error) {
	request, err := x.prepare(ctx, arguments)
	if err != nil {
		return nil, err
	}
	for {
		if err := x.send(ctx, request); err != nil {
			return nil, err
		}
		payload, err := x.await(ctx)
		if err == nil || !x.conn.resends(err, x) {
			return payload, err
		}
	}
}

// await waits for the payload of the answer.
func (x *call) await(ctx context.Context) ([]byte, *Error) {
	for {
		if err := x.take(ctx); err != nil {
			return nil, err
		}
		if payload, ok := x.item(); ok {
			return payload, nil
		}
		if x.taken.done {
			return nil, x.taken.err
		}
	}
}

// notify sends the request, on channel 0.
func (x *call) notify(ctx context.Context, arguments func(*Encoder) error) *Error {
	request, err := x.prepare(ctx, arguments)
	if err != nil {
		return err
	}
	if err := x.join(ctx); err != nil {
		return err
	}
	return x.link.notify(ctx, x, x.method.ID, request)
}

// nextItem returns the payload of a stream's next item, and false at its end. The time that it waits can be bounded, the time
// that the reader takes is not.
func (x *call) nextItem(ctx context.Context) ([]byte, bool, *Error) {
	for {
		if ctx.Err() != nil {
			return nil, false, x.giveUp(contextError(ctx))
		}
		if payload, ok := x.item(); ok {
			return payload, true, nil
		}
		if x.taken.done {
			return nil, false, x.taken.err
		}
		x.startClock(ctx, x.idle)
		x.link.watch(x)
		if err := x.take(ctx); err != nil {
			return nil, false, err
		}
		x.deadline.Store(0)
	}
}

// startClock gives the call so much time from now on, unless that is 0 or the context has a deadline of its own.
func (x *call) startClock(ctx context.Context, timeout time.Duration) {
	if _, ok := ctx.Deadline(); !ok && timeout > 0 {
		x.deadline.Store(now() + int64(timeout))
	}
}

// clock returns what tells that the call's time is over, for a call that no link watches. It must be stopped.
func (x *call) clock() (over <-chan time.Time, stop func()) {
	at := x.deadline.Load()
	if at == 0 {
		return nil, func() {}
	}
	timer := time.NewTimer(time.Duration(at - now()))
	return timer.C, func() { timer.Stop() }
}

// take waits until something has arrived that was not taken yet, and takes all of it. When the call's time is over, the
// link ends it.
func (x *call) take(ctx context.Context) *Error {
	cancelled := ctx.Done()
	for {
		if x.kind != unary {
			x.link.wants(x)
		}
		if cancelled == nil {
			<-x.ready
		} else {
			select {
			case <-x.ready:
			case <-cancelled:
				return x.giveUp(contextError(ctx))
			}
		}
		if x.kind != unary {
			x.link.supplied(x)
		}
		if x.swap() {
			return nil
		}
		// The token was that of something taken before.
	}
}

// swap takes what has arrived, and returns false when that is nothing.
func (x *call) swap() bool {
	x.taken.reset()
	x.next = 0
	x.link.mu.Lock()
	x.inbox, x.taken = x.taken, x.inbox
	x.link.mu.Unlock()
	return len(x.taken.ends) > 0 || x.taken.done
}

// giveUp ends the call for a reason on this side.
func (x *call) giveUp(err *Error) *Error {
	reason := cancelledByClient
	if err.Code == CodeDeadlineExceeded {
		reason = cancelledByDeadline
	}
	x.link.cancel(x, reason)
	return err
}

// item returns the payload of the next item that was taken, and false when there is none left.
func (x *call) item() ([]byte, bool) {
	if x.next == len(x.taken.ends) {
		return nil, false
	}
	start := 0
	if x.next > 0 {
		start = x.taken.ends[x.next-1]
	}
	end := x.taken.ends[x.next]
	x.next++
	unread := x.unread.Add(-int64(end - start + itemOverhead))
	if x.over.Load() && unread <= int64(x.conn.options.limits.StreamHighWaterBytes)/2 {
		x.link.mu.Lock()
		x.link.relieve(x)
		x.link.mu.Unlock()
	}
	return x.taken.data[start:end], true
}

// named returns err with the method's name. Errors of the connection are shared by all its calls, so it is a copy.
func (x *call) named(err *Error) error {
	named := *err
	named.Method = x.method.Name
	return &named
}

// timedOut returns the error of a call that has waited too long for what the server sends.
func (x *call) timedOut() *Error {
	if x.kind == serverStreaming {
		return late("no item within %v, the time of WithIdleTimeout", x.idle)
	}
	return late("no answer within %v", x.timeout)
}

// notSent returns the error of a call whose time is over before its request could be sent.
func (x *call) notSent() *Error {
	return late("not sent within %v", x.timeout)
}

// late returns the error of a call that this took too long. The format has a place for how long.
func late(format string, timeout time.Duration) *Error {
	message := fmt.Sprintf(format, rounded(timeout))
	return &Error{Code: CodeDeadlineExceeded, Message: message, cause: context.DeadlineExceeded}
}

// rounded returns a time as people read it, with three digits or whole seconds.
func rounded(d time.Duration) time.Duration {
	digit := time.Duration(1)
	for d/digit >= 1000 && digit < time.Second {
		digit *= 10
	}
	return d.Round(digit)
}

// overdue returns why nobody waits for the answer that is being decoded, and nil when somebody does.
func (x *call) overdue() error {
	if x.ctx.Err() != nil {
		return contextError(x.ctx)
	}
	if at := x.deadline.Load(); at != 0 && now() >= at {
		return x.timedOut()
	}
	return nil
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
