//! An API whose documentation is fit for a language.

use rapace_schema::{Api, Fields, Service, TypeDef, TypeKind};

use super::dialect::Dialect;
use super::items::{Item, Items};
use super::rustdoc::Fitter;

/// The API with documentation as readers of a language have it: links lead to its items, names are in its spelling, and code
/// says that it is Rust. It is Markdown as before.
#[must_use]
pub fn fitted(api: &Api, dialect: &impl Dialect) -> Api {
    let items = Items::new(api);
    let fit = Fit { items: &items, dialect };
    let mut fitted = api.clone();
    for (at, (service, original)) in fitted.services.iter_mut().zip(&api.services).enumerate() {
        fit.service(service, original, Item::Service(at));
    }
    for (def, original) in fitted.types.iter_mut().zip(&api.types) {
        fit.type_def(def, Item::Type(original));
    }
    for alias in &mut fitted.aliases {
        fit.text(&mut alias.doc, None);
    }
    fitted
}

struct Fit<'a, 'f, D> {
    items: &'f Items<'a>,
    dialect: &'f D,
}

impl<'a, D: Dialect> Fit<'a, '_, D> {
    fn service(&self, service: &mut Service, original: &'a Service, owner: Item<'a>) {
        self.both(&mut service.doc, &mut service.deprecated, Some(owner));
        for (method, original) in service.methods.iter_mut().zip(&original.methods) {
            let fitter = Fitter {
                items: self.items,
                dialect: self.dialect,
                owner: Some(owner),
                arguments: original
                    .arguments
                    .iter()
                    .map(|argument| argument.name.as_str())
                    .collect(),
            };
            method.doc = fitter.fit(&method.doc);
            method.deprecated = method.deprecated.as_deref().map(|note| fitter.fit(note));
        }
    }

    fn type_def(&self, def: &mut TypeDef, owner: Item<'a>) {
        self.both(&mut def.doc, &mut def.deprecated, Some(owner));
        match &mut def.kind {
            TypeKind::Struct(fields) => self.fields(fields, owner),
            TypeKind::Enum { variants } => {
                for variant in variants {
                    self.both(&mut variant.doc, &mut variant.deprecated, Some(owner));
                    self.fields(&mut variant.fields, owner);
                }
            }
        }
    }

    fn fields(&self, fields: &mut Fields, owner: Item<'a>) {
        for field in &mut fields.fields {
            self.both(&mut field.doc, &mut field.deprecated, Some(owner));
        }
    }

    fn both(&self, doc: &mut String, deprecated: &mut Option<String>, owner: Option<Item<'a>>) {
        self.text(doc, owner);
        if let Some(note) = deprecated {
            self.text(note, owner);
        }
    }

    fn text(&self, text: &mut String, owner: Option<Item<'a>>) {
        let fitter = Fitter {
            items: self.items,
            dialect: self.dialect,
            owner,
            arguments: Vec::new(),
        };
        *text = fitter.fit(text);
    }
}
