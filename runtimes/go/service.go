package rapace

import (
	"fmt"
	"slices"
	"strings"
)

// Service is a service as a handler implements it. The function Serve of a generated package returns one, such as
// ServeCatalog. A [Host] takes it, and so does [WithHandlers].
type Service struct {
	name    string
	methods []ServedMethod
}

// NewService returns the service of this name with these methods. Generated code calls it.
func NewService(name string, methods ...ServedMethod) *Service {
	return &Service{name, methods}
}

// Name returns the service's name, such as Catalog.
func (s *Service) Name() string {
	return s.name
}

// methodTable finds the methods of services.
type methodTable struct {
	methods map[uint32]*ServedMethod
	names   string // of the services, sorted
}

// newMethodTable returns the table of these services. It panics when two of them have a method with the same id, which
// is a mistake in the program.
func newMethodTable(services []*Service) *methodTable {
	t := &methodTable{methods: make(map[uint32]*ServedMethod)}
	var names []string
	for _, service := range services {
		names = append(names, service.name)
		for i := range service.methods {
			m := &service.methods[i]
			if other := t.methods[m.Method.ID]; other != nil {
				panic(fmt.Sprintf("rapace: %s and %s have the same id: is a service served twice?", other.Method.Name, m.Method.Name))
			}
			t.methods[m.Method.ID] = m
		}
	}
	slices.Sort(names)
	t.names = strings.Join(names, ", ")
	return t
}

// find returns the method that a request calls, or why it cannot be called so.
func (t *methodTable) find(request frame) (*ServedMethod, *Error) {
	m := t.methods[request.method]
	wantsNoReply := request.flags&flagNoReply != 0
	switch {
	case m == nil:
		message := fmt.Sprintf("no method has the id 0x%08x; services here: %s", request.method, t.names)
		return nil, &Error{Code: CodeUnimplemented, Message: message}
	case m.Streaming && !wantsNoReply:
		return nil, &Error{Code: CodeInvalidArgument, Message: "streaming request missing NO_REPLY flag"}
	case m.Streaming && request.channel == 0:
		return nil, &Error{Code: CodeInvalidArgument, Message: m.Method.Name + " answers with a stream; it was called as a notification"}
	case !m.Streaming && wantsNoReply && request.channel != 0:
		return nil, &Error{Code: CodeInvalidArgument, Message: m.Method.Name + " answers once; it was called as a stream"}
	}
	return m, nil
}
