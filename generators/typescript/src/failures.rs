//! The module with the classes of errors that methods declare.

use std::collections::BTreeMap;

use rapace_gen_core::text::doc::{Doc, concat, list};
use rapace_schema::TypeRef;

use crate::comments::{literal, own_comment};
use crate::imports::{Module, Printer, RuntimePaths};
use crate::lines::Lines;
use crate::names::Names;
use crate::outcome::Failure;
use crate::types::Types;
use crate::view;

/// The module, unless there are no classes.
pub(crate) fn lower_failures(types: &Types<'_>, names: &Names, runtime: &RuntimePaths) -> Option<view::CodecsModule> {
    let classes: BTreeMap<&str, &Failure> = (names.failures.values())
        .map(|failure| (failure.class.as_str(), failure))
        .collect();
    let mut printer = Printer::default();
    let declarations: Vec<String> = (classes.values())
        .map(|failure| own_comment(&about(failure, names), None, 0) + &printer.print(&class(failure, types, names), 0))
        .collect();
    (!declarations.is_empty()).then(|| view::CodecsModule {
        imports: printer.imports(Module::Failures, names, runtime),
        declarations,
    })
}

fn about(failure: &Failure, names: &Names) -> String {
    match &failure.ty {
        TypeRef::Named(name) if names.of(name).foreign.is_none() => {
            format!(
                "A call failed, and a {{@link {}}} says why: the property `error`.",
                names.of(name).name
            )
        }
        _ => "A call failed, and the property `error` says why.".to_owned(),
    }
}

fn class(failure: &Failure, types: &Types<'_>, names: &Names) -> Doc {
    let class = &failure.class;
    let base = concat([names.runtime_symbol("ResultError"), "<".into()]);
    let name = literal(class);
    let mut body = Lines::default();
    body.line(1, format!("override readonly name: {name} = {name};"));
    if failure.sensitive {
        body.line(0, "");
        body.line(1, "/** The error is sensitive: no message shows it. */");
        let error = concat(["error: ".into(), types.write(&failure.ty, names)]);
        body.line(
            1,
            list("constructor(", vec![error, "method?: string".into()], ",", ") {"),
        );
        body.line(2, "super(error, method, \"the call failed\");");
        body.line(1, "}");
    }
    concat([
        format!("export class {class} extends ").into(),
        list(base, vec![types.write_alone(&failure.ty, names)], "", ">"),
        " {".into(),
        body.into(),
        Doc::HardLine,
        "}".into(),
    ])
}
