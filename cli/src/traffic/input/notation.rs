//! What the ways of writing bytes have in common.

/// A way of writing bytes.
pub(super) trait Notation {
    /// Adds text, and the bytes that it completes.
    ///
    /// # Errors
    /// The position in the text and the error there.
    fn add(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> Result<(), (usize, String)>;

    /// The text has ended.
    ///
    /// # Errors
    /// A message: the text ends too early.
    fn finish(&mut self, bytes: &mut Vec<u8>) -> Result<(), String>;
}

/// A character of a message.
pub(super) fn shown(byte: u8) -> String {
    format!("`{}`", char::from(byte).escape_default())
}

/// Why a text is refused. `before` is how much of the input was before it.
pub(super) fn refused(before: u64, at: usize, why: &str) -> String {
    format!("character {} of the input: {why}", before + at as u64)
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Notation, refused};

    /// The bytes that a text means, or why it means none, whether it comes at once or character by character.
    pub(in super::super) fn check<N: Notation + Default>(text: &str, expected: Result<&[u8], &str>) {
        for size in [1, 1000] {
            let (mut notation, mut bytes) = (N::default(), Vec::new());
            let pieces = text.as_bytes().chunks(size).enumerate();
            let mut added = pieces.map(|(index, piece)| {
                let before = (index * size) as u64;
                let added = notation.add(piece, &mut bytes);
                added.map_err(|(at, why)| refused(before, at, &why))
            });
            let added = added.find(Result::is_err).unwrap_or(Ok(()));
            let read = added.and_then(|()| notation.finish(&mut bytes));
            assert_eq!(
                read.map(|()| bytes.as_slice()),
                expected.map_err(str::to_owned),
                "{text:?}"
            );
        }
    }
}
