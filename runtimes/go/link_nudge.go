package rapace

// acknowledgers return what makes this side's system acknowledge what it has received, at once and soon: see mayDelay.
func (l *link) acknowledgers() (now, soon func()) {
	if !mayDelay(l.socket) {
		return func() {}, func() {}
	}
	if quick := quickAcknowledger(l.socket); quick != nil {
		return quick, quick
	}
	return l.nudge, l.nudgeSoon
}

// nudgeSoon nudges after a while, for all that came meanwhile, unless nothing is awaited by then.
func (l *link) nudgeSoon() {
	if !l.nudging.Swap(true) {
		l.nudges.Reset(nudgePeriod)
	}
}

// nudge sends a frame that means nothing, so that the acknowledgement travels with it.
func (l *link) nudge() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.appendNudge()
}

// nudgeIfAwaited is nudge while anything is to come.
func (l *link) nudgeIfAwaited() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.session.live) > 0 {
		l.appendNudge()
	}
}

// appendNudge is nudge for a caller that holds the lock. A frame that is to be written anyway will do.
func (l *link) appendNudge() {
	if len(l.unsent) == 0 {
		l.unsent = l.session.appendNudge(l.unsent)
		l.wakeWriter()
	}
}
