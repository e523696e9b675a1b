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
	// StateConnected is when calls are sent.
	StateConnected
	// StateDisconnected is when the connection is lost and will be opened anew, see [WithReconnect].
	StateDisconnected
	// StateClosed is the last.
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

// teller tells changes of state, in the order in which they were noted, one at a time.
type teller struct {
	logger  *slog.Logger
	handler func(State, error)
	address string

	mu      sync.Mutex
	changes []change
	telling bool
}

// note puts a change behind those that are to be told. Whoever notes it under a lock tells it when the lock is free.
func (t *teller) note(state State, cause *Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changes = append(t.changes, change{state, cause})
}

// tell tells what has been noted, unless another goroutine is at it, which then does it.
func (t *teller) tell() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.telling {
		return
	}
	t.telling = true
	for len(t.changes) > 0 {
		next := t.changes[0]
		t.changes = t.changes[1:]
		t.mu.Unlock()
		t.say(next)
		t.mu.Lock()
	}
	t.telling = false
}

func (t *teller) say(c change) {
	level, attributes := slog.LevelInfo, []slog.Attr{slog.String("address", t.address)}
	if c.state == StateConnecting {
		level = slog.LevelDebug
	}
	// An interface that holds a nil pointer is not nil.
	var cause error
	if c.cause != nil {
		cause = c.cause
		attributes = append(attributes, slog.String("cause", c.cause.Error()))
	}
	t.logger.LogAttrs(context.Background(), level, "rapace: "+c.state.String(), attributes...)
	if t.handler != nil {
		t.handler(c.state, cause)
	}
}
