package rapace

import (
	"context"
	"sync"
	"time"
)

// servedContext is the context of a served call. It is one allocation: what a context needs besides is made when somebody
// asks for it, which handlers that answer at once do not.
type servedContext struct {
	base  context.Context // has values, and never ends
	owner any             // what servedKey finds

	mu    sync.Mutex
	inner context.Context // nil until it is needed
	end   context.CancelCauseFunc
	cause error // why the context is done; nil while it is not
}

// servedKey finds the owner of a served call's context, in that context and in those made of it.
type servedKey struct{}

var _ context.Context = (*servedContext)(nil)

// Deadline returns none: requests of rapace 0.5 have no deadline.
func (c *servedContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done returns a channel that is closed when the call is cancelled or has ended.
func (c *servedContext) Done() <-chan struct{} { return c.full().Done() }

// Err returns [context.Canceled] when the call is cancelled or has ended.
func (c *servedContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return context.Canceled
	}
	return nil
}

// Value returns the owner, or a value of the base.
func (c *servedContext) Value(key any) any {
	if key == (servedKey{}) {
		return c.owner
	}
	// Not of the base alone: it is also how the package context finds what a context is made of.
	return c.full().Value(key)
}

// full returns the context with all that it needs.
func (c *servedContext) full() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.end = context.WithCancelCause(c.base)
		if c.cause != nil {
			c.end(c.cause)
		}
	}
	return c.inner
}

// cancel ends the context for a reason. Only the first counts.
func (c *servedContext) cancel(cause error) {
	c.mu.Lock()
	end := c.end
	if c.cause == nil {
		c.cause = cause
	}
	c.mu.Unlock()
	if end != nil {
		end(cause)
	}
}
