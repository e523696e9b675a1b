//! What can be called, without a server.

use super::server::folder;
use crate::support::rapace;

#[test]
fn methods_are_listed_described_and_filled() {
    let mut said = String::new();
    for arguments in [
        &["--list"][..],
        &["--describe", "Orders.cancel"],
        &["--describe", "Catalog"],
        &["--describe", "Isbn"],
        &["--template", "Orders.place"],
        &["--template", "Orders.amend"],
    ] {
        let described = rapace(&folder(), &[&["call"], arguments].concat());
        assert!(described.success, "{}", described.stderr);
        said += &format!("> {}\n{}", arguments.join(" "), described.stdout);
    }
    insta::assert_snapshot!("described", said);
}

#[test]
fn a_template_can_be_sent_as_it_is() {
    let shop = super::server::Bookshop::open();
    let scratch = tempfile::tempdir().unwrap();
    for method in ["Orders.place", "Orders.amend", "Orders.audit", "Catalog.stock"] {
        let template = rapace(&folder(), &["call", "--template", method]).stdout;
        let file = scratch.path().join("arguments.json");
        std::fs::write(&file, template).unwrap();
        let from_file = format!("@{}", file.display());
        let called = rapace(&folder(), &["call", shop.tcp(), method, &from_file]);
        assert_eq!(called.status, 0, "{method}: {}", called.stderr);
    }
}
