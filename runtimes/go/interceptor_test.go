package rapace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// recorder notes what it sees, before and after.
func recorder(name string, seen *[]string) Interceptor {
	return func(ctx context.Context, call CallInfo, next func(context.Context) error) error {
		*seen = append(*seen, name+" before "+call.Name())
		err := next(ctx)
		*seen = append(*seen, fmt.Sprintf("%s after %s: %v", name, call.Name(), CodeOf(err)))
		return err
	}
}

func TestInterceptors(t *testing.T) {
	var seen []string
	s := startServer(t, (*peer).serve)
	conn := s.dial(WithInterceptors(recorder("outer", &seen)), WithInterceptors(recorder("inner", &seen)))
	client := NewClient(conn)
	if got, err := echo(t.Context(), client, 5); got != 5 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	want := []string{"outer before Echo.echo", "inner before Echo.echo", "inner after Echo.echo: Ok", "outer after Echo.echo: Ok"}
	if !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
	seen = nil
	_, err := Call(t.Context(), client, &echoMethod, func(e *Encoder) error { e.Bool(true); e.Bool(true); return nil }, decodeU32)
	if want := "inner after Echo.echo: Internal"; err == nil || seen[2] != want {
		t.Errorf("%q, want %q", seen, want)
	}
	seen = nil
	if err := notify(t.Context(), client, 5); err != nil || len(seen) != 4 {
		t.Errorf("%v, %q", err, seen)
	}
}

func TestInterceptorsSeeWhatIsCalled(t *testing.T) {
	var seen []CallInfo
	s := startServer(t, func(p *peer) {
		p.send(p.receive().channel, flagEOS, "")
		p.serve()
	})
	conn := s.dial(WithInterceptors(func(ctx context.Context, call CallInfo, next func(context.Context) error) error {
		call.arguments = nil // of which there is one for each call
		seen = append(seen, call)
		return next(ctx)
	}))
	client := NewClient(conn, WithTimeout(time.Minute), WithIdleTimeout(time.Hour))
	for range count(t.Context(), client) {
		t.Error("an item came")
	}
	_ = notify(t.Context(), client, 1)
	_, _ = Call(t.Context(), client, &Method{Name: "r#A.r#b", Idempotent: true}, nil, decodeU32)
	want := []CallInfo{
		{Service: "Echo", Method: "count", Kind: KindStream, Peer: "tcp://" + s.address, Network: "tcp", Address: s.address, Timeout: time.Hour},
		{Service: "Echo", Method: "echo", Kind: KindNotification, Peer: "tcp://" + s.address, Network: "tcp", Address: s.address, Timeout: time.Minute},
		{Service: "A", Method: "b", Peer: "tcp://" + s.address, Network: "tcp", Address: s.address, Idempotent: true, Timeout: time.Minute},
	}
	if !slices.Equal(seen, want) {
		t.Errorf("%+v, want %+v", seen, want)
	}
}

// Where a server is that was not dialled, its socket says.
func TestInterceptorsSeeWhereTheServerIs(t *testing.T) {
	for _, network := range []string{"tcp", "pipe"} {
		var seen CallInfo
		conn, peer := connect(t, network, WithInterceptors(func(_ context.Context, call CallInfo, _ func(context.Context) error) error {
			seen = call
			return nil
		}))
		if _, err := echo(t.Context(), NewClient(conn), 1); err != nil {
			t.Error(err)
		}
		if want := peer.socket.LocalAddr().String(); seen.Network != network || seen.Address != want {
			t.Errorf("%s, %s, want %s, %s", seen.Network, seen.Address, network, want)
		}
	}
}

// An interceptor can fail a call, call again, and give another context.
func TestInterceptorsDecide(t *testing.T) {
	var decide Interceptor
	s := startServer(t, (*peer).serve)
	conn := s.dial(WithInterceptors(func(ctx context.Context, call CallInfo, next func(context.Context) error) error {
		return decide(ctx, call, next)
	}))
	client := NewClient(conn)
	own := errors.New("not today")
	decide = func(context.Context, CallInfo, func(context.Context) error) error { return own }
	_, err := echo(t.Context(), client, 1)
	wantError(t, err, CodeInternal, "Echo.echo: Internal: not today")
	if !errors.Is(err, own) {
		t.Errorf("error %v has lost its cause", err)
	}
	for _, err := range count(t.Context(), client) {
		wantError(t, err, CodeInternal, "not today")
	}
	decide = func(context.Context, CallInfo, func(context.Context) error) error {
		return &Error{Code: CodePermissionDenied, Message: "no"}
	}
	_, err = echo(t.Context(), client, 1)
	wantError(t, err, CodePermissionDenied, "no")
	tries := 0
	decide = func(ctx context.Context, _ CallInfo, next func(context.Context) error) error {
		for {
			if tries++; tries == 3 {
				return next(ctx)
			}
			gone, cancel := context.WithCancel(ctx)
			cancel()
			if err := next(gone); CodeOf(err) != CodeCancelled {
				t.Errorf("error %v", err)
			}
		}
	}
	if got, err := echo(t.Context(), client, 7); got != 7 || err != nil || tries != 3 {
		t.Errorf("%d, %v after %d tries", got, err, tries)
	}
	decide = func(context.Context, CallInfo, func(context.Context) error) error { return nil }
	if got, err := echo(t.Context(), client, 7); got != 0 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

// A reader that leaves is nothing that went wrong, and gets nothing more.
func TestInterceptedStreamThatIsLeft(t *testing.T) {
	s := startServer(t, func(p *peer) {
		for {
			f := p.receive()
			if f.channel == 0 {
				return
			}
			p.send(f.channel, flagData, "\x05")
			p.send(f.channel, flagData, "\x06")
		}
	})
	var outcome error
	conn := s.dial(WithInterceptors(func(ctx context.Context, _ CallInfo, next func(context.Context) error) error {
		outcome = next(ctx)
		if again := next(ctx); again != nil {
			t.Errorf("a stream that was left went on: %v", again)
		}
		return errors.New("nobody hears this")
	}))
	for item, err := range count(t.Context(), NewClient(conn)) {
		if item != 5 || err != nil {
			t.Errorf("%d, %v", item, err)
		}
		break
	}
	if outcome != nil || conn.Stats().InFlight != 0 {
		t.Errorf("%v, %d calls are left", outcome, conn.Stats().InFlight)
	}
}

// A client can have interceptors of its own, inside those of the connection. Other clients do not have them.
func TestInterceptorsOfAClient(t *testing.T) {
	var seen []string
	note := func(name string) Interceptor {
		return func(ctx context.Context, call CallInfo, next func(context.Context) error) error {
			seen = append(seen, fmt.Sprint(name, " ", call.Name(), " ", call.Kind))
			return next(ctx)
		}
	}
	s := startServer(t, (*peer).serve)
	conn := s.dial(WithInterceptors(note("connection")))
	client := NewClient(conn, WithClientInterceptors(note("first")), WithClientInterceptors(note("second")))
	for _, c := range []*Client{client, NewClient(conn)} {
		if _, err := echo(t.Context(), c, 1); err != nil {
			t.Error(err)
		}
	}
	const call = " Echo.echo unary"
	want := []string{"connection" + call, "first" + call, "second" + call, "connection" + call}
	if !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
}
