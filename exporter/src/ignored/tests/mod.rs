use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use facet::Facet;
use rapace::registry::ServiceRegistry;

use crate::config::Places;
use crate::facts::{Facts, Form};
use crate::inputs::Inputs;
use crate::lower::lower;
use crate::shape::collect;
use crate::source::cfg::Cfg;
use crate::source::services::{Shown, look};
use crate::source::tree::{Build, Tree};
use crate::source::types::TypeSources;

mod odd;

fn register(registry: &mut ServiceRegistry) {
    let mut service = registry.register_service("Queues", "");
    for method in ["get", "purge", "search"] {
        service.add_method(method, "", Vec::new(), <()>::SHAPE, odd::Odd::SHAPE);
    }
    service.finish();
}

/// What reflection says, with the paths that symbols would give.
fn facts() -> Facts {
    let mut facts = collect(&[register]);
    for shape in &mut facts.shapes {
        if matches!(shape.form, Form::Struct(_) | Form::Enum(_)) {
            shape.path = Some(format!("shop::{}", shape.display));
        }
    }
    facts
}

/// The warnings for a crate of these two files and features, without the folder in which it is.
fn warnings(lib: &str, odd: &str, features: &[&str], names: &BTreeMap<String, String>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("src/lib.rs");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, format!("{odd}{lib}")).unwrap();
    let build = Build {
        cfg: Cfg::new([], features.iter().map(|&feature| feature.to_owned())),
        out: None,
    };
    let tree = Tree::read(&file, "shop", &build);
    let mut types = TypeSources::default();
    types.add(&tree, &build.cfg, "shop");
    let Shown::There(service) = look(&tree, &build.cfg, &["shop".into()], "Queues") else {
        unreachable!("{lib}")
    };
    let inputs = Inputs {
        name: "shop",
        about: &rapace_schema::Package::default(),
        services: &[*service],
        types: &types,
        names,
        kept: &BTreeMap::new(),
        results: &BTreeMap::new(),
        presented: &BTreeMap::new(),
        open_enums: false,
        open: &BTreeMap::new(),
        partial: false,
        places: &Places::default(),
        idempotent: &BTreeSet::new(),
    };
    let (_, warnings) = lower(&inputs, &facts()).unwrap();
    let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    texts.join("\n").replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn attributes_of_serde_on_exported_types_are_said_once() {
    let lib = "#[rapace::service] pub trait Queues {}";
    let names = BTreeMap::new();
    insta::assert_snapshot!(warnings(lib, include_str!("odd.rs"), &[], &names));
    // Names that rapace.toml gives are those that serde was told.
    let names = BTreeMap::from([("shop::Both".to_owned(), "Either".to_owned())]);
    let said = warnings(lib, include_str!("odd.rs"), &[], &names);
    assert!(!said.contains("`rename` of `Both`"), "{said}");
}

#[test]
fn a_cfg_of_a_method_is_said_where_it_is_off() {
    let lib = "#[rapace::service]
        pub trait Queues {
            async fn get(&self) -> Odd;
            #[cfg(feature = \"admin\")]
            async fn purge(&self) -> Odd;
            #[cfg_attr(all(), cfg(any(feature = \"search\", windows)))]
            async fn search(&self) -> Odd;
        }";
    let of = |features: &[&str]| warnings(lib, "", features, &BTreeMap::new());
    insta::assert_snapshot!(of(&["search"]), @r#"
    shop: Queues.purge: rapace's macro ignores `cfg` on a method: it is exported and served though `cfg(feature = "admin")` is off [cfg-on-method]
      --> src/lib.rs:5:22
        instead: move it into a separate trait under the `cfg`
    "#);
    assert_eq!(of(&["search", "admin"]), "");
}
