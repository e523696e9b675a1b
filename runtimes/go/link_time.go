package rapace

import "time"

var clockBegan = time.Now()

// now returns the time on the clock of all calls, in nanoseconds. It is never 0.
func now() int64 {
	return int64(time.Since(clockBegan)) + 1
}

// watch makes sure that the call ends when it has waited too long. It needs the lock only when no alarm is set before.
func (l *link) watch(x *call) {
	at := x.deadline.Load()
	if alarm := l.alarmAt.Load(); at == 0 || alarm != 0 && alarm <= at {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.setAlarm(at)
}

// setAlarm makes the alarm go off at a time, or before; 0 is never. One alarm serves all calls: most end long before, and
// then there is nothing to undo. The lock is held.
func (l *link) setAlarm(at int64) {
	if alarm := l.alarmAt.Load(); at == 0 || alarm != 0 && alarm <= at || l.err != nil {
		return
	}
	l.alarmAt.Store(at)
	l.alarm.Reset(time.Duration(at - now()))
}

// keepTime does what is to be done at some time, until the connection ends.
func (l *link) keepTime() {
	defer l.alarm.Stop()
	defer l.nudges.Stop()
	for {
		select {
		case <-l.alarm.C:
			l.endLateCalls()
		case <-l.nudges.C:
			l.nudging.Store(false)
			l.nudgeIfAwaited()
		case <-l.dead:
			return
		}
	}
}

// endLateCalls ends the calls that have waited too long, and sets the alarm for the next.
func (l *link) endLateCalls() {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Before the deadlines are read: a call that begins to wait meanwhile sees that it has to set the alarm itself.
	l.alarmAt.Store(0)
	began, next := now(), int64(0)
	for _, exchange := range l.session.live {
		x := exchange.handle
		at := x.deadline.Load()
		switch {
		case at == 0 || len(x.inbox.ends) > 0:
			// It does not wait, or not any more.
		case at <= began:
			l.abandon(x, cancelledByDeadline)
			l.finish(x, x.timedOut())
			x.wake()
		case next == 0 || at < next:
			next = at
		}
	}
	if next != 0 {
		// Calls whose time is over soon after one another are ended together.
		l.setAlarm(max(next, began+int64(alarmPeriod)))
	}
}
