package rapace

// acknowledgers return functions that make this side's system acknowledge what it has received, at once and soon. See
// mayDelay for the reason.
func (w *wire) acknowledgers() (now, soon func()) {
	if !mayDelay(w.socket) {
		return func() {}, func() {}
	}
	if quick := quickAcknowledger(w.socket); quick != nil {
		return quick, quick
	}
	return w.nudge, w.nudgeSoon
}

// nudgeSoon nudges after a while, once for all frames that arrive until then, unless nothing is awaited by then.
func (w *wire) nudgeSoon() {
	if !w.nudging.Swap(true) {
		w.nudges.Reset(nudgePeriod)
	}
}

// nudge sends a frame that means nothing, so that the acknowledgement travels with it.
func (w *wire) nudge() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.appendNudge()
}

// nudgeIfAwaited is nudge if any call or tunnel is in flight.
func (w *wire) nudgeIfAwaited() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.session.inFlight() > 0 {
		w.appendNudge()
	}
}

// appendNudge is nudge for a caller that holds the lock. A frame that is to be written anyway will do.
func (w *wire) appendNudge() {
	if len(w.unsent) == 0 {
		w.unsent = w.session.appendNudge(w.unsent)
		w.wakeWriter()
	}
}
