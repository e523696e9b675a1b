package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// service is what is generated for a handler.
type service struct {
	serve   string            // the function that serves a handler
	handler string            // the interface of a handler
	wire    map[string]string // the names of its methods on the wire
}

// servicesOf returns the services, with these names of methods on the wire by their variables.
func servicesOf(files []*ast.File, variables map[string]string) (services []service) {
	for _, file := range files {
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Recv != nil || function.Type.Results == nil {
				continue
			}
			if types.ExprString(function.Type.Results.List[0].Type) != "*rapace.Service" {
				continue
			}
			one := service{
				serve:   function.Name.Name,
				handler: types.ExprString(function.Type.Params.List[0].Type),
				wire:    map[string]string{},
			}
			ast.Inspect(function.Body, func(node ast.Node) bool {
				if literal, ok := node.(*ast.CompositeLit); ok {
					if name, method := servedMethod(literal); name != "" {
						one.wire[name] = variables[method]
					}
				}
				return true
			})
			services = append(services, one)
		}
	}
	return services
}

// servedMethod returns the names of a served method and of the variable that describes it.
func servedMethod(literal *ast.CompositeLit) (name, variable string) {
	for _, element := range literal.Elts {
		entry, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return "", ""
		}
		switch value := entry.Value.(type) {
		case *ast.UnaryExpr:
			variable = types.ExprString(value.X)
		case *ast.SelectorExpr:
			name = value.Sel.Name
		}
	}
	return name, variable
}

// printHandlers prints a handler for each service, which asks the testee what it does.
func printHandlers(files []*ast.File, services []service) {
	interfaces := map[string]*ast.InterfaceType{}
	for _, file := range files {
		ast.Inspect(file, func(node ast.Node) bool {
			if definition, ok := node.(*ast.TypeSpec); ok {
				if declared, ok := definition.Type.(*ast.InterfaceType); ok {
					interfaces[definition.Name.Name] = declared
				}
			}
			return true
		})
	}
	fmt.Print("// services returns all services, each with a handler that asks the testee.\n")
	fmt.Print("func services(h *hosting) []*rapace.Service {\n\treturn []*rapace.Service{\n")
	for i, one := range services {
		fmt.Printf("\t\tfixtures.%s(handler%d{h}),\n", one.serve, i)
	}
	fmt.Print("\t}\n}\n")
	for i, one := range services {
		fmt.Printf("\ntype handler%d struct{ h *hosting }\n", i)
		for _, method := range interfaces[one.handler].Methods.List {
			printHandlerMethod(fmt.Sprintf("handler%d", i), method.Names[0].Name, method.Type.(*ast.FuncType), one.wire)
		}
	}
}

func printHandlerMethod(receiver, name string, method *ast.FuncType, wire map[string]string) {
	var parameters, arguments strings.Builder
	for i, parameter := range method.Params.List[1:] {
		fmt.Fprintf(&parameters, ", a%d %s", i, qualified(parameter.Type))
		fmt.Fprintf(&arguments, ", &a%d", i)
	}
	results := method.Results.List
	first := qualified(results[0].Type)
	call := func(function, answer string) string {
		return fmt.Sprintf("%s[%s](h.h, ctx, %q%s)", function, answer, wire[name], arguments.String())
	}
	var result, body string
	switch sequence, ok := results[0].Type.(*ast.IndexListExpr); {
	case ok && types.ExprString(sequence.X) == "iter.Seq2":
		result, body = first, "return "+call("streamed", qualified(sequence.Indices[0]))
	case len(results) == 1:
		result, body = "error", "_, err := "+call("answered", "struct{}")+"\n\treturn err"
	default:
		result, body = "("+first+", error)", "return "+call("answered", first)
	}
	fmt.Printf("\nfunc (h %s) %s(ctx context.Context%s) %s {\n\t%s\n}\n", receiver, name, parameters.String(), result, body)
}

// qualified returns a type of the generated package as another package writes it.
func qualified(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.Ident:
		if e.IsExported() {
			return "fixtures." + e.Name
		}
		return e.Name
	case *ast.StarExpr:
		return "*" + qualified(e.X)
	case *ast.ArrayType:
		length := ""
		if e.Len != nil {
			length = types.ExprString(e.Len)
		}
		return "[" + length + "]" + qualified(e.Elt)
	case *ast.MapType:
		return "map[" + qualified(e.Key) + "]" + qualified(e.Value)
	case *ast.IndexExpr:
		return types.ExprString(e.X) + "[" + qualified(e.Index) + "]"
	case *ast.IndexListExpr:
		var arguments []string
		for _, argument := range e.Indices {
			arguments = append(arguments, qualified(argument))
		}
		return types.ExprString(e.X) + "[" + strings.Join(arguments, ", ") + "]"
	}
	return types.ExprString(expression)
}
