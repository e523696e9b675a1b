package opentelemetry_test

import (
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"rapace"
	"rapace/opentelemetry"
)

func TestDurations(t *testing.T) {
	seen := newTelemetry(t)
	client := connect(t, seen.option())
	for range 3 {
		if err := call(t.Context(), client, &echoMethod); err != nil {
			t.Fatal(err)
		}
	}
	durations, points := seen.durations()
	if durations.Name != "rpc.client.call.duration" || durations.Unit != "s" || durations.Description == "" {
		t.Errorf("%+v", durations)
	}
	bounds := []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	if len(points) != 1 || points[0].Count != 3 || !slices.Equal(points[0].Bounds, bounds) {
		t.Errorf("%+v", points)
	}
}

// Where the server is, in the conventions' words: the path of a Unix socket has no port.
func TestServers(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	// Below the system's folder, for the path of a socket must be short.
	folder, err := os.MkdirTemp("", "rapace")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "socket")
	unix, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(tcp.Addr().(*net.TCPAddr).Port)
	for _, test := range []struct {
		listener net.Listener
		want     map[string]string
	}{
		{tcp, map[string]string{"server.address": "127.0.0.1", "server.port": port}},
		{unix, map[string]string{"server.address": path}},
	} {
		seen := newTelemetry(t)
		client := rapace.NewClient(dial(t, test.listener, seen.option()))
		if err := call(t.Context(), client, &echoMethod); err != nil {
			t.Fatal(err)
		}
		maps.Copy(test.want, map[string]string{"rpc.system.name": "rapace", "rpc.method": "Shop/echo", "rpc.status_code": "OK"})
		if got := texts(seen.span().Attributes); !maps.Equal(got, test.want) {
			t.Errorf("the span has %v, want %v", got, test.want)
		}
		_, points := seen.durations()
		if got := texts(points[0].Attributes.ToSlice()); !maps.Equal(got, test.want) {
			t.Errorf("the measurement has %v, want %v", got, test.want)
		}
	}
}

func TestScope(t *testing.T) {
	seen := newTelemetry(t)
	if err := call(t.Context(), connect(t, seen.option()), &echoMethod); err != nil {
		t.Fatal(err)
	}
	var all metricdata.ResourceMetrics
	if err := seen.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	span, metrics := seen.span().InstrumentationScope, all.ScopeMetrics[0].Scope
	if span != metrics || span.Name != "rapace/opentelemetry" || span.Version == "" {
		t.Errorf("%+v of spans, %+v of metrics", span, metrics)
	}
}

// Without a provider the global one is told.
func TestGlobalProviders(t *testing.T) {
	seen := newTelemetry(t)
	otel.SetTracerProvider(seen.tracer)
	otel.SetMeterProvider(seen.meter)
	defer otel.SetTracerProvider(tracenoop.NewTracerProvider())
	defer otel.SetMeterProvider(metricnoop.NewMeterProvider())
	client := connect(t, rapace.WithInterceptors(opentelemetry.Interceptor()))
	if err := call(t.Context(), client, &echoMethod); err != nil {
		t.Fatal(err)
	}
	if _, points := seen.durations(); points[0].Count != 1 || seen.span().Name != "Shop/echo" {
		t.Errorf("%+v", points)
	}
}

// brokenMeters refuses every instrument.
type brokenMeters struct{ metricnoop.MeterProvider }

type brokenMeter struct{ metricnoop.Meter }

var errNoInstrument = errors.New("no instrument")

func (brokenMeters) Meter(string, ...metric.MeterOption) metric.Meter { return brokenMeter{} }

func (brokenMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return nil, errNoInstrument
}

// Without an instrument calls go on; OpenTelemetry's own handler of errors hears of it.
func TestNoInstrument(t *testing.T) {
	var heard error
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { heard = err }))
	interceptor := opentelemetry.Interceptor(opentelemetry.WithMeterProvider(brokenMeters{}))
	if err := call(t.Context(), connect(t, rapace.WithInterceptors(interceptor)), &echoMethod); err != nil || heard != errNoInstrument {
		t.Errorf("%v, %v", err, heard)
	}
}
