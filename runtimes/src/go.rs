use crate::{Sources, sources};

/// The Go runtime, below `go`.
pub const GO: Sources = sources!["go":
    "call.go",
    "client.go",
    "codegen.go",
    "decoder.go",
    "doc.go",
    "encoder.go",
    "errors.go",
    "frame.go",
    "int128.go",
    "limits.go",
    "lists.go",
    "path.go",
    "session.go",
    "text.go",
    "transport.go",
    "transport_linux.go",
    "transport_nonunix.go",
    "transport_other.go",
    "transport_unix.go",
    "values.go",
    "varint.go",
];
