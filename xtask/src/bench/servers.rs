//! The servers of a language, as data: who calls each.

/// A server of the workload.
pub struct Served {
    /// The library, as the language's program names it.
    pub library: &'static str,
    /// What the tables call it. Usually the library; a library that two callers call has two names.
    pub name: &'static str,
    /// Who calls it.
    pub caller: Caller,
}

/// Who calls a server.
#[derive(Clone, Copy)]
pub enum Caller {
    /// `bench-load`, in this protocol.
    Load(&'static str),
    /// The language's own program: no client of the protocol exists in Rust.
    Own,
}

/// A server that `bench-load` calls in this protocol.
pub const fn load(library: &'static str, protocol: &'static str) -> Served {
    Served {
        library,
        name: library,
        caller: Caller::Load(protocol),
    }
}

/// Our server, called by rapace's own client.
pub const fn stock() -> Served {
    Served {
        library: "rapace",
        name: "rapace-stock",
        caller: Caller::Load("stock"),
    }
}
