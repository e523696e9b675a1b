//! What every language decides alike about an API, decided once: [`Facts`] per type, [`Uses`] per direction, methods, names of
//! unnamed types. The time it takes grows with the file alone.
//!
//! A chain of types may be as long as a file, and each may mention the one before twice: what is asked of a type is
//! established once, dependencies first, and never by walking from each type through all that it reaches.

mod chains;
mod facts;
mod methods;
mod reach;
#[cfg(any(test, feature = "golden"))]
pub mod samples;
mod stem;
mod uses;

pub use chains::chain_ends;
pub use facts::{Facts, is_unit_enum};
pub use methods::can_notify;
use rapace_schema::TypeRef;
pub use stem::stem;
pub use uses::Uses;

/// The longest array that is written as a tuple, whose length type checkers check.
pub const SPELLED_ARRAY: u64 = 8;
/// The most types that a spelled array names, those in spelled arrays inside it included: a matrix of eight by eight has so
/// many. Arrays in arrays would otherwise double what is written with each level.
pub const SPELLED_TYPES: u64 = 64;

/// True for an array that is written item by item where the language has no arrays of a fixed length.
pub fn is_spelled(item: &TypeRef, len: u64) -> bool {
    len <= SPELLED_ARRAY && len.saturating_mul(spelled_types(item)) <= SPELLED_TYPES
}

/// How many types are written for this one.
fn spelled_types(ty: &TypeRef) -> u64 {
    let inside: u64 = ty.children().into_iter().map(spelled_types).sum();
    match ty {
        TypeRef::Array { item, len } if **item != TypeRef::U8 && *len <= SPELLED_ARRAY => {
            let spelled = inside.saturating_mul(*len);
            if spelled <= SPELLED_TYPES { spelled } else { inside }
        }
        _ => inside.max(1),
    }
}

#[cfg(test)]
mod tests {
    use rapace_schema::TypeRef;

    use super::is_spelled;

    #[test]
    fn arrays_are_spelled_as_long_as_that_is_short() {
        let array = |item, len| TypeRef::Array {
            item: Box::new(item),
            len,
        };
        assert!(is_spelled(&TypeRef::U32, 8) && !is_spelled(&TypeRef::U32, 9));
        assert!(is_spelled(&array(TypeRef::F64, 8), 8) && is_spelled(&TypeRef::U32, 0));
        let mut deep = TypeRef::U32;
        let spelled: Vec<bool> = (0..8)
            .map(|_| {
                let is_one = is_spelled(&deep, 2);
                deep = array(deep.clone(), 2);
                is_one
            })
            .collect();
        assert_eq!(spelled, [true, true, true, true, true, true, false, false]);
    }
}
