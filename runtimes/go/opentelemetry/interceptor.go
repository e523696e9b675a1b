// Package opentelemetry records calls with OpenTelemetry: a span for each, and its duration, by the conventions for
// remote procedure calls (semantic conventions 1.45):
//
//	conn, err := rapace.Dial(ctx, address, rapace.WithInterceptors(opentelemetry.Interceptor()))
//	host := rapace.NewHost(service, rapace.WithServedInterceptors(opentelemetry.ServerInterceptor()))
//
// It is a separate package so that a program without OpenTelemetry does not need its library. A trace ends at the
// client, and another begins at the host: the frames of rapace 0.5 have no field for a span.
package opentelemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"

	"rapace"
)

const (
	// scope is the name of the tracer and of the meter, wherever this package has been written.
	scope = "rapace/opentelemetry"
	// version is that of the runtime.
	version = "0.1.0"
)

type providers struct {
	tracer trace.TracerProvider
	meter  metric.MeterProvider
}

// Option is an option of [Interceptor] and [ServerInterceptor].
type Option func(*providers)

// WithTracerProvider sets the provider for spans. The default is the global provider.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return func(p *providers) { p.tracer = provider }
}

// WithMeterProvider sets the provider for durations. The default is the global provider.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return func(p *providers) { p.meter = provider }
}

// Interceptor returns an interceptor that gives every call a span of the kind client, and measures its duration as
// rpc.client.call.duration. It should be the first interceptor, so that its span includes what the others do, such as
// calling again. Their contexts and that of the call have the span. The span of a stream ends when the stream ends,
// fails, or is left, which is no error. The span of a notification ends when it is sent. Tunnels have no span.
//
// Spans and measurements have the name of the method, the kind of error and the server's address. They never have an
// argument, an answer, or the server's text of an error.
func Interceptor(options ...Option) rapace.Interceptor {
	t := newTelemetry(trace.SpanKindClient, options, "rpc.client.call.duration",
		"Measures the duration of an outgoing Remote Procedure Call (RPC).")
	// Without a code when next does not return, because the reader of a stream panics or ends its goroutine.
	t.unknown, t.outcome = outcome{}, outcomeOf
	return t.intercept
}

// ServerInterceptor returns an interceptor that gives every served call a span of the kind server, and measures its
// duration as rpc.server.call.duration. It should be the first of the served interceptors, so that its span includes
// what the others do. Their contexts and that of the handler have the span. The span of a stream ends when the last item
// has been handed over.
//
// Spans and measurements have the name of the method, the kind of error, and this side's address. They never have an
// argument, an answer, or the text of an error.
func ServerInterceptor(options ...Option) rapace.Interceptor {
	t := newTelemetry(trace.SpanKindServer, options, "rpc.server.call.duration",
		"Measures the duration of an incoming Remote Procedure Call (RPC).")
	// When next does not return, because the handler panics, the caller gets this code.
	t.unknown, t.outcome = failure(rapace.CodeInternal), outcomeOfServed
	return t.intercept
}

func newTelemetry(kind trace.SpanKind, options []Option, histogram, description string) *telemetry {
	p := providers{otel.GetTracerProvider(), otel.GetMeterProvider()}
	for _, option := range options {
		option(&p)
	}
	meter := p.meter.Meter(scope, metric.WithInstrumentationVersion(version))
	return &telemetry{
		kind:     kind,
		tracer:   p.tracer.Tracer(scope, trace.WithInstrumentationVersion(version)),
		duration: durations(meter, histogram, description),
	}
}

// durations returns a histogram of the conventions.
func durations(meter metric.Meter, name, description string) metric.Float64Histogram {
	histogram, err := meter.Float64Histogram(name,
		metric.WithUnit("s"),
		metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10))
	if err != nil {
		otel.Handle(err)
		return noop.Float64Histogram{}
	}
	return histogram
}

type telemetry struct {
	kind     trace.SpanKind
	tracer   trace.Tracer
	duration metric.Float64Histogram
	// unknown is the outcome of a call that does not return, and outcome returns that of any other.
	unknown outcome
	outcome func(context.Context, error) outcome
}

func (t *telemetry) intercept(ctx context.Context, call rapace.CallInfo, next func(context.Context) error) error {
	name := methodName(call)
	about := describe(call, name)
	begin := time.Now()
	ctx, span := t.tracer.Start(ctx, name,
		trace.WithSpanKind(t.kind), trace.WithTimestamp(begin), trace.WithAttributes(about...))
	how := t.unknown
	defer func() {
		took := time.Since(begin)
		all := how.appendTo(about)
		if t.duration.Enabled(ctx) {
			t.duration.Record(ctx, took.Seconds(), metric.WithAttributes(all...))
		}
		span.SetAttributes(all[len(about):]...)
		if how.failure != "" {
			span.SetStatus(codes.Error, how.description)
		}
		span.End(trace.WithTimestamp(begin.Add(took)))
	}()
	err := next(ctx)
	how = t.outcome(ctx, err)
	return err
}
