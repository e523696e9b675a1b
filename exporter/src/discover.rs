//! The services that a library holds, as its compiled code says.
//!
//! `#[rapace::service]` makes a function `catalog_register` for the trait `Catalog`, and in `CatalogServer` a static
//! that says whether it was called. Both have symbols, whatever the trait's visibility and however its source was made:
//! by a macro, an included file, under any `cfg`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use object::read::archive::ArchiveFile;
use object::{Object, ObjectSymbol};

use crate::driver::Unit;
use crate::source::services::register_function;

/// A service in a library.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Compiled {
    /// The module that holds the trait, the crate first: `["bookshop", "catalog"]`.
    pub(crate) module: Vec<String>,
    /// The trait's name, a raw identifier with its `r#`.
    pub(crate) name: String,
    /// The symbol of the function that registers the service.
    pub(crate) symbol: String,
}

/// What a library's code says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    /// Its services, sorted.
    pub(crate) services: Vec<Compiled>,
    /// Whether there are symbols of Rust's at all.
    pub(crate) readable: bool,
}

/// Reads the code of a library.
///
/// # Errors
/// A message: a file cannot be read.
pub(crate) fn read(unit: &Unit) -> Result<Code, String> {
    let mut found = LibrarySymbols::default();
    for file in unit.code() {
        let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        found.file(file, &bytes, &unit.name)?;
    }
    let mut services: Vec<Compiled> = found
        .servers
        .iter()
        .filter_map(|server| found.service(server))
        .collect();
    services.sort();
    services.dedup();
    Ok(Code {
        services,
        readable: found.any,
    })
}

/// The symbols of a library that tell of services.
#[derive(Default)]
struct LibrarySymbols {
    any: bool,
    /// `bookshop::catalog::Catalog`, of each server.
    servers: Vec<String>,
    /// The symbols of functions by their path, `bookshop::catalog::catalog_register`.
    functions: BTreeMap<String, String>,
}

impl LibrarySymbols {
    fn file(&mut self, path: &Path, bytes: &[u8], krate: &str) -> Result<(), String> {
        let unreadable = |error: object::Error| format!("{}: {error}", path.display());
        let Ok(archive) = ArchiveFile::parse(bytes) else {
            let object = object::File::parse(bytes).map_err(unreadable)?;
            self.object(&object, krate);
            return Ok(());
        };
        for member in archive.members() {
            let data = member.and_then(|member| member.data(bytes)).map_err(unreadable)?;
            // The compiler's metadata is a member too, and no object with code.
            if let Ok(object) = object::File::parse(data) {
                self.object(&object, krate);
            }
        }
        Ok(())
    }

    fn object(&mut self, object: &object::File<'_>, krate: &str) {
        let symbols = object.symbols().chain(object.dynamic_symbols());
        for name in symbols
            .filter(ObjectSymbol::is_definition)
            .filter_map(|symbol| symbol.name().ok().map(str::to_owned))
        {
            // Mach-O puts one more underscore before all names.
            let symbol = format!("_{}", name.trim_start_matches('_'));
            if !symbol.starts_with("_R") {
                continue;
            }
            self.any = true;
            // Demangling takes long in a debug build, and these are few of many.
            if !symbol.contains("_register") {
                continue;
            }
            let path = format!("{:#}", rustc_demangle::demangle(&symbol));
            if let Some(server) = server_of(&path) {
                self.servers.push(server.to_owned());
            } else if path.ends_with("_register") && path.split("::").next() == Some(krate) {
                self.functions.insert(path, symbol);
            }
        }
    }

    fn service(&self, server: &str) -> Option<Compiled> {
        let (module, name) = server.rsplit_once("::")?;
        // The macro makes `typeServer` and `r_type_register` of `trait r#type`.
        let names = [name.to_owned(), format!("r#{name}")];
        names.into_iter().find_map(|name| {
            let symbol = self.functions.get(&format!("{module}::{}", register_function(&name)))?;
            Some(Compiled {
                module: module.split("::").map(str::to_owned).collect(),
                name,
                symbol: symbol.clone(),
            })
        })
    }
}

/// `a::B` of `<a::BServer<_>>::__auto_register::REGISTERED`.
fn server_of(path: &str) -> Option<&str> {
    let server = path.strip_suffix(">::__auto_register::REGISTERED")?;
    let server = server.strip_prefix('<')?.strip_suffix("<_>")?;
    server.strip_suffix("Server")
}

#[cfg(test)]
mod tests {
    use super::{LibrarySymbols, server_of};

    #[test]
    fn a_service_has_a_server_and_a_function_beside_it() {
        let mut found = LibrarySymbols::default();
        for function in [
            "shop::catalog_register",
            "shop::a::r_type_register",
            "shop::other_register",
        ] {
            found.functions.insert(function.into(), format!("_R{function}"));
        }
        let named = |server: &str| {
            found
                .service(server)
                .map(|service| (service.module.join("::"), service.name))
        };
        assert_eq!(named("shop::Catalog"), Some(("shop".into(), "Catalog".into())));
        assert_eq!(named("shop::a::type"), Some(("shop::a".into(), "r#type".into())));
        assert_eq!(named("shop::a::Catalog"), None);
    }

    #[test]
    fn servers_are_told_by_their_static() {
        let path = "<shop::catalog::CatalogServer<_>>::__auto_register::REGISTERED";
        assert_eq!(server_of(path), Some("shop::catalog::Catalog"));
        assert_eq!(server_of("<shop::Catalog<_>>::__auto_register::REGISTERED"), None);
        assert_eq!(server_of("shop::catalog_register"), None);
    }
}
