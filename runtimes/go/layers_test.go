package rapace

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// layers are the files from the bottom up: a file mentions nothing that a later layer declares. The package is one, so
// that it can be copied next to generated code. This test is what keeps it in order.
var layers = []struct {
	name  string
	files []string
}{
	{"errors", []string{"doc.go", "errors.go", "limits.go", "quote.go"}},
	{"postcard", []string{
		"int128.go", "json.go", "json_scalars.go", "json_containers.go", "json_values.go", "json_tuples.go", "known.go",
		"values.go", "option.go", "path.go", "text.go", "words.go",
		"encoder.go", "decoder.go", "decoder_bounds.go", "lists.go",
	}},
	{"frame", []string{"frame.go"}},
	{"session", []string{
		"session_event.go", "session_stale.go", "session_calls.go", "session_served.go", "session_tunnels.go", "session.go",
	}},
	{"transport", []string{
		"address.go", "transport.go",
		"transport_linux.go", "transport_other.go", "transport_unix.go", "transport_nonunix.go",
	}},
	{"wire", []string{
		"inbox.go", "exchange.go",
		"served_context.go",
		"wire.go", "wire_deadline.go", "wire_nudge.go", "wire_pressure.go", "wire_read.go", "wire_served.go", "wire_tunnel.go",
		"wire_write.go",
	}},
	{"calls", []string{
		"method.go", "incoming.go", "call.go", "interceptor.go", "tunnel.go", "tunnel_deadline.go",
	}},
	{"handlers", []string{"served_call.go", "served_errors.go", "request.go", "service.go", "handlers.go"}},
	{"connection", []string{
		"backoff.go", "dial_race.go", "dial.go", "state.go", "options.go", "conn.go", "pool.go", "reconnect.go",
		"served_conn.go",
	}},
	{"host", []string{"host_options.go", "host.go", "host_unix.go", "host_listen.go"}},
	{"codegen", []string{"client.go", "client_intercepted.go", "codegen.go"}},
}

// circles are the groups of files that mention one another, each with its reason. Any other circle is an error.
var circles = map[string]string{
	"conn.go pool.go reconnect.go": "the methods of Conn",
	"wire.go wire_deadline.go wire_nudge.go wire_pressure.go wire_read.go wire_served.go wire_write.go": "the methods of wire",
}

// noImports makes every import fail: only what the package itself declares matters.
type noImports struct{}

func (noImports) Import(string) (*types.Package, error) {
	return nil, errors.New("not needed")
}

func TestLayers(t *testing.T) {
	rank := make(map[string]int)
	for i, layer := range layers {
		for _, file := range layer.files {
			rank[file] = i
		}
	}
	mentions := mentionsOfFiles(t)
	for from := range mentions {
		if _, ok := rank[from]; !ok {
			t.Errorf("%s is in no layer", from)
		}
	}
	for file := range rank {
		if mentions[file] == nil {
			t.Errorf("%s is in a layer and does not exist", file)
		}
	}
	count := 0
	for from, all := range mentions {
		for to, names := range all {
			count++
			if rank[to] > rank[from] {
				t.Errorf("%s, of the layer %s, mentions %s of %s, of the layer %s",
					from, layers[rank[from]].name, names[0], to, layers[rank[to]].name)
			}
		}
	}
	if count < 100 {
		t.Errorf("only %d mentions were found: the test sees too little", count)
	}
	found := make(map[string]bool)
	for _, circle := range circlesOf(mentions) {
		name := strings.Join(circle, " ")
		found[name] = true
		if circles[name] == "" {
			t.Errorf("these files mention one another: %s", name)
		}
	}
	for name := range circles {
		if !found[name] {
			t.Errorf("this exception is not needed: %s", name)
		}
	}
	fmt.Printf("layers of go: %d files in %d layers, %d exceptions\n", len(mentions), len(layers), len(circles))
}

// mentionsOfFiles returns for each file which names it mentions of which other file.
func mentionsOfFiles(t *testing.T) map[string]map[string][]string {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	mentions := make(map[string]map[string][]string)
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		mentions[name] = make(map[string][]string)
	}
	uses := make(map[*ast.Ident]types.Object)
	config := types.Config{Importer: noImports{}, Error: func(error) {}}
	pkg, _ := config.Check("rapace", set, files, &types.Info{Uses: uses})
	for ident, object := range uses {
		if object.Pkg() != pkg || !object.Pos().IsValid() {
			continue
		}
		// Methods and fields too: a type may have them in several files.
		from, to := set.Position(ident.Pos()).Filename, set.Position(object.Pos()).Filename
		if from != to {
			mentions[from][to] = append(mentions[from][to], object.Name())
		}
	}
	return mentions
}

// circlesOf returns the groups of files of which each reaches each other by mentions. Files and groups are sorted.
func circlesOf(mentions map[string]map[string][]string) (found [][]string) {
	reached := make(map[string]map[string]bool)
	for file := range mentions {
		seen := make(map[string]bool)
		for left := []string{file}; len(left) > 0; {
			at := left[len(left)-1]
			left = left[:len(left)-1]
			for to := range mentions[at] {
				if !seen[to] {
					seen[to] = true
					left = append(left, to)
				}
			}
		}
		reached[file] = seen
	}
	done := make(map[string]bool)
	for _, file := range slices.Sorted(maps.Keys(mentions)) {
		if done[file] || !reached[file][file] {
			continue
		}
		var circle []string
		for _, other := range slices.Sorted(maps.Keys(reached[file])) {
			if reached[other][file] {
				circle = append(circle, other)
				done[other] = true
			}
		}
		found = append(found, circle)
	}
	return found
}
