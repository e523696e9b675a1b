package rapace

import (
	"context"
	"go/parser"
	"go/token"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Each promise of CONTRIBUTING.md names a test that is there.
func TestPromisesAreTested(t *testing.T) {
	page, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "## What is promised")
	if !found {
		t.Fatal("CONTRIBUTING.md promises nothing")
	}
	places := map[string]string{"": ".", "websocket": "websocket", "opentelemetry": "opentelemetry/test",
		"codecs": "../../generators/go/codecs/testdata", "check": "../../generators/go/codecs/check",
		"generator": "../../generators/go/tests",
		"bookshop":  "../../examples/bookshop/clients/go"}
	texts := make(map[string]string)
	for place, folder := range places {
		for _, pattern := range []string{"*_test.go", "*.rs"} {
			files, _ := filepath.Glob(filepath.Join(folder, pattern))
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				texts[place] += string(text)
			}
		}
		if texts[place] == "" {
			t.Fatalf("%s has no tests", folder)
		}
	}
	promises := 0
	name := regexp.MustCompile("`(?:([a-z]+):)?(\\w+)`")
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || strings.Contains(line, "---") || strings.Contains(line, "| held by |") {
			continue
		}
		promises++
		tests := name.FindAllStringSubmatch(cells[2], -1)
		if len(tests) == 0 {
			t.Errorf("no test holds %s", cells[1])
		}
		for _, test := range tests {
			if !strings.Contains(texts[test[1]], test[2]+"(") {
				t.Errorf("%s names %s, which is not there", cells[1], test[0])
			}
		}
	}
	if promises < 30 {
		t.Errorf("only %d promises are found", promises)
	}
}

// The core needs the standard library alone, and neither reflection nor unsafe code.
func TestImports(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range file.Imports {
			seen++
			path, _ := strconv.Unquote(imported.Path.Value)
			if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") || path == "reflect" || path == "unsafe" || path == "C" {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d imports are seen", seen)
	}
}

func TestCancelReturnsAtOnce(t *testing.T) {
	conn, peer := connect(t, "tcp")
	go peer.serveNothing()
	client := NewClient(conn)
	for name, call := range map[string]func(ctx context.Context) error{
		"call": func(ctx context.Context) error {
			_, err := echo(ctx, client, 1)
			return err
		},
		"stream": func(ctx context.Context) error {
			for _, err := range count(ctx, client) {
				return err
			}
			return nil
		},
	} {
		// A busy machine may hold up some of them.
		best := time.Hour
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			cancelled := make(chan time.Time, 1)
			time.AfterFunc(time.Millisecond, func() {
				cancelled <- time.Now()
				cancel()
			})
			wantError(t, call(ctx), CodeCancelled, "")
			best = min(best, time.Since(<-cancelled))
		}
		if best > 10*time.Millisecond {
			t.Errorf("a cancelled %s returned after %v", name, best)
		}
	}
}

// serveNothing reads what is sent, and answers nothing.
func (p *peer) serveNothing() {
	p.quiet = true
	for p.receive().flags != 0 {
	}
}

// Whatever a connection was used for, nothing is left of it when it is closed: neither goroutines nor sockets.
func TestNothingIsLeftBehind(t *testing.T) {
	s := startServer(t, (*peer).serveNothing)
	handles := func() int {
		entries, _ := os.ReadDir("/proc/self/fd")
		return len(entries)
	}
	before, open := runtime.NumGoroutine(), handles()
	for range 10 {
		for _, options := range [][]ConnOption{nil, {soon()}, {WithPool(3)}, {WithPool(3), soon()}} {
			conn := s.dial(append(options, WithStateHandler(func(State, error) {}))...)
			client := NewClient(conn, WithTimeout(5*time.Millisecond), WithIdleTimeout(5*time.Millisecond))
			_, _ = echo(t.Context(), client, 1)
			_ = notify(t.Context(), client, 1)
			next, stop := iter.Pull2(count(t.Context(), client))
			next()
			stop()
			tunnel, err := conn.OpenTunnel(2)
			if err == nil {
				_, _ = tunnel.Write([]byte("x"))
				_ = tunnel.SetDeadline(time.Now().Add(time.Hour))
				tunnel.Close()
			}
			go func() { _, _ = echo(t.Context(), NewClient(conn), 2) }()
			if s.connections() > 1 {
				s.cut()
			}
			conn.Close()
		}
	}
	for range 500 {
		s.cut() // of the last connections too, which it may have accepted only now
		if runtime.NumGoroutine() <= before && handles() <= open {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines and %d handles before, %d and %d after:\n%s", before, open, runtime.NumGoroutine(), handles(),
		stacks[:runtime.Stack(stacks, true)])
}
