package check

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	list    = "../../../hostile/names.txt"
	runtime = "../../../../runtimes/go"
)

// The list of hostile names has all that mean something to Go or to its runtime.
func TestNoNameIsMissingInTheList(t *testing.T) {
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line[0] != '#' && line[0] != '!' {
			for name := range strings.FieldsSeq(line) {
				listed[name] = true
			}
		}
	}
	wanted := types.Universe.Names()
	for word := token.ILLEGAL; word <= token.TILDE; word++ {
		if word.IsKeyword() {
			wanted = append(wanted, word.String())
		}
	}
	own := exported(t)
	for _, known := range []string{"Conn", "Dial", "CodeOK", "StateClosed", "DefaultTimeout", "ErrClosed", "Handshake"} {
		if !slices.Contains(own, known) {
			t.Errorf("%s is not found in the runtime", known)
		}
	}
	for _, name := range append(wanted, own...) {
		if !listed[name] {
			t.Errorf("add %s to generators/hostile/names.txt", name)
		}
	}
}

// exported returns what the runtime's packages declare for others.
func exported(t *testing.T) (names []string) {
	err := filepath.WalkDir(runtime, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.FileExports(file)
		for _, declaration := range file.Decls {
			switch declaration := declaration.(type) {
			case *ast.FuncDecl:
				if declaration.Recv == nil {
					names = append(names, declaration.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range declaration.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						names = append(names, spec.Name.Name)
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							names = append(names, name.Name)
						}
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
