//! Names that are nearly right.

/// How alike two names must be to be taken for each other, from 0 to 1.
const ALIKE: f64 = 0.7;

/// `; did you mean \`limit\`?`, or which names there are.
pub(super) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone, what: &str) -> String {
    let alike = |other: &&str| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let nearest = known.clone().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    match nearest {
        Some(nearest) if alike(&nearest) >= ALIKE => format!("; did you mean `{nearest}`?"),
        Some(_) => {
            let known: Vec<&str> = known.collect();
            format!("; {what}: {}", known.join(", "))
        }
        None => String::new(),
    }
}
