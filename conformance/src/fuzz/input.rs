//! What is put to everyone.

/// Bytes as the type of a method's argument and answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The method of `Values`.
    pub method: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}
