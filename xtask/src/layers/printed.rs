//! What the layer tests of the languages print.

use crate::project::{Error, Result};

/// The last line of a language's layer test that has its figures: what follows `layers: `.
///
/// # Errors
/// When the test printed none.
pub fn figures(printed: &str) -> Result<String> {
    let line = printed.lines().rev().find_map(|line| line.split_once("layers: "));
    let missing = || Error(format!("the layer test printed no line `layers: …`:\n{printed}"));
    line.map(|(_, figures)| figures.trim().to_owned()).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::figures;

    #[test]
    fn figures_are_in_the_last_line_that_has_them() {
        let printed = "== RUN\n    layers: 3 files, 0 circles\nlayers: 4 files, 0 circles, 1 exceptions\nok\n";
        assert_eq!(
            figures(printed).ok().as_deref(),
            Some("4 files, 0 circles, 1 exceptions")
        );
        assert!(figures("ok").is_err());
    }
}
