use std::fs;

use super::{ServiceSource, Shown, look};
use crate::source::cfg::Cfg;
use crate::source::marked::{Marked, marked};
use crate::source::resolve::nearest;
use crate::source::tree::{Build, Tree};

/// A crate of these files, built on Unix with the feature `search`.
fn krate(files: &[(&str, &str)]) -> (Tree, Cfg) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let build = Build {
        cfg: Cfg::new(["unix"], ["search".to_owned()]),
        out: Some(folder.path().join("out")),
    };
    let tree = Tree::read(&folder.path().join("src/lib.rs"), "shop", &build);
    (tree, build.cfg)
}

/// What the sources show of a service, by the path of its trait.
fn shown((tree, cfg): &(Tree, Cfg), path: &str) -> Shown {
    let mut module: Vec<String> = format!("shop::{path}").split("::").map(str::to_owned).collect();
    let name = module.pop().unwrap();
    look(tree, cfg, &module, &name)
}

fn is_there(krate: &(Tree, Cfg), path: &str) -> bool {
    matches!(shown(krate, path), Shown::There(_))
}

fn names(marked: &[Marked]) -> Vec<String> {
    let name = |marked: &Marked| {
        let off = marked
            .off
            .as_ref()
            .map(|off| format!(" off: {off}"))
            .unwrap_or_default();
        format!("{}::{}{off}", marked.module[1..].join("::"), marked.name)
    };
    marked.iter().map(name).collect()
}

const A: &str = "#[rapace::service] pub trait A {}";

#[test]
fn every_way_to_mark_a_service_is_seen() {
    let (tree, cfg) = krate(&[
        (
            "src/lib.rs",
            "#[rapace::service] pub trait A { async fn z(&self); async fn a(&self); }
             #[::rapace::service] pub trait BCatalog {}
             pub mod imported { use rapace::service; #[service] pub trait C {}
                 pub mod inner { use super::*; #[service] pub trait C2 {} } }
             pub mod renamed { use rapace::{Streaming, service as rpc}; #[rpc] pub trait D {} }
             pub mod glob { use rapace::prelude::*; #[service] pub trait E {} }
             pub mod prelude { use rapace::prelude::{service, Facet}; #[service] pub trait F {} }
             pub mod conditional { #[cfg_attr(unix, rapace::service)] pub trait G {}
                 #[cfg_attr(windows, rapace::service)] pub trait NotHere {} }
             pub mod other { use elsewhere::service; #[service] pub trait NotOurs {} }
             #[cfg(test)] mod tests { #[rapace::service] trait InTests {} }
             #[cfg(feature = \"search\")] pub mod search { #[rapace::service] pub trait Search {} }
             #[cfg(all(feature = \"other\", unix))] pub mod other_feature { #[rapace::service] pub trait Off {} }
             #[cfg(feature = \"other\")] #[rapace::service] pub trait AlsoOff {}
             pub mod inside;
             pub trait Plain {}",
        ),
        (
            "src/inside.rs",
            "#![cfg(windows)] #[rapace::service] pub trait Inside {}",
        ),
    ]);
    assert_eq!(
        names(&marked(&tree, &cfg, "rapace")),
        [
            "::A",
            "::BCatalog",
            "::AlsoOff off: feature = \"other\"",
            "imported::C",
            "imported::inner::C2",
            "renamed::D",
            "glob::E",
            "prelude::F",
            "conditional::G",
            "search::Search",
            "other_feature::Off off: all(feature = \"other\", unix)",
            "inside::Inside off: windows",
        ]
    );
}

#[test]
fn modules_are_followed_into_their_files() {
    let service = |name: &str| format!("#[rpc::service] pub trait {name} {{}}");
    let krate = krate(&[
        (
            "src/lib.rs",
            "pub mod a; pub mod b; #[path = \"odd/place.rs\"] pub mod c; pub mod r#type; mod gone;
                 #[cfg_attr(unix, path = \"unix_side.rs\")] #[cfg_attr(windows, path = \"windows_side.rs\")] pub mod side;
                 pub mod outer { #[path = \"odd.rs\"] pub mod inner; }
                 #[path = \"elsewhere\"] pub mod moved { pub mod inner; }
                 #[cfg(windows)] #[path = \"lib.rs\"] pub mod circle;",
        ),
        ("src/a.rs", &format!("pub mod deep; pub mod i {{ #[path = \"p.rs\"] pub mod p; }} {}", service("InA"))),
        ("src/a/deep.rs", &service("Deep")),
        ("src/a/i/p.rs", &service("ByPath")),
        (
            "src/b/mod.rs",
            &format!("pub mod beside; pub mod inline {{ pub mod far; }} {}", service("InB")),
        ),
        ("src/b/beside.rs", &service("Beside")),
        ("src/b/inline/far.rs", &service("Far")),
        ("src/odd/place.rs", &format!("pub mod near; {}", service("InC"))),
        ("src/odd/near.rs", &service("Near")),
        ("src/type.rs", &service("Raw")),
        ("src/unix_side.rs", &service("OnUnix")),
        ("src/windows_side.rs", &service("OnWindows")),
        ("src/outer/odd.rs", &service("InInline")),
        ("src/elsewhere/inner.rs", &service("InElsewhere")),
    ]);
    for path in [
        "a::InA",
        "a::deep::Deep",
        "a::i::p::ByPath",
        "b::InB",
        "b::beside::Beside",
        "b::inline::far::Far",
        "c::InC",
        "c::near::Near",
        "type::Raw",
        "side::OnUnix",
        "outer::inner::InInline",
        "moved::inner::InElsewhere",
    ] {
        assert!(is_there(&krate, path), "{path}");
    }
    assert!(!is_there(&krate, "side::OnWindows"));
}

#[test]
fn macros_and_included_files_are_looked_into() {
    let krate = krate(&[
        (
            "src/lib.rs",
            "include!(\"more/included.rs\"); include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));
                 cfg_if::cfg_if! { if #[cfg(unix)] { #[rapace::service] pub trait InIf { async fn b(&self); async fn a(&self); } } }
                 macro_rules! fixed { () => { pub trait Fixed { fn z(&self); fn y(&self); } } }
                 pub mod made { fixed!(); make!(Unknown); }",
        ),
        ("src/more/included.rs", "pub trait Included {} pub mod near;"),
        ("src/more/near.rs", "pub trait Near {}"),
        ("out/made.rs", "pub trait Made {}"),
    ]);
    for path in ["Included", "Made"] {
        assert!(is_there(&krate, path), "{path}");
    }
    let elsewhere = |path| match shown(&krate, path) {
        Shown::Elsewhere(found) => found.into_iter().map(|found| found.methods).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(elsewhere("InIf"), [["b", "a"]]);
    assert_eq!(elsewhere("made::Fixed"), [["z", "y"]]);
    assert!(elsewhere("made::Unknown").is_empty());
}

#[test]
fn re_exports_open_private_modules() {
    for text in [
        format!("mod m {{ {A} }} pub use m::*;"),
        format!("mod m {{ {A} }} pub use crate::m::*;"),
        format!("mod m {{ {A} }} pub use self::m::{{A, a_register}};"),
        format!("mod m {{ {A} }} pub use m::a_register as register;"),
        format!("mod m {{ {A} }} pub use m as api;"),
        format!("mod m {{ {A} }} pub mod api {{ pub use super::m::*; }}"),
        format!("mod m {{ {A} }} pub use m::*; pub mod b {{ pub use super::*; }}"),
        format!("mod m {{ {A} }} any! {{ if x {{ pub use m::*; }} }}"),
    ] {
        assert!(is_there(&krate(&[("src/lib.rs", &text)]), "m::A"), "{text}");
    }
    for (text, path) in [
        (format!("mod m {{ pub mod n {{ {A} }} }} pub use m::n;"), "m::n::A"),
        (format!("mod m {{ pub mod n {{ {A} }} }} pub use m::*;"), "m::n::A"),
        (
            format!("mod m {{ mod n {{ {A} }} pub use n::*; }} pub use m::*;"),
            "m::n::A",
        ),
        (
            format!("pub mod f {{ mod own {{ {A} }} pub use self::own::*; }}"),
            "f::own::A",
        ),
    ] {
        assert!(is_there(&krate(&[("src/lib.rs", &text)]), path), "{text}");
    }
}

#[test]
fn what_is_private_is_named_with_the_line_to_change() {
    let krate = krate(&[(
        "src/lib.rs",
        "mod hidden {
                pub mod inner { #[rapace::service] pub trait A {} }
             }
             pub mod open { #[rapace::service] trait B {}
                 #[rapace::service] pub(crate) trait C {} }
             mod only_trait { #[rapace::service] pub trait D {} }
             pub use only_trait::D;",
    )]);
    let messages: Vec<String> = ["hidden::inner::A", "open::B", "open::C", "only_trait::D"]
        .into_iter()
        .map(|path| match shown(&krate, path) {
            Shown::Private(diagnostic) => diagnostic
                .to_string()
                .replace(&format!("{}/", krate.0.base.display()), ""),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        messages,
        [
            "shop::hidden::inner::A: the module `hidden` is private\n  --> src/lib.rs:1:5\n    instead: write \
                 `pub mod hidden`, or `pub use hidden::inner::*` where it is public",
            "shop::open::B: the trait is not public\n  --> src/lib.rs:4:54\n    instead: write `pub trait B`",
            "shop::open::C: the trait is not public\n  --> src/lib.rs:5:54\n    instead: write `pub trait C`",
            "shop::only_trait::D: the module `only_trait` is private\n  --> src/lib.rs:6:18\n    instead: write \
                 `pub mod only_trait`, or `pub use only_trait::*` where it is public",
        ]
    );
}

#[test]
fn registering_functions_have_letters_of_ascii_alone() {
    for (name, expected) in [
        ("OrderBook", "order_book_register"),
        ("r#type", "r_type_register"),
        ("GRÖSSE", "gr_sse_register"),
        ("größe", "gr_e_register"),
    ] {
        assert_eq!(super::register_function(name), expected);
    }
}

#[test]
fn deprecation_is_read() {
    let krate = krate(&[(
        "src/lib.rs",
        "#[deprecated] #[rapace::service] pub trait A {
                 #[deprecated = \"use b\"] async fn a(&self);
                 async fn b(&self);
                 #[deprecated(since = \"1.0\", note = \"use b too\")] async fn r#type(&self);
             }",
    )]);
    let Shown::There(found) = shown(&krate, "A") else {
        panic!("it is not there")
    };
    let ServiceSource {
        deprecated,
        deprecated_methods,
        ..
    } = *found;
    assert_eq!(deprecated.as_deref(), Some(""));
    let notes: Vec<(&str, &str)> = deprecated_methods
        .iter()
        .map(|(name, note)| (name.as_str(), note.as_str()))
        .collect();
    assert_eq!(notes, [("a", "use b"), ("r#type", "use b too")]);
}

#[test]
fn a_file_that_is_not_rust_is_named_with_its_line() {
    let (tree, _) = krate(&[("src/lib.rs", "pub mod a {\n  fn 5() {}\n}")]);
    let [unreadable] = tree.unreadable.as_slice() else {
        panic!("{:?}", tree.unreadable)
    };
    let at = (unreadable.at.line, unreadable.at.column);
    assert_eq!((at, unreadable.why.as_str()), ((2, 6), "expected identifier"));
    assert!(unreadable.at.file.ends_with("src/lib.rs"), "{}", unreadable.at);
}

/// A path leads as far as the sources show the way.
#[test]
fn the_nearest_place_of_a_path_is_found() {
    let (tree, _) = krate(&[
        (
            "src/lib.rs",
            "pub mod a;\nmod off { #![cfg(windows)] struct X; }\npub fn make() { struct Item; }\n",
        ),
        ("src/a.rs", "pub trait r#Type {}\nmake_services!();\n"),
    ]);
    for (path, expected) in [
        (&["shop"][..], "src/lib.rs:1:1"),
        (&["shop", "make", "Item"], "src/lib.rs:3:8"),
        (&["shop", "a", "Type"], "src/a.rs:1:11"),
        (&["shop", "a", "generated", "Hits"], "src/lib.rs:1:9"),
        (&["shop", "off", "X"], "src/lib.rs:1:1"),
    ] {
        let found = nearest(&tree, path).unwrap().to_string();
        assert!(found.ends_with(expected), "{path:?}: {found}");
    }
}
