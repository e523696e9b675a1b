package main

import (
	"context"
	"iter"
	"reflect"
	"sync"
)

// stream is one that is read by hand.
type stream struct {
	method method
	cancel context.CancelFunc

	mu   sync.Mutex
	next func() (item, err reflect.Value, ok bool)
	stop func()
}

// open begins a stream, whose request waits for its first item to be asked for.
func (t *testee) open(c command) map[string]any {
	ctx, cancel := context.WithCancel(context.Background())
	results, err := t.invoke(ctx, t.connection(), withAnswer, c.Open, c.Arguments, milliseconds(c.TimeoutMS))
	if err != nil {
		cancel()
		return inexpressible(err)
	}
	s := &stream{method: t.methods[c.Open], cancel: cancel}
	s.next, s.stop = iter.Pull2(results[0].Seq2())
	t.mu.Lock()
	t.streams[c.ID] = s
	t.mu.Unlock()
	return map[string]any{"opened": true}
}

// next reads so many items. When it is cancelled, the stream is.
func (t *testee) next(ctx context.Context, c command) map[string]any {
	t.mu.Lock()
	s := t.streams[*c.Next]
	t.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	defer context.AfterFunc(ctx, s.cancel)()
	items := []any{}
	for len(items) < c.Count {
		item, failure, ok := s.next()
		if !ok {
			return map[string]any{"items": items, "end": true}
		}
		if err, _ := failure.Interface().(error); err != nil {
			return map[string]any{"items": items, "error": describe(err)}
		}
		items = append(items, t.values.toJSON(s.method.Response, item))
	}
	return map[string]any{"items": items}
}

// leave ends a stream as a loop over it does that is left.
func (s *stream) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
	s.cancel()
}
