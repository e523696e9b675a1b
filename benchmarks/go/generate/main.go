// Command generate makes the code that the benchmark's peers generate, by their pinned generators: pb/ of the Protocol
// Buffers schema and the codecs of records/. It also puts what exports our codecs into the generated client package.
//
// It runs in the module's folder, after `rapace gen` has made workload/ there.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

const (
	folder = "../proto"
	schema = "workload.proto"
	module = "rapace-benchmarks"
)

// plugins are protoc's plug-ins with their parameters.
var plugins = [][2]string{
	{"protoc-gen-go", ""},
	{"protoc-gen-go-vtproto", "features=marshal+unmarshal+size"},
	{"protoc-gen-go-grpc", ""},
	{"protoc-gen-connect-go", ""},
	{"protoc-gen-go-drpc", ""},
}

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate() error {
	compiler := protocompile.Compiler{
		Resolver:       &protocompile.SourceResolver{ImportPaths: []string{folder}},
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	files, err := compiler.Compile(context.Background(), schema)
	if err != nil {
		return err
	}
	descriptor := protodesc.ToFileDescriptorProto(files[0])
	for _, plugin := range plugins {
		if err := run(plugin[0], plugin[1], descriptor); err != nil {
			return fmt.Errorf("%s: %w", plugin[0], err)
		}
	}
	msgp := exec.Command("go", "tool", "msgp", "-file", "records/records.go", "-o", "records/records_msgp.go", "-tests=false", "-io=false")
	if output, err := msgp.CombinedOutput(); err != nil {
		return fmt.Errorf("msgp: %w: %s", err, output)
	}
	codecs, err := os.ReadFile("exported_codecs.go.txt")
	if err != nil {
		return err
	}
	return os.WriteFile("workload/exported_codecs.go", codecs, 0o644)
}

// run hands the schema to a plug-in, and writes what it returns.
func run(name, parameter string, descriptor *descriptorpb.FileDescriptorProto) error {
	parameters := []string{"module=" + module}
	if parameter != "" {
		parameters = append(parameters, parameter)
	}
	request, err := proto.Marshal(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{schema},
		Parameter:      proto.String(strings.Join(parameters, ",")),
		ProtoFile:      []*descriptorpb.FileDescriptorProto{descriptor},
	})
	if err != nil {
		return err
	}
	plugin := exec.Command("go", "tool", name)
	plugin.Stdin = bytes.NewReader(request)
	plugin.Stderr = os.Stderr
	output, err := plugin.Output()
	if err != nil {
		return err
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(output, &response); err != nil {
		return err
	}
	if response.Error != nil {
		return fmt.Errorf("%s", response.GetError())
	}
	for _, file := range response.File {
		if err := os.MkdirAll(filepath.Dir(file.GetName()), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file.GetName(), []byte(file.GetContent()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
