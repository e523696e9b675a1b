//! The findings that a `rapace.toml` allows.

use rapace_exporter::config::{LintAllowed, LintTable};

use super::findings::Finding;
use super::rules::RULES;

/// Takes out what is allowed.
///
/// # Errors
/// A message per entry that is wrong: a rule that is not there, no reason, or nothing that it allows.
pub(super) fn without_allowed(findings: Vec<Finding>, table: &LintTable) -> Result<Vec<Finding>, Vec<String>> {
    let problems: Vec<String> = table
        .allow
        .iter()
        .filter_map(|entry| problem(entry, &findings))
        .collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    let is_allowed = |finding: &Finding| table.allow.iter().any(|entry| allows(entry, finding));
    Ok(findings.into_iter().filter(|finding| !is_allowed(finding)).collect())
}

fn problem(entry: &LintAllowed, findings: &[Finding]) -> Option<String> {
    let LintAllowed { rule, at, reason } = entry;
    let place = at.as_deref().map(|at| format!(" at `{at}`")).unwrap_or_default();
    let entry_name = format!("[[lint.allow]] of `{rule}`{place}");
    if !RULES.iter().any(|known| known.name == rule) {
        let known: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        return Some(format!(
            "{entry_name}: there is no such rule. The rules are {}",
            known.join(", ")
        ));
    }
    if reason.trim().is_empty() {
        return Some(format!("{entry_name}: the reason is empty"));
    }
    let is_used = findings.iter().any(|finding| allows(entry, finding));
    (!is_used).then(|| format!("{entry_name} allows nothing: remove it"))
}

fn allows(entry: &LintAllowed, finding: &Finding) -> bool {
    let is_at = |at: &String| {
        let inside = finding.place.strip_prefix(at.as_str());
        inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    finding.rule.name == entry.rule && entry.at.as_ref().is_none_or(is_at)
}

#[cfg(test)]
mod tests {
    use super::super::rules::{BARE_ANSWER, BARE_TUPLE};
    use super::*;

    #[test]
    fn entries_allow_what_they_name_and_nothing_else() {
        let finding = |rule, place: &str| Finding {
            rule,
            place: place.into(),
            what: String::new(),
        };
        let findings = vec![
            finding(BARE_ANSWER, "S.m"),
            finding(BARE_ANSWER, "S.n"),
            finding(BARE_TUPLE, "S.m.a"),
        ];
        for (rule, at, reason, expected) in [
            ("bare-answer", None, "it is so", Ok(vec!["S.m.a"])),
            ("bare-answer", Some("S.m"), "it is so", Ok(vec!["S.n", "S.m.a"])),
            ("bare-tuple", Some("S"), "it is so", Ok(vec!["S.m", "S.n"])),
            (
                "bare-tuple",
                Some("S.m.aa"),
                "it is so",
                Err("[[lint.allow]] of `bare-tuple` at `S.m.aa` allows nothing: remove it"),
            ),
            (
                "bare-answer",
                None,
                " ",
                Err("[[lint.allow]] of `bare-answer`: the reason is empty"),
            ),
            (
                "bare",
                None,
                "it is so",
                Err("[[lint.allow]] of `bare`: there is no such rule. The rules are bare-answer, "),
            ),
        ] {
            let entry = LintAllowed {
                rule: rule.into(),
                at: at.map(str::to_owned),
                reason: reason.into(),
            };
            let left = without_allowed(findings.clone(), &LintTable { allow: vec![entry] });
            match (left, expected) {
                (Ok(left), Ok(expected)) => {
                    let left: Vec<String> = left.into_iter().map(|finding| finding.place).collect();
                    assert_eq!(left, expected, "{rule} {at:?}");
                }
                (Err(problems), Err(expected)) => assert!(problems[0].starts_with(expected), "{problems:?}"),
                (left, _) => panic!("{rule} {at:?}: {left:?}"),
            }
        }
    }
}
