//! Documentation as lines that a generator can put behind its comment marks.

/// The lines of a doc text without trailing blanks, without blank lines at its start and end. None for no text.
pub fn lines(doc: &str) -> Vec<&str> {
    let lines: Vec<&str> = doc.lines().map(str::trim_end).collect();
    let first = lines.iter().position(|line| !line.is_empty());
    let last = lines.iter().rposition(|line| !line.is_empty());
    match (first, last) {
        (Some(first), Some(last)) => lines[first..=last].to_vec(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn blank_lines_stay_inside_only() {
        assert_eq!(lines("\n  \none\n\n  two  \n\n"), ["one", "", "  two"]);
        assert!(lines("").is_empty() && lines(" \n ").is_empty());
    }
}
