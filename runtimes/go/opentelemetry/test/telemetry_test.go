package opentelemetry_test

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"rapace"
	"rapace/opentelemetry"
)

// telemetry keeps what it is told.
type telemetry struct {
	t      *testing.T
	spans  *tracetest.InMemoryExporter
	reader *metric.ManualReader
	tracer *trace.TracerProvider
	meter  *metric.MeterProvider
}

func newTelemetry(t *testing.T) *telemetry {
	spans, reader := tracetest.NewInMemoryExporter(), metric.NewManualReader()
	return &telemetry{
		t:      t,
		spans:  spans,
		reader: reader,
		tracer: trace.NewTracerProvider(trace.WithSyncer(spans)),
		meter:  metric.NewMeterProvider(metric.WithReader(reader)),
	}
}

// option makes a connection tell of its calls, before the interceptors that stand inside.
func (o *telemetry) option(inside ...rapace.Interceptor) rapace.ConnOption {
	first := opentelemetry.Interceptor(opentelemetry.WithTracerProvider(o.tracer), opentelemetry.WithMeterProvider(o.meter))
	return rapace.WithInterceptors(append([]rapace.Interceptor{first}, inside...)...)
}

// span returns the one span that has ended.
func (o *telemetry) span() tracetest.SpanStub {
	o.t.Helper()
	spans := o.spans.GetSpans()
	if len(spans) != 1 {
		o.t.Fatalf("%d spans have ended, want 1", len(spans))
	}
	return spans[0]
}

// durations returns the one metric that there is.
func (o *telemetry) durations() (metricdata.Metrics, []metricdata.HistogramDataPoint[float64]) {
	o.t.Helper()
	var all metricdata.ResourceMetrics
	if err := o.reader.Collect(o.t.Context(), &all); err != nil {
		o.t.Fatal(err)
	}
	if len(all.ScopeMetrics) != 1 || len(all.ScopeMetrics[0].Metrics) != 1 {
		o.t.Fatalf("not one metric: %+v", all.ScopeMetrics)
	}
	durations := all.ScopeMetrics[0].Metrics[0]
	histogram, ok := durations.Data.(metricdata.Histogram[float64])
	if !ok {
		o.t.Fatalf("%s is %T", durations.Name, durations.Data)
	}
	return durations, histogram.DataPoints
}

// texts returns attributes by their keys.
func texts(attributes []attribute.KeyValue) map[string]string {
	all := make(map[string]string)
	for _, a := range attributes {
		all[string(a.Key)] = a.Value.String()
	}
	return all
}
