//! Which names are identifiers in every language.
//!
//! The rule is that of Unicode's annex 31 (XID), which Rust and Python have; JavaScript allows all of it, and Go's
//! generator writes what Go does not allow by its number. Characters that Unicode has had for a short time only are
//! left out, because older compilers do not know them.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, HirKind};

/// Unicode 14 is what Python 3.11 knows, the oldest of the languages' versions. A character that begins an identifier.
const START: &str = r"[\p{XID_Start}&&\p{Age:14.0}]";
/// Unicode has counted the two dots of Katakana among these since version 15.1, and the invisible joiners since 16.
const CONTINUE: &str = r"[\p{XID_Continue}&&\p{Age:14.0}--[\u{200c}\u{200d}\u{30fb}\u{ff65}]]";

/// True for a character that can begin an identifier, in every language.
pub fn is_identifier_start(c: char) -> bool {
    static CLASS: LazyLock<ClassUnicode> = LazyLock::new(|| class(START));
    c == '_' || contains(&CLASS, c)
}

/// True for a character that an identifier can have after its first, in every language.
pub fn is_identifier_continue(c: char) -> bool {
    static CLASS: LazyLock<ClassUnicode> = LazyLock::new(|| class(CONTINUE));
    contains(&CLASS, c)
}

/// Why a name is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnIdentifier {
    /// It has no characters.
    Empty,
    /// It begins with this character.
    Start(char),
    /// It contains this character.
    Continue(char),
}

impl fmt::Display for NotAnIdentifier {
    /// Says the character by its number too: many of them are not seen, or look like another.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::Start(c) => write!(f, "{c:?} (U+{:04X}) cannot begin one", u32::from(*c)),
            Self::Continue(c) => write!(f, "{c:?} (U+{:04X}) cannot be in one", u32::from(*c)),
        }
    }
}

/// Checks that a name is an identifier in every language, keywords aside.
///
/// # Errors
/// The first character that is in the way.
pub fn check_identifier(name: &str) -> Result<(), NotAnIdentifier> {
    let mut chars = name.chars();
    match chars.next() {
        None => Err(NotAnIdentifier::Empty),
        Some(first) if !is_identifier_start(first) => Err(NotAnIdentifier::Start(first)),
        Some(_) => match chars.find(|&c| !is_identifier_continue(c)) {
            Some(other) => Err(NotAnIdentifier::Continue(other)),
            None => Ok(()),
        },
    }
}

fn class(pattern: &str) -> ClassUnicode {
    match regex_syntax::parse(pattern).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        other => unreachable!("{pattern} is a class of characters, not {other:?}"),
    }
}

fn contains(class: &ClassUnicode, c: char) -> bool {
    let found = class.ranges().binary_search_by(|range| {
        if range.end() < c {
            Ordering::Less
        } else if range.start() > c {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    });
    found.is_ok()
}

#[cfg(test)]
mod tests {
    use super::{NotAnIdentifier, check_identifier, is_identifier_continue, is_identifier_start};

    #[test]
    fn letters_digits_and_marks_of_every_script_are_in_identifiers() {
        for name in [
            "a",
            "_",
            "_1",
            "größe",
            "K1ª",
            "पुस्तक",
            "हिन्दी",
            "ภาษาไทยไม้",
            "col·lecció",
            "x\u{302}",
            "naïve",
            "℘",
            "Ⅷ",
            "ｉｆ",
            "𝒳",
            "한글",
            "a१",
        ] {
            assert_eq!(check_identifier(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_a_language_does_not_know_is_refused() {
        for (name, why) in [
            ("", "it is empty"),
            ("9", "'9' (U+0039) cannot begin one"),
            ("a²", "'²' (U+00B2) cannot be in one"),
            ("a½", "'½' (U+00BD) cannot be in one"),
            ("ⓐ", "'ⓐ' (U+24D0) cannot begin one"),
            ("①", "'①' (U+2460) cannot begin one"),
            ("१a", "'१' (U+0967) cannot begin one"),
            ("\u{302}x", "'\\u{302}' (U+0302) cannot begin one"),
            ("first-name", "'-' (U+002D) cannot be in one"),
            ("a b", "' ' (U+0020) cannot be in one"),
            ("a\nb", "'\\n' (U+000A) cannot be in one"),
            ("$a", "'$' (U+0024) cannot begin one"),
            // Not seen, or seen as something else.
            ("a\u{200d}b", "'\\u{200d}' (U+200D) cannot be in one"),
            ("a\u{202e}b", "'\\u{202e}' (U+202E) cannot be in one"),
            // Of Unicode 15 and 15.1: Kawi, and a dot between letters of Katakana.
            ("\u{11f04}", "'\u{11f04}' (U+11F04) cannot begin one"),
            ("a\u{30fb}", "'・' (U+30FB) cannot be in one"),
            ("💥", "'💥' (U+1F4A5) cannot begin one"),
        ] {
            let found = check_identifier(name).map_err(|why: NotAnIdentifier| why.to_string());
            assert_eq!(found, Err(why.to_owned()), "{name:?}");
        }
    }

    /// `str.isidentifier` of Python 3.11 holds for so many characters.
    #[test]
    fn the_characters_are_those_of_unicode_14() {
        let count = |is: fn(char) -> bool| ('\0'..=char::MAX).filter(|&c| is(c)).count();
        assert_eq!(
            (count(is_identifier_start), count(is_identifier_continue)),
            (131_975, 135_053)
        );
    }
}
