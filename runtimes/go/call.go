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
	method  *Method
	timeout time.Duration
	channel uint32        // 0 unless the call is in flight; guarded by the connection's lock
	ready   chan struct{} // tells the caller that something has arrived; holds one token
	encoder Encoder
	decoder Decoder

	// deadline is when the call has waited too long, on the connection's clock; 0 while it does not wait, or when its
	// context has a deadline.
	deadline atomic.Int64
	// maxBytes is the bound of unread.
	maxBytes int
	// unread is the size of the items that the caller has not read, taken or not.
	unread atomic.Int64
	// inbox is what has arrived and was not taken, guarded by the connection's lock.
	inbox inbox
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
	return &call{ready: make(chan struct{}, 1)}
}}

// begin returns a call whose encoder is ready for the payload of the request.
func begin(kind kind, method *Method, client *Client) *call {
	x := calls.Get().(*call)
	limits := client.conn.options.limits
	x.kind, x.method, x.timeout, x.channel = kind, method, client.timeout, 0
	x.encoder.reset(limits, headerBytes)
	x.maxBytes = limits.MaxStreamBytes
	x.unread.Store(0)
	return x
}

// release gives the call back. It must have ended, by its answer or by Conn.cancel.
func (x *call) release() {
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
	x.method = nil
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

// put adds an item. It returns false when too much of a stream is unread. The connection's lock is held, and the caller
// is to be woken when it no longer is.
func (x *call) put(payload []byte) bool {
	size := int64(len(payload) + itemOverhead)
	if unread := x.unread.Add(size); x.kind == serverStreaming && unread > size && unread > int64(x.maxBytes) {
		return false
	}
	b := &x.inbox
	b.data = append(b.data, payload...)
	b.ends = append(b.ends, len(b.data))
	return true
}

// finish ends the call, with an error or with nil. The connection's lock is held, and the caller is to be woken.
func (x *call) finish(err *Error) {
	x.channel = 0
	x.inbox.done, x.inbox.err = true, err
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
func (x *call) start(ctx context.Context, c *Conn, arguments func(*Encoder) error) *Error {
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	request, err := x.encode(arguments, c.options.limits)
	if err != nil {
		return err
	}
	x.startClock(ctx, c)
	if err := c.send(ctx, x, x.method.ID, request); err != nil {
		return err
	}
	if x.kind == serverStreaming {
		// The stream may last for long.
		x.encoder.buf = kept(x.encoder.buf, keepBytes)
	}
	return nil
}

// startClock gives the call its timeout from now on, unless the context has a deadline of its own.
func (x *call) startClock(ctx context.Context, c *Conn) {
	if _, ok := ctx.Deadline(); !ok && x.timeout > 0 {
		x.deadline.Store(c.now() + int64(x.timeout))
	}
}

// take waits until something has arrived that was not taken yet, and takes all of it. When the call's time is over, the
// connection ends it.
func (x *call) take(ctx context.Context, c *Conn) *Error {
	cancelled := ctx.Done()
	for {
		if cancelled == nil {
			<-x.ready
		} else {
			select {
			case <-x.ready:
			case <-cancelled:
				return x.giveUp(c, contextError(ctx))
			}
		}
		x.taken.reset()
		x.next = 0
		c.mu.Lock()
		x.inbox, x.taken = x.taken, x.inbox
		c.mu.Unlock()
		if len(x.taken.ends) > 0 || x.taken.done {
			return nil
		}
		// The token was that of something taken before.
	}
}

// giveUp ends the call for a reason on this side.
func (x *call) giveUp(c *Conn, err *Error) *Error {
	reason := cancelledByClient
	if err.Code == CodeDeadlineExceeded {
		reason = cancelledByDeadline
	}
	c.cancel(x, reason)
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
	x.unread.Add(-int64(end - start + itemOverhead))
	return x.taken.data[start:end], true
}

// named returns err with the method's name. Errors of the connection are shared by all its calls, so it is a copy.
func (x *call) named(err *Error) error {
	named := *err
	named.Method = x.method.Name
	return &named
}

func (x *call) timedOut() *Error {
	message := fmt.Sprintf("no answer within %v", x.timeout)
	return &Error{Code: CodeDeadlineExceeded, Message: message, cause: context.DeadlineExceeded}
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
