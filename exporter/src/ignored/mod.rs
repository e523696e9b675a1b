//! Warnings of attributes in sources that neither facet nor rapace reads.

mod serde;

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::facts::{Facts, Form};
use crate::inputs::Inputs;
use crate::rust_type::plain;
use crate::source::helper::HelperAttribute;
use crate::source::types::{TypeSource, paired};
use serde::{Effect, Field, Type, Variant};

/// The warnings for the methods of the services, and for the types that these reach, `used`.
pub(crate) fn ignored(facts: &Facts, inputs: &Inputs<'_>, used: &[usize]) -> Vec<Diagnostic> {
    let mut warnings = methods(facts, inputs);
    // Instantiations of a generic type have one source.
    let mut seen = BTreeSet::new();
    for &shape in used {
        let Some(source) = inputs.types.of(facts, shape) else {
            continue;
        };
        let full = facts.shapes[shape].path.as_deref().unwrap_or_default();
        let path = full.split('<').next().unwrap_or_default();
        if seen.insert(path) {
            let mut walk = Walk {
                facts,
                inputs,
                path,
                generic: full != path,
                warnings: &mut warnings,
            };
            walk.ty(&facts.shapes[shape].form, source);
        }
    }
    warnings
}

/// A warning for each method with a `cfg` that is off.
fn methods(facts: &Facts, inputs: &Inputs<'_>) -> Vec<Diagnostic> {
    let services = facts.services.iter().zip(inputs.services);
    let warnings = services.flat_map(|(service, found)| {
        service.methods.iter().filter_map(|method| {
            let signature = found.signature(&method.name, method.arguments.len())?;
            let condition = signature.off.as_ref()?;
            Some(Diagnostic {
                krate: found.module[0].clone(),
                service: plain(&service.name).into(),
                method: plain(&method.name).into(),
                why: format!(
                    "rapace's macro ignores `cfg` on a method: it is exported and served though `cfg({condition})` is off"
                ),
                at: signature.at.clone(),
                cure: "move it into a separate trait under the `cfg`".into(),
                ..Diagnostic::warning("cfg-on-method")
            })
        })
    });
    warnings.collect()
}

/// Collects the warnings for the attributes of serde on a type.
struct Walk<'a> {
    facts: &'a Facts,
    inputs: &'a Inputs<'a>,
    /// The type's path without generic arguments.
    path: &'a str,
    generic: bool,
    warnings: &'a mut Vec<Diagnostic>,
}

impl Walk<'_> {
    fn ty(&mut self, form: &Form, source: &TypeSource) {
        let name = plain(self.path.rsplit("::").next().unwrap_or_default()).to_owned();
        let ty = Type {
            name: &name,
            path: self.path,
            generic: self.generic,
            wanted: self.inputs.names.get(self.path).map(String::as_str),
            facet: &source.facet,
            form,
        };
        self.add(&source.serde, |attribute| ty.effect(attribute));
        match form {
            Form::Struct(fields) => {
                for (field, source) in fields.fields.iter().zip(paired(fields.fields.len(), &source.fields)) {
                    let Some(source) = source else { continue };
                    let form = &self.facts.shapes[field.shape].form;
                    let field = Field::new(&name, false, field, &source.name, form);
                    self.add(&source.serde, |attribute| field.effect(attribute));
                }
            }
            Form::Enum(variants) => {
                for (variant, source) in variants.iter().zip(paired(variants.len(), &source.variants)) {
                    let Some((source, fields)) = source else { continue };
                    let name = format!("{name}::{}", plain(&source.name));
                    let of = Variant {
                        name: &name,
                        reflected: &variant.name,
                    };
                    self.add(&source.serde, |attribute| of.effect(attribute));
                    let facts = &variant.fields.fields;
                    for (field, source) in facts.iter().zip(paired(facts.len(), fields)) {
                        let Some(source) = source else { continue };
                        let form = &self.facts.shapes[field.shape].form;
                        let field = Field::new(&name, true, field, &source.name, form);
                        self.add(&source.serde, |attribute| field.effect(attribute));
                    }
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, attributes: &[HelperAttribute], effect: impl Fn(&HelperAttribute) -> Option<Effect>) {
        for attribute in attributes {
            let Some(Effect { what, cure }) = effect(attribute) else {
                continue;
            };
            self.warnings.push(Diagnostic {
                krate: self.path.split("::").next().unwrap_or_default().into(),
                why: format!("serde's attributes mean nothing to facet: {what}"),
                at: Some(attribute.at.clone()),
                cure: format!("{cure}, or allow the warning"),
                ..Diagnostic::warning("serde-attribute")
            });
        }
    }
}

#[cfg(test)]
mod tests;
