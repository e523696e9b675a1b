//! Messages about a text that is no `rapace.toml`.

use super::FILE;
use crate::nearest::nearest;

/// What is wrong, after the file's name and the line.
pub(super) fn message(text: &str, error: &toml::de::Error) -> String {
    let why = error.message();
    let why = unknown_key(why).unwrap_or_else(|| why.trim_end().replace("missing field", "missing key"));
    match error.span() {
        Some(span) => {
            let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
            format!("{FILE}:{line}: {why}")
        }
        None => format!("{FILE}: {why}"),
    }
}

/// What serde says of an unknown field, in the words of the file: the nearest key first, then all that are known there.
fn unknown_key(why: &str) -> Option<String> {
    let rest = why.strip_prefix("unknown field `")?;
    let (unknown, rest) = rest.split_once('`')?;
    // Every second part is the name of a key.
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let nearest = nearest(unknown, known.iter().copied()).map(|key| format!(": did you mean `{key}`?"));
    let known: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
    Some(format!(
        "unknown key `{unknown}`{} Known here: {}",
        nearest.unwrap_or_else(|| ".".to_owned()),
        known.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn check(text: &str, expected: &str) {
        assert_eq!(Config::parse(text).unwrap_err(), expected, "{text}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        check("services = [", "rapace.toml:1: unclosed array, expected `]`");
        check(
            "\n[export]\npacakges = []\n",
            "rapace.toml:3: unknown key `pacakges`: did you mean `packages`? Known here: `packages`, `workspace`, `exclude`, \
             `features`, `all-features`, `no-default-features`, `name`, `keep-names`, `out`",
        );
        check("[[gen]]\nout = \"a\"\n", "rapace.toml:1: missing key `lang`");
        check("[[gen]]\nlang = \"go\"\n", "rapace.toml:1: missing key `out`");
        check(
            "[[gen]]\nlang = \"go\"\nout = \"a\"\nversion = \"1.4\"\n",
            "rapace.toml:4: version `1.4` is neither `from-cargo` nor a semantic version as `1.4.0`: unexpected end of input \
             while parsing minor version number",
        );
        check(
            "[[gen]]\nlang = \"go\"\nout = \"a\"\nopt = { frozen = [] }\n",
            "rapace.toml:4: invalid type: sequence, expected text, a whole number, true or false",
        );
    }

    #[test]
    fn a_key_that_resembles_none_has_no_guess() {
        let message = Config::parse("zzzzzzzz = 1").unwrap_err();
        assert!(
            message.starts_with("rapace.toml:1: unknown key `zzzzzzzz`. Known here: `services`, "),
            "{message}"
        );
    }

    #[test]
    fn values_are_what_they_say() {
        let text = "[export]\nall-features = true\n[[gen]]\nlang = \"go\"\nout = \"a\"\nversion = \"1.4.0\"\n\
                    opt = { frozen = true, wide = 8, target = \"js\" }\n";
        let config = Config::parse(text).unwrap();
        let export = config.export.unwrap();
        assert!(export.all_features && export.out() == "api.json");
        let opt: Vec<String> = config.packages[0].opt.values().map(|value| value.0.clone()).collect();
        assert_eq!(opt, ["true", "js", "8"]);
        assert_eq!(
            config.packages[0].version,
            crate::config::VersionSource::Exact("1.4.0".into())
        );
    }
}
