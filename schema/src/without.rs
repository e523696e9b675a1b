//! An API with fewer services.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::seal;
use crate::model::{Api, Fields, Method, TypeDef, TypeKind, TypeRef};

/// The API without the services of these names, and without the types and aliases that only they reach. The digest of the API is
/// that of what is left.
///
/// # Errors
/// A message: there is no service of a name, or none would be left.
pub fn without_services(mut api: Api, names: &[String]) -> Result<Api, String> {
    let there: Vec<&str> = api.services.iter().map(|service| service.name.as_str()).collect();
    if let Some(unknown) = names.iter().find(|name| !there.contains(&name.as_str())) {
        return Err(format!(
            "there is no service `{unknown}`: there are {}",
            there.join(", ")
        ));
    }
    if names.is_empty() {
        return Ok(api);
    }
    api.services.retain(|service| !names.contains(&service.name));
    if api.services.is_empty() {
        return Err("no service is left".to_owned());
    }
    let (types, aliases) = Reached::of(&api);
    api.types.retain(|def| types.contains(&def.name));
    api.aliases.retain(|alias| aliases.contains(&alias.name));
    seal(&mut api);
    Ok(api)
}

/// The names of what the services reach.
struct Reached<'a> {
    types: BTreeMap<&'a str, &'a TypeDef>,
    found: BTreeSet<String>,
    aliases: BTreeSet<String>,
    left: Vec<&'a TypeDef>,
}

impl<'a> Reached<'a> {
    /// The names of types and of aliases.
    fn of(api: &'a Api) -> (BTreeSet<String>, BTreeSet<String>) {
        let mut reached = Self {
            types: api.types.iter().map(|def| (def.name.as_str(), def)).collect(),
            found: BTreeSet::new(),
            aliases: BTreeSet::new(),
            left: Vec::new(),
        };
        for method in api.services.iter().flat_map(|service| &service.methods) {
            reached.method(method);
        }
        while let Some(def) = reached.left.pop() {
            reached.definition(def);
        }
        (reached.found, reached.aliases)
    }

    fn method(&mut self, method: &'a Method) {
        for argument in &method.arguments {
            self.used(&argument.ty, argument.alias.as_deref());
        }
        self.used(&method.response, method.response_alias.as_deref());
    }

    fn definition(&mut self, def: &'a TypeDef) {
        // No byte depends on the arguments of a generic type, and yet each must be there.
        for argument in def.generic.iter().flat_map(|generic| &generic.arguments) {
            self.used(argument, None);
        }
        let all: Vec<&Fields> = match &def.kind {
            TypeKind::Struct(fields) => vec![fields],
            TypeKind::Enum { variants } => variants.iter().map(|variant| &variant.fields).collect(),
        };
        for field in all.into_iter().flat_map(|fields| &fields.fields) {
            self.used(&field.ty, field.alias.as_deref());
        }
    }

    /// A type where it is used, perhaps by an alias: that names the same type.
    fn used(&mut self, ty: &'a TypeRef, alias: Option<&str>) {
        self.aliases.extend(alias.map(str::to_owned));
        let mut names = Vec::new();
        ty.for_each_name(&mut |name| names.push(name));
        for name in names {
            if self.found.insert(name.to_owned()) {
                self.left.extend(self.types.get(name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without_services;
    use crate::digest::seal;
    use crate::fixtures::{api, boxed, enumeration, named, service, structure};
    use crate::model::TypeRef::{List, String as Text, U32, Unit};
    use crate::model::{Alias, Api, Generic};

    /// Two services that share `Book`, one circle of the second alone, and an alias of each.
    fn shop() -> Api {
        let mut api = api([
            structure("Audit", &[("of", named("Entry"))]),
            structure("Book", &[("tags", List(boxed(named("Tag"))))]),
            enumeration("Entry", &[("Next", &[("0", List(boxed(named("Audit"))))])]),
            structure("Marker", &[]),
            structure("Page", &[("count", U32)]),
            structure("Tag", &[("0", Text)]),
        ]);
        api.services = vec![
            service("Admin", &[("audit", &[named("Book")], named("Audit"))]),
            service(
                "Catalog",
                &[("find", &[U32], named("Book")), ("list", &[], named("Page"))],
            ),
        ];
        api.types[4].generic = Some(Generic {
            name: "Page".into(),
            arguments: vec![named("Marker")],
        });
        let alias = |name: &str, ty| Alias {
            name: name.into(),
            doc: String::new(),
            ty,
        };
        api.aliases = vec![
            alias("Isbn", U32),
            alias("Nobody", Unit),
            alias("Trail", named("Audit")),
        ];
        api.services[0].methods[0].response_alias = Some("Trail".into());
        api.services[1].methods[0].arguments[0].alias = Some("Isbn".into());
        seal(&mut api);
        api
    }

    fn names(api: &Api) -> Vec<&str> {
        let types = api.types.iter().map(|def| def.name.as_str());
        types
            .chain(api.aliases.iter().map(|alias| alias.name.as_str()))
            .collect()
    }

    #[test]
    fn what_only_they_reach_goes_with_them() {
        let all = shop();
        let left = without_services(all.clone(), &["Admin".into()]).unwrap();
        assert_eq!(names(&left), ["Book", "Marker", "Page", "Tag", "Isbn"]);
        let other = without_services(all.clone(), &["Catalog".into()]).unwrap();
        assert_eq!(names(&other), ["Audit", "Book", "Entry", "Tag", "Trail"]);
        for part in [&left, &other] {
            let problems = crate::validate(part);
            assert!(problems.is_empty(), "{problems:?}");
        }
    }

    #[test]
    fn digests_are_those_of_what_is_left() {
        let all = shop();
        let left = without_services(all.clone(), &["Admin".into()]).unwrap();
        assert_ne!(left.digest, all.digest);
        assert_eq!(left.services[0], all.services[1]);
        assert_eq!(left.types[0], all.types[1]);
        let mut again = left.clone();
        seal(&mut again);
        assert_eq!(again, left);
        assert_eq!(without_services(all.clone(), &[]).unwrap(), all);
    }

    #[test]
    fn services_that_are_not_there_are_refused() {
        for (names, why) in [
            (
                &["Catalogue"][..],
                "there is no service `Catalogue`: there are Admin, Catalog",
            ),
            (&["Admin", "Catalog"], "no service is left"),
        ] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(without_services(shop(), &names).unwrap_err(), why);
        }
    }
}
