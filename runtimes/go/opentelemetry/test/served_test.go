package opentelemetry_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"testing"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"rapace"
	"rapace/opentelemetry"
)

// servedOutcomes are how served calls can go, and what is recorded of them.
var servedOutcomes = []struct {
	name    string
	handle  func(ctx context.Context) error
	cancels bool // whether the caller cancels the call once it runs
	status  string
	failed  bool
}{
	{"answered", func(context.Context) error { return nil }, false, "OK", false},
	{"a status", func(context.Context) error { return rapace.Errorf(rapace.CodeNotFound, "the card of Bob") }, false, "NOT_FOUND", true},
	{"a code without a name", func(context.Context) error { return rapace.Errorf(250, "odd") }, false, "250", true},
	{"another error", func(context.Context) error { return errors.New("the card of Bob") }, false, "INTERNAL", true},
	{"a call of ours that failed", func(context.Context) error {
		return &rapace.Error{Code: rapace.CodeUnavailable, Method: "Other.one"}
	}, false, "INTERNAL", true},
	{"a panic", func(context.Context) error { panic("the card of Bob") }, false, "INTERNAL", true},
	{"cancelled", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, true, "CANCELLED", true},
}

// Each served call has a span of the kind server and a duration.
func TestServedCalls(t *testing.T) {
	for _, c := range servedOutcomes {
		t.Run(c.name, func(t *testing.T) {
			told := newTelemetry(t)
			begun, ended := make(chan trace.SpanContext, 1), make(chan bool)
			first := opentelemetry.ServerInterceptor(opentelemetry.WithTracerProvider(told.tracer), opentelemetry.WithMeterProvider(told.meter))
			outside := func(ctx context.Context, _ rapace.CallInfo, next func(context.Context) error) error {
				defer close(ended)
				return next(ctx)
			}
			method := rapace.Method{Name: "Shop.find", ID: 9}
			service := rapace.NewService("Shop", rapace.ServedMethod{Method: &method, Serve: func(ctx context.Context, r *rapace.Request) error {
				if err := r.Begin(); err != nil {
					return err
				}
				begun <- trace.SpanContextFromContext(ctx)
				return r.Done(c.handle(ctx))
			}})
			host := rapace.NewHost(service, rapace.WithServedInterceptors(outside, first))
			listener, err := host.Listen("tcp://127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error)
			go func() { served <- host.Serve(context.Background(), listener) }()
			conn, err := rapace.Dial(t.Context(), listener.Address())
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			answered := make(chan error)
			go func() {
				_, err := rapace.Call[struct{}](ctx, rapace.NewClient(conn), &method, nil, nil)
				answered <- err
			}()
			inHandler := <-begun
			if c.cancels {
				cancel()
			}
			if err := <-answered; (err != nil) != c.failed {
				t.Errorf("the caller gets %v", err)
			}
			<-ended
			checkServed(t, told, listener, c.status, c.failed, inHandler)
			_ = conn.Close()
			_ = host.Shutdown(context.Background())
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}

func checkServed(t *testing.T, told *telemetry, listener *rapace.Listener, status string, failed bool, inHandler trace.SpanContext) {
	t.Helper()
	span := told.span()
	if span.Name != "Shop/find" || span.SpanKind != trace.SpanKindServer || span.SpanContext.SpanID() != inHandler.SpanID() {
		t.Errorf("span %q of the kind %v; the handler's is another: %t", span.Name, span.SpanKind, span.SpanContext.SpanID() != inHandler.SpanID())
	}
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	want := map[string]string{
		"rpc.system.name": "rapace", "rpc.method": "Shop/find", "rpc.status_code": status, "server.address": host, "server.port": port,
	}
	wantStatus := codes.Unset
	if failed {
		want["error.type"], wantStatus = status, codes.Error
	}
	if got := texts(span.Attributes); !maps.Equal(got, want) {
		t.Errorf("attributes %v, want %v", got, want)
	}
	if span.Status.Code != wantStatus || span.Status.Description != "" {
		t.Errorf("status %v", span.Status)
	}
	metric, points := told.durations()
	if metric.Name != "rpc.server.call.duration" || metric.Unit != "s" || len(points) != 1 || points[0].Count != 1 {
		t.Errorf("%s in %s: %d points", metric.Name, metric.Unit, len(points))
	}
	if got := texts(points[0].Attributes.ToSlice()); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the duration has %v, want %v", got, want)
	}
}
