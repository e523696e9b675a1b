//! Features as cargo has them, for what a crate depends on too.

use crate::support::{copy, export, services};

#[test]
fn rapace_may_come_with_a_feature() {
    let folder = copy("optional-rapace");
    assert_eq!(
        services(&export(&folder, &["--features", "rpc"]).api()),
        ["reports_optional_rapace::Till: open"]
    );
    assert_eq!(
        export(&folder, &[]).said(),
        [
            "error: no service found: package `reports-optional-rapace` depends on rapace only with a feature: add \
             `--features rpc`"
        ]
    );
}

#[test]
fn rapace_may_be_a_feature_itself() {
    let folder = copy("implicit-rapace");
    assert_eq!(
        services(&export(&folder, &["--features", "rapace"]).api()),
        ["reports_implicit_rapace::Till: zip add"]
    );
    assert_eq!(
        export(&folder, &["--features", "rapace,facet"]).said(),
        ["error: no feature `facet` in `reports-implicit-rapace`: it is a dependency that is always there"]
    );
}

#[test]
fn a_feature_of_a_dependency() {
    let folder = copy("optional-rapace");
    let number = |features: &str| {
        let api = export(&folder, &["--features", features]).api();
        let rapace_schema::TypeKind::Struct(fields) = &api.types[0].kind else {
            panic!("it is a struct")
        };
        fields.fields[0].ty.clone()
    };
    assert_eq!(number("rpc,extra"), rapace_schema::TypeRef::U8);
    assert_eq!(number("rpc,extra,reports-extra/wide"), rapace_schema::TypeRef::U64);
    // It turns the optional dependency on, by the feature that does so alone.
    assert_eq!(number("rpc,reports-extra/wide"), rapace_schema::TypeRef::U64);
    assert_eq!(
        export(&folder, &["--features", "rpc,nothing/wide"]).said(),
        ["error: no feature `nothing/wide` in `reports-optional-rapace`"]
    );
}
