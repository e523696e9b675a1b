package rapace

import (
	"context"
	"log/slog"
	"sync"
)

// State is what a connection is doing.
type State uint8

// The states of a connection.
const (
	// StateConnecting is when a connection is being opened.
	StateConnecting State = iota
	// StateConnected is when the connection is open.
	StateConnected
	// StateDisconnected is when the connection is lost and will be opened again, see [WithReconnect].
	StateDisconnected
	// StateClosed is when the connection is closed for good.
	StateClosed
)

// String returns the state's name.
func (s State) String() string {
	return [...]string{"connecting", "connected", "disconnected", "closed"}[s]
}

// change is a change of state, with its cause when it was not asked for.
type change struct {
	state State
	cause *Error
}

// stateReporter reports changes of state, in the order in which they were noted, one at a time.
type stateReporter struct {
	logger  *slog.Logger
	handler func(State, error)
	address string

	mu        sync.Mutex
	changes   []change
	reporting bool
}

// note adds a change to those that report reports. A caller that holds a lock must call report when the lock is free.
func (r *stateReporter) note(state State, cause *Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes = append(r.changes, change{state, cause})
}

// report reports what has been noted, unless another goroutine is reporting, which then does it.
func (r *stateReporter) report() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reporting {
		return
	}
	r.reporting = true
	for len(r.changes) > 0 {
		next := r.changes[0]
		r.changes = r.changes[1:]
		r.mu.Unlock()
		r.reportOne(next)
		r.mu.Lock()
	}
	r.reporting = false
}

func (r *stateReporter) reportOne(c change) {
	level, attributes := slog.LevelInfo, []slog.Attr{slog.String("address", r.address)}
	if c.state == StateConnecting {
		level = slog.LevelDebug
	}
	// An interface that holds a nil pointer is not nil.
	var cause error
	if c.cause != nil {
		cause = c.cause
		attributes = append(attributes, slog.String("cause", c.cause.Error()))
	}
	r.logger.LogAttrs(context.Background(), level, "rapace: "+c.state.String(), attributes...)
	if r.handler != nil {
		r.handler(c.state, cause)
	}
}
