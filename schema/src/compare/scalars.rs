//! What a reader of one scalar makes of the bytes of another.

use super::verdict::{Seen, Verdict};
use crate::model::TypeRef;

/// How many varieties of bytes scalars have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Bool,
    U8,
    I8,
    /// A varint of a type of so many bits.
    Unsigned(u32),
    /// A zigzag varint of a type of so many bits.
    Signed(u32),
    F32,
    F64,
    Char,
    String,
    Bytes,
}

impl Scalar {
    /// The scalar that a type is.
    pub(super) fn of(ty: &TypeRef) -> Option<Self> {
        Some(match ty {
            TypeRef::Bool => Self::Bool,
            TypeRef::U8 => Self::U8,
            TypeRef::I8 => Self::I8,
            TypeRef::U16 => Self::Unsigned(16),
            TypeRef::U32 => Self::Unsigned(32),
            TypeRef::U64 | TypeRef::Usize => Self::Unsigned(64),
            TypeRef::U128 => Self::Unsigned(128),
            TypeRef::I16 => Self::Signed(16),
            TypeRef::I32 => Self::Signed(32),
            TypeRef::I64 | TypeRef::Isize => Self::Signed(64),
            TypeRef::I128 => Self::Signed(128),
            TypeRef::F32 => Self::F32,
            TypeRef::F64 => Self::F64,
            TypeRef::Char => Self::Char,
            TypeRef::String => Self::String,
            TypeRef::Bytes => Self::Bytes,
            _ => return None,
        })
    }

    /// What `reader` makes of values of this scalar, or `None` when it may take fewer bytes, or more, than were written.
    pub(super) fn read_by(self, reader: Self) -> Option<Seen> {
        use Scalar::{Bool, Bytes, Char, I8, Signed, String, U8, Unsigned};
        let all = |verdict| Some(Seen::all(verdict));
        match (self, reader) {
            (writer, reader) if writer == reader => all(Verdict::Same),
            (Unsigned(from), Unsigned(to)) | (Signed(from), Signed(to)) => Some(narrowed(from, to)),
            (Unsigned(_), Signed(_)) | (Signed(_), Unsigned(_)) => all(Verdict::Silent),
            (U8, I8) | (I8, U8) => all(Verdict::Silent),
            (Bool, U8 | I8 | Unsigned(_)) => all(Verdict::Ok),
            (U8 | I8 | Unsigned(_), Bool) => all(Verdict::Loud),
            // Zigzag: 1 is -1.
            (Bool, Signed(_)) | (Signed(_), Bool) => all(Verdict::Silent),
            (String | Char, Bytes) | (Char, String) => all(Verdict::Ok),
            (Bytes, String) => all(Verdict::Loud),
            (String | Bytes, Char) => Some(Seen {
                verdict: Verdict::Loud,
                rust: Verdict::Silent,
            }),
            _ => None,
        }
    }
}

/// Varints of one kind. facet-postcard reads up to 64 bits into a `u64` and drops what is beyond it.
fn narrowed(from: u32, to: u32) -> Seen {
    match (from <= to, from) {
        (true, _) => Seen::all(Verdict::Ok),
        (false, 128) => Seen {
            verdict: Verdict::Loud,
            rust: Verdict::Silent,
        },
        (false, _) => Seen::all(Verdict::Loud),
    }
}

/// What a reader of a number makes of the index of a variant, of which there are `count`, each without fields.
pub(super) fn index_read_by(count: usize, reader: Scalar) -> Option<Seen> {
    let all = |verdict| Some(Seen::all(verdict));
    match reader {
        Scalar::Unsigned(_) => all(Verdict::Ok),
        // Up to 127 a varint is one byte, and the byte is the number.
        Scalar::U8 | Scalar::I8 if count <= 128 => all(Verdict::Ok),
        Scalar::Signed(_) if count == 1 => all(Verdict::Ok),
        Scalar::Signed(_) => all(Verdict::Silent),
        _ => None,
    }
}

/// What a reader of an enum of `count` variants without fields makes of a number.
pub(super) fn number_read_by(writer: Scalar, count: usize) -> Option<Seen> {
    let all = |verdict| Some(Seen::all(verdict));
    match writer {
        Scalar::Unsigned(_) => all(Verdict::Loud),
        Scalar::U8 | Scalar::I8 if count <= 128 => all(Verdict::Loud),
        Scalar::Signed(_) => all(Verdict::Silent),
        _ => None,
    }
}
