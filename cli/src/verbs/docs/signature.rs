//! Types and methods as Rust writes them, in pieces that may be links.

use rapace_schema::{Method, MethodKind, TypeRef};

use super::links::{of_alias, of_type};

/// A part of a text.
pub(super) struct Piece {
    pub(super) text: String,
    /// The anchor that it leads to.
    pub(super) anchor: Option<String>,
}

/// A text in pieces.
#[derive(Default)]
pub(super) struct Pieces(pub(super) Vec<Piece>);

impl Pieces {
    /// A type, called by its alias where it has one.
    pub(super) fn of_type(ty: &TypeRef, alias: Option<&str>) -> Self {
        let mut pieces = Self::default();
        pieces.ty(ty, alias);
        pieces
    }

    /// `find(isbn: Isbn) -> FindOutcome`
    pub(super) fn of_method(method: &Method) -> Self {
        let mut pieces = Self::default();
        pieces.text(&format!("{}(", method.name));
        for (index, argument) in method.arguments.iter().enumerate() {
            let before = if index == 0 { "" } else { ", " };
            pieces.text(&format!("{before}{}: ", argument.name));
            pieces.ty(&argument.ty, argument.alias.as_deref());
        }
        pieces.text(match (method.kind, &method.response) {
            (MethodKind::ServerStreaming, _) => ") -> stream of ",
            (MethodKind::Unary, TypeRef::Unit) => ")",
            (MethodKind::Unary, _) => ") -> ",
        });
        if method.kind == MethodKind::ServerStreaming || method.response != TypeRef::Unit {
            pieces.ty(&method.response, method.response_alias.as_deref());
        }
        pieces
    }

    /// The text without links.
    pub(super) fn plain(&self) -> String {
        self.0.iter().map(|piece| piece.text.as_str()).collect()
    }

    fn text(&mut self, text: &str) {
        self.0.push(Piece {
            text: text.to_owned(),
            anchor: None,
        });
    }

    fn link(&mut self, text: &str, anchor: String) {
        self.0.push(Piece {
            text: text.to_owned(),
            anchor: Some(anchor),
        });
    }

    fn ty(&mut self, ty: &TypeRef, alias: Option<&str>) {
        if let Some(alias) = alias {
            return self.link(alias, of_alias(alias));
        }
        match ty {
            TypeRef::Option(item) => self.around("Option<", [item.as_ref()], ">"),
            TypeRef::List(item) => self.around("Vec<", [item.as_ref()], ">"),
            TypeRef::Set(item) => self.around("HashSet<", [item.as_ref()], ">"),
            TypeRef::Map { key, value } => self.around("HashMap<", [key.as_ref(), value.as_ref()], ">"),
            TypeRef::Array { item, len } => self.around("[", [item.as_ref()], &format!("; {len}]")),
            TypeRef::Tuple(items) => self.around("(", items, ")"),
            TypeRef::Named(name) => self.link(name, of_type(name)),
            scalar => self.text(scalar_name(scalar)),
        }
    }

    fn around<'t>(&mut self, open: &str, items: impl IntoIterator<Item = &'t TypeRef>, close: &str) {
        self.text(open);
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            self.ty(item, None);
        }
        self.text(close);
    }
}

/// The name of a type without parts.
pub(super) fn scalar_name(ty: &TypeRef) -> &'static str {
    match ty {
        TypeRef::Unit => "()",
        TypeRef::Bool => "bool",
        TypeRef::U8 => "u8",
        TypeRef::U16 => "u16",
        TypeRef::U32 => "u32",
        TypeRef::U64 => "u64",
        TypeRef::Usize => "usize",
        TypeRef::U128 => "u128",
        TypeRef::I8 => "i8",
        TypeRef::I16 => "i16",
        TypeRef::I32 => "i32",
        TypeRef::I64 => "i64",
        TypeRef::Isize => "isize",
        TypeRef::I128 => "i128",
        TypeRef::F32 => "f32",
        TypeRef::F64 => "f64",
        TypeRef::Char => "char",
        TypeRef::String => "String",
        TypeRef::Bytes => "Vec<u8>",
        _ => "",
    }
}
