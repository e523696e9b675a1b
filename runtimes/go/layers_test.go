package rapace

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"strings"
	"testing"
)

// layers are the files from the bottom up: a file mentions nothing that a later layer declares. The package is one, so
// that it can be copied beside generated code; this is what keeps it in order.
var layers = [][]string{
	{"doc.go"},
	{"errors.go", "limits.go", "quote.go"},
	{"int128.go", "values.go", "path.go", "text.go", "varint.go", "encoder.go", "decoder.go", "decoder_bounds.go", "lists.go"},
	{"frame.go"},
	{"session.go"},
	{"address.go"},
	{"transport.go", "transport_linux.go", "transport_other.go", "transport_unix.go", "transport_nonunix.go"},
	{
		"options.go", "dial.go", "dial_race.go", "state.go", "reconnect.go", "choose.go", "conn.go", "pressure.go", "link.go", "link_read.go",
		"link_nudge.go", "link_write.go", "link_time.go", "call.go", "deadline.go", "tunnel.go", "interceptor.go", "codegen.go",
	},
}

// noImports makes every import fail: only what the package itself declares is of interest.
type noImports struct{}

func (noImports) Import(string) (*types.Package, error) {
	return nil, errors.New("not needed")
}

func TestLayers(t *testing.T) {
	rank := make(map[string]int)
	for i, layer := range layers {
		for _, file := range layer {
			rank[file] = i
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if _, ok := rank[name]; !ok {
			t.Errorf("%s is in no layer", name)
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	uses := make(map[*ast.Ident]types.Object)
	config := types.Config{Importer: noImports{}, Error: func(error) {}}
	pkg, _ := config.Check("rapace", set, files, &types.Info{Uses: uses})
	mentions := 0
	for ident, object := range uses {
		if object.Parent() != pkg.Scope() {
			continue
		}
		mentions++
		from, to := set.Position(ident.Pos()).Filename, set.Position(object.Pos()).Filename
		if rank[to] > rank[from] {
			t.Errorf("%s mentions %s of %s, a later layer", from, object.Name(), to)
		}
	}
	if mentions < 100 {
		t.Errorf("only %d mentions were found: the test sees too little", mentions)
	}
}
