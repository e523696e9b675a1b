//! How a user's type is declared: as another name of it, with what converts it.

use rapace_gen_core::names::Scope;
use rapace_schema::{Fields, Foreign, TypeRef};

use crate::casing::private;
use crate::declared::field_names;
use crate::known::Presented;
use crate::layout::{bracketed, fits, joined};
use crate::reserved::private_scope;

/// How a type of this name is declared that is a user's, of a package that is imported as `package`. `wire` is what it is on the
/// wire, `fields` are those of the private struct if it is one, and `go` is how Go writes a type.
pub(crate) fn presented_as(
    foreign: &Foreign,
    (name, package): (&str, &str),
    wire: &TypeRef,
    fields: Option<&Fields>,
    go: impl Fn(&TypeRef) -> String,
) -> Presented {
    let Foreign { ty, from, to, .. } = foreign;
    let (from, to) = (format!("{package}.{from}"), format!("{package}.{to}"));
    let signature = match fields {
        Some(fields) => of_fields(fields, &go),
        None => vec![Parameter {
            name: "wire".into(),
            go: go(wire),
            place: "wire".into(),
        }],
    };
    let places: Vec<String> = signature.iter().map(|one| one.place.clone()).collect();
    Presented {
        go: format!("= {package}.{ty}").into(),
        note: format!("It is a [{package}.{ty}], which [{from}] makes and [{to}] takes apart."),
        checks: checks(&signature, name, &from, &to),
        from: joined(&bracketed(&format!("return {from}("), &places, ")", 1), 1),
        to: match fields {
            Some(_) => taken_apart(&go(wire), &places, &to),
            None => format!("return {to}(v)"),
        },
        wire: wire.clone(),
    }
}

/// What a user's function takes or returns.
struct Parameter {
    name: String,
    /// Its type.
    go: String,
    /// Where it is, of what is on the wire: `wire.Units`.
    place: String,
}

fn of_fields(fields: &Fields, go: impl Fn(&TypeRef) -> String) -> Vec<Parameter> {
    let mut scope: Scope = private_scope();
    let fields = fields.fields.iter().zip(field_names(fields, false));
    let parameters = fields.map(|(field, name)| Parameter {
        name: scope.claim(&private(&field.name)),
        go: go(&field.ty),
        place: format!("wire.{name}"),
    });
    parameters.collect()
}

/// Declarations that compile if both functions are as they must be, each after a comment for those who see an error there.
fn checks(signature: &[Parameter], name: &str, from: &str, to: &str) -> Vec<Vec<String>> {
    let taken: Vec<String> = signature.iter().map(|one| format!("{} {}", one.name, one.go)).collect();
    let returned: Vec<String> = (signature.iter().map(|one| one.go.clone()))
        .chain(["error".to_owned()])
        .collect();
    let check = |function: &str, declared: Vec<String>| {
        let mut lines = vec![
            format!("// An error here says that {function}, which rapace.toml names for {name}, is missing"),
            "// or is not a function of this type.".to_owned(),
        ];
        lines.extend(declared);
        lines
    };
    vec![
        check(
            from,
            bracketed("var _ func(", &taken, &format!(") ({name}, error) = {from}"), 0),
        ),
        check(
            to,
            bracketed(&format!("var _ func({name}) ("), &returned, &format!(") = {to}"), 0),
        ),
    ]
}

/// The body of the function that puts what a user's function returns into these places of a private struct.
fn taken_apart(wire: &str, places: &[String], to: &str) -> String {
    let line = format!("{}, err = {to}(v)", places.join(", "));
    let assignment = match fits(&line, 1) {
        true => line,
        false => format!("{},\n\t\terr = {to}(v)", places.join(",\n\t\t")),
    };
    format!("var wire {wire}\n\tvar err error\n\t{assignment}\n\treturn wire, err")
}
