package rapace

import "sync/atomic"

// pressure decides whether a wire reads its socket. While a stream is over its mark it does not, so that the peer has
// to wait, unless somebody waits for frames that may come after the stream's items: a call for its answer, or another
// reader.
type pressure struct {
	over    int           // how many streams and tunnels are over their mark; guarded by the wire's lock
	waiting atomic.Int64  // how many readers of streams and tunnels wait and have nothing
	paused  atomic.Bool   // whether the socket may not be read
	resume  chan struct{} // signals that this may have changed; holds one token
}

// weigh notes that a stream has an item more. The lock is held.
func (w *wire) weigh(x *exchange) {
	w.supplied(x)
	if x.unread.Load() > int64(w.limits.StreamHighWaterBytes) && !x.over.Swap(true) {
		w.pressure.over++
	}
}

// relieve notes that a stream is no longer over its mark, or has ended. The lock is held.
func (w *wire) relieve(x *exchange) {
	if x.over.Swap(false) {
		w.pressure.over--
		w.reconsider()
	}
}

// consumed notes that a reader took an item of this size.
func (w *wire) consumed(x *exchange, size int64) {
	unread := x.unread.Add(-size)
	if x.over.Load() && unread <= int64(w.limits.StreamHighWaterBytes)/2 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.relieve(x)
	}
}

// wants notes that a reader waits and has nothing.
func (w *wire) wants(x *exchange) {
	x.waits.Store(true)
	w.pressure.waiting.Add(1)
	w.reconsider()
}

// supplied notes that a reader does not wait.
func (w *wire) supplied(x *exchange) {
	if x.waits.CompareAndSwap(true, false) {
		w.pressure.waiting.Add(-1)
	}
}

// reconsider makes the wire check again whether its socket may be read.
func (w *wire) reconsider() {
	if w.pressure.paused.Load() {
		select {
		case w.pressure.resume <- struct{}{}:
		default:
		}
	}
}

// hold waits until the socket may be read.
func (w *wire) hold() {
	p := &w.pressure
	// Set before the conditions are checked: a change after the check sees it, and wakes this goroutine.
	p.paused.Store(true)
	for w.mustHold() {
		select {
		case <-p.resume:
		case <-w.dead:
		}
	}
	p.paused.Store(false)
}

func (w *wire) mustHold() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err == nil && w.pressure.over > 0 && w.session.calls.unaries == 0 && w.pressure.waiting.Load() <= 0
}
