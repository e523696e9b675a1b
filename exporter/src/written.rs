//! Where the services and types of a description are written, as the sources of a workspace show them. Nothing is built.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use cargo_metadata::MetadataCommand;
use rapace_schema::{Api, Fields, Service, Style, TypeDef, TypeKind};

use crate::diagnostic::Location;
use crate::driver::Unit;
use crate::rust_type::plain;
use crate::selection::library;
use crate::source::services::{ServiceSource, Shown};
use crate::source::types::{NameSource, TypeSource, TypeSources};
use crate::sources::Sources;

/// The sources of a description.
#[derive(Debug)]
pub struct Written<'a> {
    api: &'a Api,
    services: BTreeMap<&'a str, ServiceSource>,
    types: TypeSources,
}

impl<'a> Written<'a> {
    /// Reads the sources of the libraries in the workspace of this manifest that the description names. All their features are on.
    ///
    /// # Errors
    /// A message: cargo cannot read the workspace.
    pub fn read(api: &'a Api, manifest: &Path) -> Result<Self, String> {
        let units = libraries(manifest)?;
        // Without what rustc says, items for one system alone have no place.
        let rustc = Command::new("rustc").args(["--print", "cfg"]).output();
        let cfg = rustc.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let cfg = cfg.unwrap_or_default();
        let mut sources = Sources::new(&units, &cfg);
        let services = api.services.iter();
        let services =
            services.filter_map(|service| Some((service.name.as_str(), found(service, &units, &mut sources)?)));
        let services = services.collect();
        let mut types = TypeSources::default();
        for unit in &units {
            let has = |def: &TypeDef| def.path.split("::").next() == Some(unit.name.as_str());
            if api.types.iter().any(has) {
                sources.add_types(unit, &mut types);
            }
        }
        Ok(Self { api, services, types })
    }

    /// The place of a part of the description: `Catalog`, `Catalog.find`, `Catalog.find.isbn`, `Book`, `Book.title`, `Format.Epub`. None
    /// where the sources do not show it, as what a macro writes and what is of a crate outside the workspace.
    pub fn place(&self, part: &str) -> Option<Location> {
        let parts: Vec<&str> = part.split('.').collect();
        let (name, inside) = parts.split_first()?;
        self.in_service(name, inside).or_else(|| {
            let def = self.api.types.iter().find(|def| def.name == *name)?;
            let source = self.types.get(def.path.split('<').next()?)?;
            match inside {
                [] => source.at.clone(),
                inside => member(def, source, inside)?.at.clone(),
            }
        })
    }

    fn in_service(&self, name: &str, inside: &[&str]) -> Option<Location> {
        let source = self.services.get(name)?;
        let (method, inside) = match inside.split_first() {
            None => return source.at.clone(),
            Some((method, inside)) => (*method, inside),
        };
        let mut signatures = source.signatures.iter();
        let (_, signature) = signatures.find(|(name, _)| plain(name) == method)?;
        let Some(argument) = inside.first() else {
            return signature.at.clone();
        };
        let service = self.api.services.iter().find(|service| service.name == name)?;
        let method = service.methods.iter().find(|found| found.name == method)?;
        let index = method.arguments.iter().position(|found| found.name == *argument)?;
        signature.arguments.get(index)?.at.clone()
    }
}

/// The libraries of a workspace.
fn libraries(manifest: &Path) -> Result<Vec<Unit>, String> {
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec();
    let metadata = metadata.map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => stderr.trim().trim_start_matches("error: ").to_owned(),
        other => other.to_string(),
    })?;
    let units = metadata.packages.iter().filter_map(|package| {
        let (name, root) = library(package)?;
        Some(Unit {
            name,
            root,
            manifest: package.manifest_path.clone().into(),
            features: package.features.keys().cloned().collect(),
            ..Unit::default()
        })
    });
    Ok(units.collect())
}

/// What the sources say of a service.
fn found(service: &Service, units: &[Unit], sources: &mut Sources<'_>) -> Option<ServiceSource> {
    let module: Vec<String> = service.module.split("::").map(str::to_owned).collect();
    let unit = units.iter().find(|unit| unit.name == module[0])?;
    match sources.look(unit, &module, &service.name) {
        Shown::There(source) => Some(*source),
        Shown::Elsewhere(mut candidates) if candidates.len() == 1 => candidates.pop(),
        Shown::Private(_) | Shown::Elsewhere(_) => None,
    }
}

/// What the sources say of a field, a variant or the field of a variant.
fn member<'s>(def: &TypeDef, source: &'s TypeSource, inside: &[&str]) -> Option<&'s NameSource> {
    match (&def.kind, inside) {
        (TypeKind::Struct(fields), [name]) => field(fields, &source.fields, name),
        (TypeKind::Enum { variants }, [name, inside @ ..]) => {
            let variant = variants.iter().find(|variant| variant.name == *name)?;
            let written = variant.rust_name.as_deref().unwrap_or(name);
            let mut sources = source.variants.iter();
            let (source, fields) = sources.find(|(source, _)| plain(&source.name) == plain(written))?;
            match inside {
                [] => Some(source),
                [name] => field(&variant.fields, fields, name),
                _ => None,
            }
        }
        _ => None,
    }
}

fn field<'s>(fields: &Fields, sources: &'s [NameSource], name: &str) -> Option<&'s NameSource> {
    // In a tuple a field that does not travel would move the positions.
    if fields.style == Style::Tuple && fields.fields.len() != sources.len() {
        return None;
    }
    let field = fields.fields.iter().find(|field| field.name == name)?;
    let written = field.rust_name.as_deref().unwrap_or(name);
    sources.iter().find(|source| plain(&source.name) == plain(written))
}
