//! How Go writes a name.
//!
//! Exported names are upper camel case with Go's usual initialisms (`isbn_id` becomes `IsbnID`). Private names begin with a
//! lower-case letter.

use rapace_gen_core::names::words;

/// The initialisms of Go's style guide, which it writes in one case.
const INITIALISMS: &[&str] = &[
    "acl", "api", "ascii", "cpu", "css", "dns", "eof", "guid", "html", "http", "https", "id", "ip", "json", "lhs",
    "qps", "ram", "rhs", "rpc", "sla", "smtp", "sql", "ssh", "tcp", "tls", "ttl", "udp", "ui", "uid", "uri", "url",
    "utf8", "uuid", "vm", "xml", "xmpp", "xsrf", "xss",
];

/// `FooBar`: a name that other packages see.
pub(crate) fn exported(name: &str) -> String {
    let name: String = go_words(name).iter().map(|word| capitalised(word)).collect();
    if name.starts_with(|first: char| first.is_uppercase()) {
        name
    } else {
        // A digit, or a letter of a script without case, which Go takes for a private name.
        format!("X{name}")
    }
}

/// `fooBar`: a name that only the package sees.
pub(crate) fn private(name: &str) -> String {
    let words = go_words(name);
    let mut words = words.iter();
    let first = words.next().map_or("", String::as_str);
    let name: String = std::iter::once(first.to_owned())
        .chain(words.map(|word| capitalised(word)))
        .collect();
    if name.starts_with(is_go_letter) {
        name
    } else {
        format!("x{name}")
    }
}

/// True for a name that a package can export. Users write such names themselves, so that ASCII does.
pub(crate) fn is_exported(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn capitalised(word: &str) -> String {
    if INITIALISMS.contains(&word) {
        return word.to_uppercase();
    }
    let mut chars = word.chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    // Some letters are a letter and marks in upper case, of which Go allows the first alone.
    let upper: String = first.to_uppercase().collect();
    if upper.chars().all(is_go_letter) {
        upper + chars.as_str()
    } else {
        word.to_owned()
    }
}

/// The words of a name in lower case, every character of which Go allows in an identifier.
fn go_words(name: &str) -> Vec<String> {
    let words = words(name).into_iter().filter(|word| word != "_");
    words
        .map(|word| {
            word.chars()
                .map(|c| match c {
                    c if is_go_letter(c) || c.is_ascii_digit() => c.to_string(),
                    c => format!("u{:x}", u32::from(c)),
                })
                .collect()
        })
        .collect()
}

/// True for letters that both languages allow in identifiers. Rust allows more than Go, which knows no combining marks;
/// of the common scripts these are the letters that are letters to both.
fn is_go_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
        || c.is_alphabetic()
            && matches!(c,
                '\u{c0}'..='\u{24f}'      // Latin
                | '\u{386}'..='\u{3ff}'   // Greek
                | '\u{400}'..='\u{481}'   // Cyrillic
                | '\u{48a}'..='\u{52f}'   // Cyrillic
                | '\u{1e00}'..='\u{1eff}' // Latin
                | '\u{3041}'..='\u{3096}' // Hiragana
                | '\u{30a1}'..='\u{30fa}' // Katakana
                | '\u{4e00}'..='\u{9fff}' // Han
                | '\u{ac00}'..='\u{d7a3}' // Hangul
            )
}

#[cfg(test)]
mod tests {
    use super::{exported, private};

    #[test]
    fn names() {
        for (name, exported_, private_) in [
            ("foo_bar", "FooBar", "fooBar"),
            ("fooBar", "FooBar", "fooBar"),
            ("id", "ID", "id"),
            ("book_id", "BookID", "bookID"),
            ("HTTPServer", "HTTPServer", "httpServer"),
            ("_1", "X1", "x1"),
            ("_", "X", "x"),
            ("größe", "Größe", "größe"),
            ("ß", "SS", "ß"),
            ("中文", "X中文", "中文"),
            ("x̂_y", "Xu302Y", "xu302Y"),
            ("a_ΐb", "Aΐb", "aΐb"),
            ("İ", "Iu307", "iu307"),
            ("col·lecció", "Colub7lecció", "colub7lecció"),
            ("_१", "U967", "u967"),
            ("किताब", "U915u93fu924u93eu92c", "u915u93fu924u93eu92c"),
        ] {
            assert_eq!([exported(name), private(name)], [exported_, private_], "{name}");
        }
    }
}
