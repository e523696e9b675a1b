use crate::{Sources, sources};

/// The Go runtime, below `go`.
pub const GO: Sources = sources!["go":
    "address.go",
    "call.go",
    "choose.go",
    "codegen.go",
    "conn.go",
    "deadline.go",
    "decoder.go",
    "decoder_bounds.go",
    "dial.go",
    "dial_race.go",
    "doc.go",
    "encoder.go",
    "errors.go",
    "frame.go",
    "int128.go",
    "interceptor.go",
    "limits.go",
    "link.go",
    "link_nudge.go",
    "link_read.go",
    "link_time.go",
    "link_write.go",
    "lists.go",
    "options.go",
    "path.go",
    "pressure.go",
    "quote.go",
    "reconnect.go",
    "session.go",
    "state.go",
    "text.go",
    "transport.go",
    "transport_linux.go",
    "transport_nonunix.go",
    "transport_other.go",
    "transport_unix.go",
    "tunnel.go",
    "values.go",
    "varint.go",
];

/// The package of the Go runtime for WebSockets, below `go/websocket`, and its module's files, which say what it needs. It
/// imports the runtime as `"rapace"`.
pub const GO_WEBSOCKET: Sources = sources!["go/websocket":
    "answer.go",
    "go.mod",
    "go.sum",
    "handshake.go",
    "socket.go",
    "unmasked.go",
];

/// The package of the Go runtime for OpenTelemetry, below `go/opentelemetry`, likewise.
pub const GO_OPENTELEMETRY: Sources = sources!["go/opentelemetry":
    "attributes.go",
    "go.mod",
    "go.sum",
    "interceptor.go",
];
