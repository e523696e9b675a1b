package main

import (
	"bookshop"
	"bookshop/rapace"
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is a bookshop of the test's own, fresh and free to be killed.
type server struct {
	command *exec.Cmd
	stdin   io.Closer
	// The addresses of its host on TCP, and of its plain servers.
	host, plainCatalog, plainOrders string
}

func startServer(t *testing.T) *server {
	t.Helper()
	path := os.Getenv("BOOKSHOP_SERVER")
	if path == "" {
		t.Fatal("BOOKSHOP_SERVER must name the server's binary: `cargo xtask test --only go` sets it")
	}
	s := &server{command: exec.Command(path, "--listen", "tcp://127.0.0.1:0", "--plain-catalog", "tcp://127.0.0.1:0",
		"--plain-orders", "tcp://127.0.0.1:0", "--until-stdin-closes")}
	stdin, err := s.command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.stdin = stdin
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	lines := bufio.NewScanner(stdout)
	for _, address := range []*string{&s.host, &s.plainCatalog, &s.plainOrders} {
		if !lines.Scan() {
			t.Fatal("the server listens at fewer addresses than it was asked to")
		}
		*address = lines.Text()[strings.LastIndex(lines.Text(), " ")+1:]
	}
	return s
}

// kill ends the server at once, as a crash would.
func (s *server) kill() {
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
	_ = s.stdin.Close()
}

// address returns what the environment names: the shared servers that the tests run against.
func address(t *testing.T, variable string) string {
	t.Helper()
	address := os.Getenv(variable)
	if address == "" {
		t.Fatalf("%s must name a running server: `cargo xtask test --only go` sets it", variable)
	}
	return address
}

func dial(t *testing.T, address string, options ...rapace.ConnOption) *rapace.Conn {
	t.Helper()
	conn, err := rapace.Dial(t.Context(), address, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func catalogAt(t *testing.T, variable string) bookshop.CatalogClient {
	t.Helper()
	return bookshop.NewCatalogClient(dial(t, address(t, variable)))
}

// mustAnswer proves that the connection is alive and that its answers are not shifted.
func mustAnswer(t *testing.T, catalog bookshop.CatalogClient) {
	t.Helper()
	outcome, err := catalog.Find(t.Context(), isbnUnknown)
	if _, ok := outcome.(bookshop.FindOutcomeNotFound); !ok || err != nil {
		t.Fatalf("Find after it all: %v, %v", outcome, err)
	}
	greeting, err := catalog.Greeting(t.Context())
	if !strings.HasPrefix(greeting, "Welcome") || err != nil {
		t.Fatalf("Greeting after it all: %q, %v", greeting, err)
	}
}

func TestDemoPrintsWhatRustPrints(t *testing.T) {
	want, err := os.ReadFile("../../expected-output.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := run(t.Context(), startServer(t).host, &got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("printed\n%s\nwant\n%s", got.Bytes(), want)
	}
}

func TestEveryKindOfServer(t *testing.T) {
	for _, variable := range []string{"BOOKSHOP_TCP", "BOOKSHOP_UNIX", "BOOKSHOP_PLAIN_CATALOG"} {
		t.Run(variable, func(t *testing.T) {
			catalog := catalogAt(t, variable)
			outcome, err := catalog.Find(t.Context(), isbnC)
			found, ok := outcome.(bookshop.FindOutcomeFound)
			if !ok || err != nil || found.Value.Shelf != 'K' {
				t.Errorf("Find: %v, %v", outcome, err)
			}
			titles := 0
			for book, err := range catalog.Newest(t.Context()) {
				if err != nil || book.Title == "" {
					t.Fatalf("Newest: %v, %v", book, err)
				}
				titles++
			}
			if titles != 6 {
				t.Errorf("Newest sent %d books, want 6", titles)
			}
			scan, err := catalog.Scan(t.Context(), isbnC, 3_000_000)
			if len(scan) != 3_000_000 || err != nil {
				t.Errorf("Scan: %d bytes, %v", len(scan), err)
			}
			for _, err := range catalog.Search(t.Context(), "", 1) {
				wantRemote(t, err, rapace.CodeInvalidArgument, "nothing to search for")
			}
			mustAnswer(t, catalog)
		})
	}
}

func TestPlainOrders(t *testing.T) {
	orders := bookshop.NewOrdersClient(dial(t, address(t, "BOOKSHOP_PLAIN_ORDERS")))
	if err := orders.Touch(t.Context()); err != nil {
		t.Error("Touch:", err)
	}
	beats := 0
	for _, err := range orders.Heartbeats(t.Context(), 3, 0) {
		if err != nil {
			t.Fatal("Heartbeats:", err)
		}
		beats++
	}
	if beats != 3 {
		t.Errorf("%d heartbeats, want 3", beats)
	}
	for _, err := range orders.Watch(t.Context(), 999, 0) {
		wantRemote(t, err, rapace.CodeNotFound, "no order 999")
	}
	audit, err := orders.Audit(t.Context(), highest)
	if err != nil || audit.Figures != highest {
		t.Errorf("Audit: %+v, %v", audit, err)
	}
}

func wantRemote(t *testing.T, err error, code rapace.Code, message string) {
	t.Helper()
	var failed *rapace.Error
	if !errors.As(err, &failed) || failed.Code != code || failed.Message != message || !failed.Remote {
		t.Errorf("error %v, want the server's %v: %s", err, code, message)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v looks like one of this side's contexts", err)
	}
}

// wrapped hides that a socket is one of TCP: it gets the cure that works on every system.
var wrapped = rapace.WithDialer(func(ctx context.Context, network, address string) (net.Conn, error) {
	socket, err := new(net.Dialer).DialContext(ctx, network, address)
	return struct{ net.Conn }{socket}, err
})

// A plain server writes each frame in three parts, and waits for an acknowledgement between them.
func TestPlainServersAnswerAtOnce(t *testing.T) {
	for _, server := range []struct {
		name, variable string
		options        []rapace.ConnOption
	}{
		{"plain", "BOOKSHOP_PLAIN_CATALOG", nil},
		{"plain, wrapped socket", "BOOKSHOP_PLAIN_CATALOG", []rapace.ConnOption{wrapped}},
		{"host", "BOOKSHOP_TCP", nil},
		{"host, wrapped socket", "BOOKSHOP_TCP", []rapace.ConnOption{wrapped}},
		{"host, Unix socket", "BOOKSHOP_UNIX", nil},
	} {
		catalog := bookshop.NewCatalogClient(dial(t, address(t, server.variable), server.options...))
		var times []time.Duration
		for range 50 {
			start := time.Now()
			if _, err := catalog.Find(t.Context(), isbnC); err != nil {
				t.Fatal(err)
			}
			times = append(times, time.Since(start))
		}
		slices.Sort(times)
		median := times[len(times)/2]
		t.Logf("%s: median %v, slowest %v", server.name, median, times[len(times)-1])
		if median > 10*time.Millisecond {
			t.Errorf("%s: the median of 50 calls takes %v", server.name, median)
		}
	}
}

// Nor do the items of a stream wait for one another's acknowledgement.
func TestPlainServersStreamAtOnce(t *testing.T) {
	server := startServer(t)
	for name, options := range map[string][]rapace.ConnOption{"TCP socket": nil, "wrapped socket": {wrapped}} {
		catalog := bookshop.NewCatalogClient(dial(t, server.plainCatalog, options...))
		// A busy machine makes some tries late; acknowledgements that are waited for make all of them late.
		late := 30
		for try := 0; late > 4 && try < 10; try++ {
			late = lateItems(t, catalog)
			t.Logf("%s: %d of 30 items were late", name, late)
		}
		if late > 4 {
			t.Errorf("%s: %d of 30 items were late", name, late)
		}
	}
}

// lateItems counts the items of a stream that come so late that something was waited for.
func lateItems(t *testing.T, catalog bookshop.CatalogClient) (late int) {
	t.Helper()
	last := time.Now()
	for tick, err := range catalog.Ticker(t.Context(), 15) {
		if err != nil {
			t.Fatal(err)
		}
		// An acknowledgement that is waited for comes after 40 ms, and several items with it.
		if time.Since(last) > 30*time.Millisecond {
			late++
		}
		if last = time.Now(); tick == 30 {
			break
		}
	}
	return late
}

func TestCancelledCallReturnsAtOnce(t *testing.T) {
	for _, variable := range []string{"BOOKSHOP_TCP", "BOOKSHOP_PLAIN_CATALOG"} {
		catalog := catalogAt(t, variable)
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("no interest any more")
		var cancelled time.Time
		time.AfterFunc(20*time.Millisecond, func() {
			cancelled = time.Now()
			cancel(cause)
		})
		_, err := catalog.Restock(ctx, isbnC, 0, 300)
		took := time.Since(cancelled)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || rapace.CodeOf(err) != rapace.CodeCancelled {
			t.Errorf("error %v, want that of the context", err)
		}
		if took > 10*time.Millisecond {
			t.Errorf("the call returned %v after it was cancelled", took)
		}
		// A plain server still works on the cancelled call, and its late answer belongs to nobody.
		mustAnswer(t, catalog)
	}
}

func TestTimeouts(t *testing.T) {
	conn := dial(t, address(t, "BOOKSHOP_TCP"))
	short := bookshop.NewCatalogClient(conn, rapace.WithTimeout(20*time.Millisecond))
	_, err := short.Restock(t.Context(), isbnC, 0, 60_000)
	wantDeadline(t, err)

	start := time.Now()
	quick := bookshop.NewCatalogClient(conn, rapace.WithIdleTimeout(20*time.Millisecond))
	for _, err := range quick.Ticker(t.Context(), 60_000) {
		wantDeadline(t, err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the stream's idle timeout took %v", took)
	}
	// The idle timeout starts again with each item. The client's timeout does not apply: all items together take
	// longer.
	patient := bookshop.NewCatalogClient(conn, rapace.WithTimeout(time.Second), rapace.WithIdleTimeout(time.Second))
	ticks := 0
	for _, err := range patient.Ticker(t.Context(), 100) {
		if err != nil {
			t.Fatal(err)
		}
		if ticks++; ticks == 15 {
			break
		}
	}

	// A deadline of the context takes the place of the client's timeout, shorter or longer.
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := short.Restock(ctx, isbnC, 0, 100); err != nil {
		t.Error("within the context's deadline:", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	catalog := bookshop.NewCatalogClient(conn)
	_, err = catalog.Restock(ctx, isbnC, 0, 60_000)
	wantDeadline(t, err)
	_, err = catalog.Greeting(ctx)
	wantDeadline(t, err)
	mustAnswer(t, catalog)
}

func wantDeadline(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, context.DeadlineExceeded) || rapace.CodeOf(err) != rapace.CodeDeadlineExceeded {
		t.Errorf("error %v, want DeadlineExceeded of this side", err)
	}
}

func TestThousandsOfCallsAtOnce(t *testing.T) {
	catalog := catalogAt(t, "BOOKSHOP_TCP")
	const calls = 5000
	failures := make([]error, calls)
	var group sync.WaitGroup
	start := time.Now()
	for i := range calls {
		group.Go(func() {
			if i%10 == 0 {
				// Some of them are cancelled on their way.
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*time.Millisecond)
				defer cancel()
				_, _ = catalog.Restock(ctx, isbnC, 0, 5)
				return
			}
			page, err := catalog.List(t.Context(), nil, uint64(i), 1)
			if err == nil && page.Total != 6 {
				err = errors.New("another call's answer")
			}
			failures[i] = err
		})
	}
	group.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d calls at once in %v", calls, time.Since(start))
	mustAnswer(t, catalog)
}

func TestStreamsAreLeftAndCancelled(t *testing.T) {
	for _, variable := range []string{"BOOKSHOP_TCP", "BOOKSHOP_UNIX"} {
		catalog := catalogAt(t, variable)
		for range 3 {
			next := uint64(0)
			for tick, err := range catalog.Ticker(t.Context(), 0) {
				if err != nil || tick != next {
					t.Fatalf("tick %d, %v, want %d", tick, err, next)
				}
				// A call within the loop, while the stream runs on.
				if next == 10 {
					mustAnswer(t, catalog)
				}
				if next++; next == 1000 {
					break
				}
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var last error
		for tick, err := range catalog.Ticker(ctx, 1) {
			if tick == 3 {
				cancel()
			}
			last = err
		}
		cancel()
		if !errors.Is(last, context.Canceled) {
			t.Errorf("a cancelled stream ended with %v", last)
		}
		mustAnswer(t, catalog)
	}
}

func TestDeathOfTheServer(t *testing.T) {
	server := startServer(t)
	conn := dial(t, server.host)
	catalog := bookshop.NewCatalogClient(conn)
	mustAnswer(t, catalog)

	failures := make(chan error, 101)
	for range 100 {
		go func() {
			_, err := catalog.Restock(context.Background(), isbnC, 0, 60_000)
			failures <- err
		}()
	}
	ticking := make(chan struct{})
	go func() {
		var last error
		for tick, err := range catalog.Ticker(context.Background(), 1) {
			if tick == 3 {
				close(ticking)
			}
			last = err
		}
		failures <- last
	}()
	<-ticking
	killed := time.Now()
	server.kill()
	for range cap(failures) {
		if err := <-failures; rapace.CodeOf(err) != rapace.CodeUnavailable {
			t.Errorf("error %v, want Unavailable", err)
		}
	}
	if took := time.Since(killed); took > 5*time.Second {
		t.Errorf("the calls failed %v after the server's death", took)
	}
	if _, err := catalog.Greeting(t.Context()); rapace.CodeOf(err) != rapace.CodeUnavailable {
		t.Errorf("a call after the server's death: %v, want Unavailable", err)
	}
}

func TestCloseFailsCallsInFlight(t *testing.T) {
	conn := dial(t, address(t, "BOOKSHOP_TCP"))
	catalog := bookshop.NewCatalogClient(conn)
	failed := make(chan error)
	go func() {
		_, err := catalog.Restock(context.Background(), isbnC, 0, 60_000)
		failed <- err
	}()
	time.Sleep(20 * time.Millisecond)
	conn.Close()
	conn.Close()
	if err := <-failed; !errors.Is(err, rapace.ErrClosed) {
		t.Errorf("a call in flight: %v, want ErrClosed", err)
	}
	if _, err := catalog.Greeting(t.Context()); !errors.Is(err, rapace.ErrClosed) {
		t.Errorf("a later call: %v, want ErrClosed", err)
	}
}

func TestAnswerBeyondTheLimitEndsTheConnection(t *testing.T) {
	conn := dial(t, address(t, "BOOKSHOP_TCP"), rapace.WithLimits(rapace.Limits{MaxFrameBytes: 1 << 20}))
	catalog := bookshop.NewCatalogClient(conn)
	if scan, err := catalog.Scan(t.Context(), isbnC, 1<<20-100); err != nil || len(scan) != 1<<20-100 {
		t.Fatalf("below the limit: %d bytes, %v", len(scan), err)
	}
	_, err := catalog.Scan(t.Context(), isbnC, 1<<20)
	var protocol *rapace.ProtocolError
	if !errors.As(err, &protocol) || rapace.CodeOf(err) != rapace.CodeUnavailable {
		t.Errorf("error %v, want a protocol error", err)
	}
}

func TestValuesAreRefusedBeforeTheyAreSent(t *testing.T) {
	conn := dial(t, address(t, "BOOKSHOP_TCP"))
	orders := bookshop.NewOrdersClient(conn)
	lines := []rapace.Tuple2[bookshop.Isbn, uint32]{{V0: isbnC}, {V0: "\xff"}}
	_, err := orders.Place(t.Context(), bookshop.NewOrder{Lines: lines})
	var refused *rapace.EncodeError
	if !errors.As(err, &refused) || refused.Path != "order.lines[1].0" {
		t.Errorf("error %v, want one about order.lines[1].0", err)
	}
	if rapace.CodeOf(err) != rapace.CodeInvalidArgument {
		t.Errorf("error %v, want InvalidArgument", err)
	}
	_, err = orders.Audit(t.Context(), bookshop.Figures{Initial: 0xd800})
	if !errors.As(err, &refused) || refused.Path != "figures.initial" {
		t.Errorf("error %v, want one about figures.initial", err)
	}
	mustAnswer(t, bookshop.NewCatalogClient(conn))
}

func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		conn, err := rapace.Dial(t.Context(), address(t, "BOOKSHOP_TCP"))
		if err != nil {
			t.Fatal(err)
		}
		catalog := bookshop.NewCatalogClient(conn)
		for tick, err := range catalog.Ticker(t.Context(), 0) {
			if err != nil || tick == 5 {
				break
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_, _ = catalog.Restock(ctx, isbnC, 0, 60_000)
		cancel()
		conn.Close()
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
}
