package opentelemetry_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"rapace"
)

// outcomes are how calls can go, and what is told of them.
var outcomes = []struct {
	name   string
	run    func(ctx context.Context, client *rapace.Client) error
	method string
	// status is the code's name, failure the kind of error; either may be empty.
	status, failure string
	// description is a part of what is said of the error; empty when nothing is to be said.
	description string
}{
	{"answered", func(ctx context.Context, client *rapace.Client) error {
		return call(ctx, client, &echoMethod)
	}, "Shop/echo", "OK", "", ""},
	{"an error of the server", func(ctx context.Context, client *rapace.Client) error {
		return call(ctx, client, &failMethod)
	}, "Shop/fail", "NOT_FOUND", "NOT_FOUND", ""},
	{"a code without a name", func(ctx context.Context, client *rapace.Client) error {
		return call(ctx, client, &oddMethod)
	}, "Shop/odd", "250", "250", ""},
	{"timeout", func(ctx context.Context, client *rapace.Client) error {
		ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		return call(ctx, client, &silentMethod)
	}, "Shop/silent", "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "deadline exceeded"},
	{"cancelled", func(ctx context.Context, client *rapace.Client) error {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(time.Millisecond, cancel)
		return call(ctx, client, &silentMethod)
	}, "Shop/silent", "CANCELLED", "CANCELLED", "canceled"},
	{"lost", func(ctx context.Context, client *rapace.Client) error {
		return call(ctx, client, &hangUpMethod)
	}, "Shop/hang_up", "UNAVAILABLE", "UNAVAILABLE", "the server closed the connection"},
	{"an answer of another type", func(ctx context.Context, client *rapace.Client) error {
		_, err := rapace.Call(ctx, client, &echoMethod, encodeText("the card of Bob"), func(d *rapace.Decoder, _ *bool) error {
			_, err := d.Bool()
			return rapace.InKey(err, "the card of Bob")
		})
		return err
	}, "Shop/echo", "INTERNAL", "INTERNAL", ""},
	{"an argument that cannot be sent", func(ctx context.Context, client *rapace.Client) error {
		return rapace.Notify(ctx, client, &echoMethod, func(e *rapace.Encoder) error {
			return rapace.InKey(e.String("\xff"), "the card of Bob")
		})
	}, "Shop/echo", "INVALID_ARGUMENT", "INVALID_ARGUMENT", ""},
	{"a notification", func(ctx context.Context, client *rapace.Client) error {
		return rapace.Notify(ctx, client, &silentMethod, encodeText("the card of Bob"))
	}, "Shop/silent", "OK", "", ""},
	{"a stream that ends", func(ctx context.Context, client *rapace.Client) error {
		return read(ctx, client, &threeMethod)
	}, "Shop/three", "OK", "", ""},
	{"a stream that fails", func(ctx context.Context, client *rapace.Client) error {
		return read(ctx, client, &brokenMethod)
	}, "Shop/broken", "DATA_LOSS", "DATA_LOSS", ""},
	{"a stream that is left", func(ctx context.Context, client *rapace.Client) error {
		for range stream(ctx, client, &threeMethod) {
			break
		}
		return nil
	}, "Shop/three", "OK", "", ""},
	{"a stream whose reader panics", func(ctx context.Context, client *rapace.Client) error {
		defer func() { _ = recover() }()
		for range stream(ctx, client, &threeMethod) {
			panic("the card of Bob")
		}
		return nil
	}, "Shop/three", "", "", ""},
	{"an interceptor's own error", func(context.Context, *rapace.Client) error {
		return &ownError{}
	}, "Shop/own", "", "*opentelemetry_test.ownError", ""},
	{"an interceptor's error of a context", func(context.Context, *rapace.Client) error {
		return fmt.Errorf("no turn for Bob: %w", context.DeadlineExceeded)
	}, "Shop/own", "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", ""},
	{"an interceptor's error around one of the server", func(ctx context.Context, client *rapace.Client) error {
		return fmt.Errorf("again: %w", call(ctx, client, &failMethod))
	}, "Shop/own", "NOT_FOUND", "NOT_FOUND", ""},
}

type ownError struct{}

func (*ownError) Error() string { return "no book for Ada" }

// Each call has a span and a measurement that say how it went, and say nothing else.
func TestCalls(t *testing.T) {
	for _, test := range outcomes {
		t.Run(test.name, func(t *testing.T) {
			seen := newTelemetry(t)
			client := connect(t, seen.option())
			if test.method == "Shop/own" {
				// The error is that of an interceptor inside; what it calls is on a connection without telemetry.
				plain := connect(t)
				client = connect(t, seen.option(func(ctx context.Context, _ rapace.CallInfo, _ func(context.Context) error) error {
					return test.run(ctx, plain)
				}))
				_ = rapace.Notify(t.Context(), client, &rapace.Method{Name: "Shop.own"}, nil)
			} else if err := test.run(t.Context(), client); (err != nil) != (test.failure != "") {
				t.Errorf("error %v", err)
			}

			want := map[string]string{"rpc.system.name": "rapace", "rpc.method": test.method}
			status := codes.Unset
			if test.status != "" {
				want["rpc.status_code"] = test.status
			}
			if test.failure != "" {
				want["error.type"], status = test.failure, codes.Error
			}
			span := seen.span()
			if span.Name != test.method || span.SpanKind != trace.SpanKindClient {
				t.Errorf("span %q of the kind %v", span.Name, span.SpanKind)
			}
			if got := texts(span.Attributes); !maps.Equal(got, want) {
				t.Errorf("the span has %v, want %v", got, want)
			}
			said := span.Status.Description
			if span.Status.Code != status || (said == "") != (test.description == "") || !strings.Contains(said, test.description) {
				t.Errorf("status %+v, want %v and %q", span.Status, status, test.description)
			}
			_, points := seen.durations()
			if len(points) != 1 || points[0].Count != 1 {
				t.Fatalf("measured %+v", points)
			}
			if got := texts(points[0].Attributes.ToSlice()); !maps.Equal(got, want) {
				t.Errorf("the measurement has %v, want %v", got, want)
			}
			if took := span.EndTime.Sub(span.StartTime).Seconds(); took != points[0].Sum {
				t.Errorf("the span took %v s, the measurement says %v s", took, points[0].Sum)
			}
			for _, secret := range []string{"Bob", "Ada"} {
				if all := fmt.Sprintf("%+v %+v", span, points); strings.Contains(all, secret) {
					t.Errorf("%q is told: %s", secret, all)
				}
			}
		})
	}
}

// Interceptors inside and the call have the span as the current one, and the caller's is its parent.
func TestSpansAreNested(t *testing.T) {
	seen := newTelemetry(t)
	var inside []trace.SpanContext
	client := connect(t, seen.option(func(ctx context.Context, _ rapace.CallInfo, next func(context.Context) error) error {
		inside = append(inside, trace.SpanContextFromContext(ctx))
		if err := next(ctx); err == nil {
			return err
		}
		return next(ctx)
	}))
	ctx, outer := seen.tracer.Tracer("test").Start(t.Context(), "outer")
	if err := call(ctx, client, &failMethod); rapace.CodeOf(err) != rapace.CodeNotFound {
		t.Error(err)
	}
	// Calling again is part of the call.
	span := seen.span()
	if len(inside) != 1 || !inside[0].Equal(span.SpanContext) {
		t.Errorf("inside are %v, want %v", inside, span.SpanContext)
	}
	if !span.Parent.Equal(outer.SpanContext()) {
		t.Errorf("the parent is %v, want %v", span.Parent, outer.SpanContext())
	}
}

// The span of a stream lasts as long as the stream, and a call between two items is none of its children.
func TestStreamsLast(t *testing.T) {
	seen := newTelemetry(t)
	client := connect(t, seen.option())
	ctx, outer := seen.tracer.Tracer("test").Start(t.Context(), "outer")
	items := 0
	for _, err := range stream(ctx, client, &threeMethod) {
		if err == nil {
			err = call(ctx, client, &echoMethod)
		}
		if err != nil {
			t.Fatal(err)
		}
		if items++; len(seen.spans.GetSpans()) != items {
			t.Errorf("%d spans have ended at item %d", len(seen.spans.GetSpans()), items)
		}
	}
	spans := seen.spans.GetSpans()
	if items != 3 || len(spans) != 4 || spans[3].Name != "Shop/three" {
		t.Fatalf("%d items, spans %+v", items, spans)
	}
	for _, span := range spans {
		if !span.Parent.Equal(outer.SpanContext()) {
			t.Errorf("%s is a child of %v, want %v", span.Name, span.Parent, outer.SpanContext())
		}
	}
}

// A stream that nobody reads is no call.
func TestStreamsBeginWhenTheyAreRead(t *testing.T) {
	seen := newTelemetry(t)
	items := stream(t.Context(), connect(t, seen.option()), &threeMethod)
	if got := len(seen.spans.GetSpans()); got != 0 {
		t.Errorf("%d spans", got)
	}
	for range 2 {
		for range items {
		}
	}
	if got := len(seen.spans.GetSpans()); got != 2 {
		t.Errorf("%d spans, want 2", got)
	}
}

// What the interceptor returns is what it got.
func TestErrorsPass(t *testing.T) {
	own := errors.New("own")
	client := connect(t, newTelemetry(t).option(func(context.Context, rapace.CallInfo, func(context.Context) error) error {
		return own
	}))
	if err := call(t.Context(), client, &echoMethod); !errors.Is(err, own) {
		t.Error(err)
	}
}
