//! Lines of Go within a width.

use rapace_gen_core::text::width;

/// The most columns of a line of code or of our own sentences. A tab counts as four.
pub(crate) const WIDTH: usize = 120;

const TAB: usize = 4;

/// True when the text fits on a line that is indented by so many tabs.
pub(crate) fn fits(text: &str, tabs: usize) -> bool {
    columns_after(text, tabs) <= WIDTH
}

/// The columns of a line that is indented by so many tabs, up to the end of this text.
pub(crate) fn columns_after(text: &str, tabs: usize) -> usize {
    width(text) + TAB * tabs
}

/// `before(item, item)after` in one line where that fits, otherwise with a line for each item. `before` ends with the opening
/// bracket and `after` begins with the closing one. The lines are to be indented by `tabs`.
pub(crate) fn bracketed(before: &str, items: &[String], after: &str, tabs: usize) -> Vec<String> {
    let line = format!("{before}{}{after}", items.join(", "));
    match items.is_empty() || fits(&line, tabs) {
        true => vec![line],
        false => broken(before, items, after),
    }
}

/// [`bracketed`] with a line for each item.
pub(crate) fn broken(before: &str, items: &[String], after: &str) -> Vec<String> {
    let mut lines = vec![before.to_owned()];
    lines.extend(items.iter().map(|item| format!("\t{item},")));
    lines.push(after.to_owned());
    lines
}

/// The lines, each but the first indented by so many tabs, joined.
pub(crate) fn joined(lines: &[String], tabs: usize) -> String {
    lines.join(&format!("\n{}", "\t".repeat(tabs)))
}

#[cfg(test)]
mod tests {
    use super::bracketed;

    #[test]
    fn wide_lists_have_a_line_for_each_item() {
        let items = |count: usize| vec!["a uint32".to_owned(); count];
        assert_eq!(bracketed("F(", &[], ")", 0), ["F()"]);
        assert_eq!(
            bracketed("F(", &items(2), ") error", 0),
            ["F(a uint32, a uint32) error"]
        );
        // 10 items, 9 separators and the brackets: 102 columns and those of the tabs.
        let width = |tabs| bracketed(&format!("F{}(", "x".repeat(16)), &items(10), ")", tabs).len();
        assert_eq!([width(0), width(1)], [1, 12]);
        assert_eq!(
            bracketed(&"x".repeat(120), &items(1), ")", 0)[1..],
            ["\ta uint32,", ")"]
        );
    }
}
