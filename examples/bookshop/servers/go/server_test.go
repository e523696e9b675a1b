package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bookshop"
	"bookshop/rapace"
)

// TestMain runs the server instead of the tests where a test starts it.
func TestMain(m *testing.M) {
	if os.Getenv("BOOKSHOP_SERVER") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// server is a server process with a fresh shop.
type server struct {
	command *exec.Cmd
	stdin   io.Closer
	address string
}

func start(t *testing.T, address string) *server {
	t.Helper()
	s := &server{command: exec.Command(os.Args[0], "--listen", address, "--until-stdin-closes")}
	s.command.Env = append(os.Environ(), "BOOKSHOP_SERVER=1")
	s.command.Stderr = os.Stderr
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
	t.Cleanup(func() { _ = s.command.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	said, found := strings.CutPrefix(line, "listening on ")
	if !found {
		t.Fatalf("the server says %q, %v", line, err)
	}
	s.address = strings.TrimSpace(said)
	return s
}

// Rust's reference client prints what it prints against the server in Rust.
func TestRustsClientPrintsWhatIsExpected(t *testing.T) {
	client := os.Getenv("BOOKSHOP_CLIENT")
	if client == "" {
		t.Fatal("BOOKSHOP_CLIENT is not set: run these tests with `cargo xtask test --only go`")
	}
	expected, err := os.ReadFile("../../expected-output.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"tcp://127.0.0.1:0", "unix://" + t.TempDir() + "/shop.sock", "ws://127.0.0.1:0/rpc"} {
		s := start(t, address)
		got, err := exec.Command(client, s.address).Output()
		if err != nil || !bytes.Equal(got, expected) {
			t.Errorf("%s: %v\n%s", address, err, got)
		}
		_ = s.stdin.Close()
		if err := s.command.Wait(); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestASignalEndsTheServerWhichRemovesItsSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.sock")
	s := start(t, "unix://"+path)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	_ = s.command.Process.Signal(syscall.SIGTERM)
	if err := s.command.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// clients returns clients of a fresh shop, connected in memory.
func clients(t *testing.T) (bookshop.CatalogClient, bookshop.OrdersClient) {
	shop := openShop()
	conn := rapace.NewHost(bookshop.ServeCatalog(shop), bookshop.ServeOrders(shop)).MemoryConn()
	t.Cleanup(func() { _ = conn.Close() })
	return bookshop.NewCatalogClient(conn), bookshop.NewOrdersClient(conn)
}

func TestASaleChangesTheStockAndACancelledOneRestoresIt(t *testing.T) {
	catalog, orders := clients(t)
	ctx := context.Background()
	stock := func(want uint32) {
		t.Helper()
		got, err := catalog.Stock(ctx, rapace.NewSet(isbnRust))
		if err != nil || got[isbnRust] != want {
			t.Errorf("%v, %v, want %d", got, err, want)
		}
	}
	order := func(copies uint32) bookshop.PlaceOutcome {
		t.Helper()
		outcome, err := orders.Place(ctx, bookshop.NewOrder{
			Customer: 8, Lines: []rapace.Tuple2[bookshop.Isbn, uint32]{{V0: isbnRust, V1: copies}},
		})
		if err != nil {
			t.Error(err)
		}
		return outcome
	}
	stock(12)
	if got, want := order(13), (bookshop.PlaceOutcomeOutOfStock{Isbn: isbnRust, Left: 12}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	placed, ok := order(12).(bookshop.PlaceOutcomePlaced)
	if !ok {
		t.Fatal("the order is not placed")
	}
	stock(0)
	refund := bookshop.CancelOutcomeCancelled{Refund: money(-12*4999, bookshop.CurrencyUsd)}
	if got, err := orders.Cancel(ctx, placed.Value.ID); got != refund || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	stock(12)
}

// A client is a handler: a shop can be served from another place.
func TestAProxy(t *testing.T) {
	catalog, _ := clients(t)
	conn := rapace.NewHost(bookshop.ServeCatalog(catalog)).MemoryConn()
	defer conn.Close()
	proxied := bookshop.NewCatalogClient(conn)
	var titles []string
	for hit, err := range proxied.Search(context.Background(), "c", 2) {
		if err != nil {
			t.Error(err)
		}
		titles = append(titles, hit.Title)
	}
	if len(titles) != 2 {
		t.Errorf("%q", titles)
	}
	for _, err := range proxied.Search(context.Background(), "", 2) {
		if rapace.CodeOf(err) != rapace.CodeInvalidArgument {
			t.Error(err)
		}
	}
	for number, err := range proxied.Ticker(context.Background(), 0) {
		if err != nil {
			t.Error(err)
		}
		if number == 3 {
			break
		}
	}
}
