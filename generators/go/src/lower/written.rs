//! Expressions as gofmt leaves them: on one line where they fit, otherwise with a line for each member.

use rapace_gen_core::text::width;

use crate::layout::{WIDTH, columns_after};

/// The longest key that gofmt aligns with any other. Members with a longer one stay on one line.
const LONGEST_KEY: usize = 40;

/// The text of an expression before it has lines.
#[derive(Clone, Debug)]
pub(super) enum Written {
    /// A text that is never broken.
    Text(String),
    /// `go{member, member}`, where `go` is empty if the place says the type.
    Composite { go: String, members: Vec<Member> },
    /// `function(argument, argument)`
    Call { function: String, arguments: Vec<Written> },
}

/// A member of a composite literal.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) key: Option<String>,
    pub(super) value: Written,
}

impl Member {
    /// `key: value`
    pub(super) fn keyed(key: impl Into<String>, value: Written) -> Self {
        Self {
            key: Some(key.into()),
            value,
        }
    }

    /// The columns of the key with its colon and a space.
    fn columns(&self) -> usize {
        self.key.as_ref().map_or(0, |key| width(key) + ": ".len())
    }
}

impl From<Written> for Member {
    fn from(value: Written) -> Self {
        Self { key: None, value }
    }
}

impl Written {
    /// The text on one line.
    pub(super) fn flat(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Composite { go, members } => {
                let members = members.iter().map(|member| match &member.key {
                    Some(key) => format!("{key}: {}", member.value.flat()),
                    None => member.value.flat(),
                });
                format!("{go}{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
            Self::Call { function, arguments } => {
                let arguments: Vec<String> = arguments.iter().map(Self::flat).collect();
                format!("{function}({})", arguments.join(", "))
            }
        }
    }

    /// The text after `before`, on a line that is indented by so many tabs. Its further lines are indented, too.
    pub(super) fn after(&self, before: &str, tabs: usize) -> String {
        format!("{before}{}", self.within(columns_after(before, tabs), tabs))
    }

    /// The text from this column on.
    fn within(&self, column: usize, tabs: usize) -> String {
        let flat = self.flat();
        if column + width(&flat) <= WIDTH {
            return flat;
        }
        match self {
            Self::Composite { go, members } if members.iter().all(is_aligned) && !members.is_empty() => {
                format!("{go}{{\n{}{}}}", lines(members, tabs + 1), "\t".repeat(tabs))
            }
            Self::Call { function, arguments } => match arguments.as_slice() {
                // The only argument breaks inside its own brackets.
                [only] => format!(
                    "{function}({})",
                    only.within(column + width(function) + "()".len(), tabs)
                ),
                many => {
                    let members: Vec<Member> = many.iter().cloned().map(Member::from).collect();
                    format!("{function}(\n{}{})", lines(&members, tabs + 1), "\t".repeat(tabs))
                }
            },
            Self::Composite { .. } | Self::Text(_) => flat,
        }
    }
}

fn is_aligned(member: &Member) -> bool {
    member.key.as_ref().is_none_or(|key| key.len() <= LONGEST_KEY)
}

/// A line for each member. Values are aligned in runs of members that have one line.
fn lines(members: &[Member], tabs: usize) -> String {
    let indent = "\t".repeat(tabs);
    let widest = members.iter().map(Member::columns).max().unwrap_or(0);
    let column = columns_after("", tabs) + widest + ",".len();
    let values: Vec<String> = members.iter().map(|member| member.value.within(column, tabs)).collect();
    let mut text = String::new();
    let mut left: Vec<(&Member, &String)> = members.iter().zip(&values).collect();
    while let Some((_, first)) = left.first() {
        let run = match first.contains('\n') {
            true => 1,
            false => left.iter().take_while(|(_, value)| !value.contains('\n')).count(),
        };
        let widest = left[..run]
            .iter()
            .map(|(member, _)| member.columns())
            .max()
            .unwrap_or(0);
        for (member, value) in left.drain(..run) {
            let key = member.key.as_ref().map_or(String::new(), |key| format!("{key}:"));
            let spaces = " ".repeat(widest - width(&key));
            text.push_str(&format!("{indent}{key}{spaces}{value},\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Member, Written};

    fn text(length: usize) -> Written {
        Written::Text("x".repeat(length))
    }

    fn composite(go: &str, members: Vec<Member>) -> Written {
        Written::Composite { go: go.into(), members }
    }

    #[test]
    fn what_is_wide_has_lines() {
        let x = "x".repeat(60);
        let inner = composite("T", vec![Member::keyed("Key", text(60)), Member::keyed("K", text(60))]);
        assert_eq!(
            inner.after("v := ", 1),
            format!("v := T{{\n\t\tKey: {x},\n\t\tK:   {x},\n\t}}")
        );
        // A member of several lines is not aligned, and ends the run before it.
        let hugged = Written::Call {
            function: "rapace.Ptr".into(),
            arguments: vec![inner],
        };
        let members = vec![
            Member::keyed("A", text(1)),
            Member::keyed("Long", hugged),
            Member::keyed("B", text(1)),
            Member::keyed("Cc", text(1)),
        ];
        assert_eq!(
            composite("U", members).after("", 0),
            format!(
                "U{{\n\tA: x,\n\tLong: rapace.Ptr(T{{\n\t\tKey: {x},\n\t\tK:   {x},\n\t}}),\n\tB:  x,\n\tCc: x,\n}}"
            )
        );
        let call = Written::Call {
            function: "F".into(),
            arguments: vec![text(60), text(60)],
        };
        assert_eq!(call.after("", 0), format!("F(\n\t{x},\n\t{x},\n)"));
    }

    #[test]
    fn what_fits_is_on_one_line() {
        let list = composite("[]T", vec![text(2).into(), composite("", Vec::new()).into()]);
        assert_eq!(list.after("v := ", 1), "v := []T{xx, {}}");
        // 4 of the tab, 5 before, 109 and 2 of the brackets.
        assert_eq!(
            composite("", vec![text(109).into()]).after("v := ", 1).lines().count(),
            1
        );
        assert_eq!(
            composite("", vec![text(110).into()]).after("v := ", 1).lines().count(),
            3
        );
        let long_key = composite("T", vec![Member::keyed("k".repeat(41), text(80))]);
        assert_eq!(long_key.after("", 0).lines().count(), 1);
    }
}
