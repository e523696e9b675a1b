package rapace

import "sync/atomic"

// pressure decides whether a link reads its socket. While a stream is over its mark it does not, so that the peer has to
// wait, unless somebody waits for what may come behind the stream's items: a call for its answer, or another reader.
type pressure struct {
	over    int           // how many streams and tunnels are over their mark; guarded by the link's lock
	waiting atomic.Int64  // how many readers of streams and tunnels wait and have nothing
	paused  atomic.Bool   // whether the socket may not be read
	resume  chan struct{} // tells that this may have changed; holds one token
}

// weigh notes that a stream got an item. The lock is held.
func (l *link) weigh(x *call) {
	l.supplied(x)
	if x.unread.Load() > int64(l.options.limits.StreamHighWaterBytes) && !x.over.Swap(true) {
		l.pressure.over++
	}
}

// relieve notes that a stream is not over its mark any more, or over altogether. The lock is held.
func (l *link) relieve(x *call) {
	if x.over.Swap(false) {
		l.pressure.over--
		l.reconsider()
	}
}

// wants notes that a reader waits, and has nothing.
func (l *link) wants(x *call) {
	x.waits.Store(true)
	l.pressure.waiting.Add(1)
	l.reconsider()
}

// supplied notes that a reader does not wait, or not any more.
func (l *link) supplied(x *call) {
	if x.waits.CompareAndSwap(true, false) {
		l.pressure.waiting.Add(-1)
	}
}

// reconsider makes the link look again whether its socket may be read.
func (l *link) reconsider() {
	if l.pressure.paused.Load() {
		select {
		case l.pressure.resume <- struct{}{}:
		default:
		}
	}
}

// hold waits until the socket may be read.
func (l *link) hold() {
	p := &l.pressure
	// First of all: whoever changes what is looked at afterwards sees it, and wakes this up.
	p.paused.Store(true)
	for l.mustHold() {
		select {
		case <-p.resume:
		case <-l.dead:
		}
	}
	p.paused.Store(false)
}

func (l *link) mustHold() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err == nil && l.pressure.over > 0 && l.session.unaries == 0 && l.pressure.waiting.Load() <= 0
}
