use crate::{Sources, sources};

/// The Python runtime: the package `rapace`, whose imports are relative, so that it can live inside another package.
pub const PYTHON: Sources = sources![
    "python/src/rapace":
    "__init__.py",
    "accelerator.py",
    "address.py",
    "calls.py",
    "client.py",
    "codegen.py",
    "deprecation.py",
    "errors.py",
    "frame.py",
    "limits.py",
    "link.py",
    "postcard/__init__.py",
    "postcard/options.py",
    "postcard/pack.py",
    "postcard/quick.py",
    "postcard/reader.py",
    "postcard/unpack.py",
    "postcard/writer.py",
    "py.typed",
    "session.py",
    "sync.py",
    "tls.py",
    "transport.py",
    "websocket.py",
    "wire_async.py",
    "wire_blocking.py",
];
