package rapace

import "time"

// watch makes sure that the call ends at its deadline. It takes the lock only when the timer has to be set.
func (w *wire) watch(x *exchange) {
	at := x.deadline.Load()
	if earliest := w.deadlineAt.Load(); at == 0 || earliest != 0 && earliest <= at {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.setDeadline(at)
}

// setDeadline makes the timer fire at a time, or before; 0 is never. One timer serves all calls: most of them end long
// before their deadline, and then there is nothing to undo. The lock is held.
func (w *wire) setDeadline(at int64) {
	if earliest := w.deadlineAt.Load(); at == 0 || earliest != 0 && earliest <= at || w.err != nil {
		return
	}
	w.deadlineAt.Store(at)
	w.deadline.Reset(time.Duration(at - now()))
}

// keepTime ends late calls and sends nudges in time, until the connection ends.
func (w *wire) keepTime() {
	defer w.deadline.Stop()
	defer w.nudges.Stop()
	for {
		select {
		case <-w.deadline.C:
			w.endLateCalls()
		case <-w.nudges.C:
			w.nudging.Store(false)
			w.nudgeIfAwaited()
		case <-w.dead:
			return
		}
	}
}

// endLateCalls ends the calls whose deadline has passed, and sets the timer for the next.
func (w *wire) endLateCalls() {
	w.mu.Lock()
	defer w.mu.Unlock()
	// Before the deadlines are read: a call that begins to wait from now on sees that it has to set the timer itself.
	w.deadlineAt.Store(0)
	began, next := now(), int64(0)
	w.session.each(func(x *exchange) {
		at := x.deadline.Load()
		switch {
		case at == 0 || len(x.inbox.ends) > 0:
			// It does not wait.
		case at <= began:
			w.abandon(x, cancelledByDeadline)
			w.finish(x, x.timedOut())
			x.wake()
		case next == 0 || at < next:
			next = at
		}
	})
	if next != 0 {
		// Calls whose deadlines are close together are ended together.
		w.setDeadline(max(next, began+int64(deadlinePeriod)))
	}
}
