//! Metadata: keys and values that travel with a call beside its arguments, and with a connection's hello.

use std::fmt;

/// How many bytes the keys and values of a call may have together by default: 8 KiB, as most HTTP servers allow for the headers of a
/// request.
pub const MAX_METADATA_BYTES: usize = 8192;
/// How many bytes a key may have.
pub const MAX_KEY_BYTES: usize = 64;
/// The key of a call's deadline, in nanoseconds from the arrival of the request.
pub const TIMEOUT: &str = "timeout-ns";
/// Keys with this prefix are rapace's own.
pub const RESERVED: &str = "rapace-";
/// The key of a hello's version.
pub const HELLO: &str = "rapace-hello";
/// The key of the client's name and version in a hello.
pub const CLIENT: &str = "rapace-client";
/// The key of the token in a hello.
pub const TOKEN: &str = "token";
/// The values of keys with this suffix are bytes.
const BYTES: &str = "-bin";
/// What an entry takes in memory besides its bytes.
const ENTRY: usize = 96;

/// Keys and values, sorted by key. Values are text; those of keys that end in `-bin` are bytes.
///
/// `Debug` shows the keys alone, for values may be secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata(Vec<(String, Vec<u8>)>);

/// Why keys and values are not accepted as metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetadataError {
    /// Keys and values have more bytes than are accepted.
    Size {
        /// How many they have.
        bytes: usize,
        /// How many they may have.
        limit: usize,
    },
    /// This is not a valid key.
    Key(String),
    /// This key comes twice.
    Twice(String),
    /// The value of this key is not UTF-8.
    Text(String),
}

impl Metadata {
    /// Entries that have arrived, of at most `limit` bytes.
    ///
    /// # Errors
    /// When they break a rule: the size is looked at first, then each entry.
    pub fn read<'a>(
        entries: impl Iterator<Item = (&'a str, &'a [u8])> + Clone,
        limit: usize,
    ) -> Result<Self, MetadataError> {
        let bytes = entries.clone().map(|(key, value)| key.len() + value.len()).sum();
        if bytes > limit {
            return Err(MetadataError::Size { bytes, limit });
        }
        let mut read = Self::default();
        for (key, value) in entries {
            read.insert(key, value)?;
        }
        Ok(read)
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// When the key is invalid or present already, or when the value of a key for text is not UTF-8.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Vec<u8>>) -> Result<(), MetadataError> {
        let (key, value) = (key.into(), value.into());
        if !is_key(&key) {
            return Err(MetadataError::Key(key));
        }
        if !key.ends_with(BYTES) && std::str::from_utf8(&value).is_err() {
            return Err(MetadataError::Text(key));
        }
        // Whoever sends sorted entries pays for no search.
        match self.0.last() {
            Some((last, _)) if *last >= key => match self.place(&key) {
                Ok(_) => return Err(MetadataError::Twice(key)),
                Err(place) => self.0.insert(place, (key, value)),
            },
            _ => self.0.push((key, value)),
        }
        Ok(())
    }

    /// The text of this key; `None` when the key is absent or its value is bytes.
    pub fn get(&self, key: &str) -> Option<&str> {
        let text = self.get_bytes(key).filter(|_| !key.ends_with(BYTES))?;
        std::str::from_utf8(text).ok()
    }

    /// The value of this key as bytes.
    pub fn get_bytes(&self, key: &str) -> Option<&[u8]> {
        let place = self.place(key).ok()?;
        Some(&self.0[place].1)
    }

    /// All keys with their values, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> + Clone {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_slice()))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Without rapace's own keys, which handlers do not see.
    #[must_use]
    pub fn without_reserved(mut self) -> Self {
        self.0.retain(|(key, _)| !is_reserved(key));
        self
    }

    /// About how much memory it takes, in bytes.
    pub fn memory(&self) -> usize {
        self.0.iter().map(|(key, value)| ENTRY + key.len() + value.len()).sum()
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(key))
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(key, _)| key)).finish()
    }
}

impl MetadataError {
    /// The message about the metadata of `whose`, such as `Catalog.find`.
    pub fn of(&self, whose: &str) -> String {
        match self {
            Self::Size { bytes, limit } => {
                format!("metadata of {whose} takes {bytes} bytes; at most {limit} are accepted")
            }
            Self::Key(key) => format!(
                "metadata {} of {whose}: a key is 1 to {MAX_KEY_BYTES} characters of a-z, 0-9, \".\", \"_\" and \"-\"",
                quoted(key)
            ),
            Self::Twice(key) => format!("metadata {} of {whose}: the key is there twice", quoted(key)),
            Self::Text(key) => format!(
                "metadata {} of {whose}: the value is not UTF-8; only keys that end in \"{BYTES}\" carry bytes",
                quoted(key)
            ),
        }
    }
}

/// Whether this is a valid key.
pub fn is_key(key: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    (1..=MAX_KEY_BYTES).contains(&key.len()) && key.bytes().all(fits)
}

/// Whether this is one of rapace's own keys.
pub fn is_reserved(key: &str) -> bool {
    key == TIMEOUT || key.starts_with(RESERVED)
}

/// A key that may be long or have control characters.
fn quoted(key: &str) -> String {
    match key.char_indices().nth(MAX_KEY_BYTES) {
        Some((end, _)) => format!("{:?}…", &key[..end]),
        None => format!("{key:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_looked_up() {
        let mut metadata = Metadata::default();
        for (key, value) in [("tenant", &b"blue"[..]), ("a", b"1"), ("seal-bin", &[0xff, 0])] {
            metadata.insert(key, value).expect("it fits");
        }
        let keys: Vec<&str> = metadata.iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "seal-bin", "tenant"]);
        assert_eq!((metadata.get("tenant"), metadata.get("other")), (Some("blue"), None));
        assert_eq!(metadata.get("seal-bin"), None, "it is bytes");
        assert_eq!(metadata.get_bytes("seal-bin"), Some(&[0xff, 0][..]));
        assert_eq!(
            format!("{metadata:?}"),
            r#"["a", "seal-bin", "tenant"]"#,
            "values are secret"
        );
        for key in [TIMEOUT, HELLO, "rapace-more"] {
            metadata.insert(key, "1").expect("it fits");
        }
        let for_handlers = metadata.without_reserved();
        let keys: Vec<&str> = for_handlers.iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "seal-bin", "tenant"]);
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        let rule = r#"a key is 1 to 64 characters of a-z, 0-9, ".", "_" and "-""#;
        let long = "x".repeat(70);
        for (key, value, message) in [
            ("Key", "1", format!(r#"metadata "Key" of Catalog.find: {rule}"#)),
            ("", "1", format!(r#"metadata "" of Catalog.find: {rule}"#)),
            ("ü", "1", format!(r#"metadata "ü" of Catalog.find: {rule}"#)),
            ("a\n", "1", format!(r#"metadata "a\n" of Catalog.find: {rule}"#)),
            (
                long.as_str(),
                "1",
                format!(r#"metadata "{}"… of Catalog.find: {rule}"#, &long[..64]),
            ),
            (
                "there",
                "1",
                r#"metadata "there" of Catalog.find: the key is there twice"#.to_owned(),
            ),
        ] {
            let mut metadata = Metadata::default();
            metadata.insert("there", "0").expect("it fits");
            let error = metadata.insert(key, value).expect_err(key);
            assert_eq!(error.of("Catalog.find"), message);
        }
        let error = Metadata::default().insert("text", [0xff]).expect_err("it is not UTF-8");
        let message =
            r#"metadata "text" of Catalog.find: the value is not UTF-8; only keys that end in "-bin" carry bytes"#;
        assert_eq!(error.of("Catalog.find"), message);
        assert!(is_key(&long[..64]), "64 are allowed");
    }

    #[test]
    fn the_size_has_a_limit() {
        let mut metadata = Metadata::default();
        metadata.insert("key", vec![b'x'; 97]).expect("it fits");
        let entries = metadata.clone();
        assert_eq!(Metadata::read(entries.iter(), 100), Ok(metadata));
        let error = Metadata::read(entries.iter(), 99).expect_err("it is too large");
        assert_eq!(
            error.of("Catalog.find"),
            "metadata of Catalog.find takes 100 bytes; at most 99 are accepted"
        );
    }
}
