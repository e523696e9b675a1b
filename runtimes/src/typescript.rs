use crate::{Sources, sources};

/// The TypeScript runtime, below `typescript/src`.
pub const TYPESCRIPT: Sources = sources!["typescript/src":
    "call.ts",
    "client.ts",
    "codegen.ts",
    "connection.ts",
    "errors.ts",
    "frame.ts",
    "index.ts",
    "limits.ts",
    "method.ts",
    "node.ts",
    "node/address.ts",
    "node/connect.ts",
    "node/socket.ts",
    "postcard/lists.ts",
    "postcard/path.ts",
    "postcard/rare.ts",
    "postcard/reader.ts",
    "postcard/text.ts",
    "postcard/words.ts",
    "postcard/writer.ts",
    "session.ts",
    "stream.ts",
    "transport.ts",
    "unary.ts",
];
