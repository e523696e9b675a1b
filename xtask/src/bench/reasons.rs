//! Why rows are lost or miss their goals, as data: what profiles have shown.

/// What bounds some rows.
struct Reason {
    language: &'static str,
    /// The peers, or all.
    peers: &'static [&'static str],
    ops: &'static [&'static str],
    /// The values, or all.
    cases: &'static [&'static str],
    why: &'static str,
}

/// How far a row may be from its goal for noise to be the reason.
const NOISE: f64 = 0.05;

/// The first that fits is the reason.
#[rustfmt::skip]
const REASONS: &[Reason] = &[
];

/// The reason of a row that has these ratios and wanted more.
pub fn why(language: &str, peer: &str, case: &str, op: &str, ratios: &[f64], wanted: f64) -> String {
    let fits = |all: &[&str], name: &str| all.is_empty() || all.contains(&name);
    let found = REASONS.iter().find(|reason| {
        reason.language == language && fits(reason.peers, peer) && fits(reason.ops, op) && fits(reason.cases, case)
    });
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    match found {
        Some(reason) => reason.why.into(),
        None if least >= wanted * (1.0 - NOISE) => "as fast, within the noise of runs".into(),
        None => "not explained yet".into(),
    }
}
