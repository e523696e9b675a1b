//! Texts with variables, and what follows a `$`: a variable, an entry of one, or a calculation with whole numbers.

use super::node::{Kind, Node};
use super::scope::{Scope, is_of_name};

/// A text with the values of its variables: `$name`, `$name.entry` and `$(expression)`; `$$` is a dollar sign. A text that is
/// only one of them is its value.
///
/// # Errors
/// When a variable is not known, or its value cannot be a part of a text.
pub(super) fn filled(node: &Node, text: &str, scope: &Scope<'_>) -> Result<Node, String> {
    if !text.contains('$') {
        return Ok(node.clone());
    }
    let told = |problem: String| node.error(format_args!("{text:?}: {problem}"));
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled += &rest[..at];
        if let Some(after) = rest[at..].strip_prefix("$$") {
            filled.push('$');
            rest = after;
            continue;
        }
        let (filling, after) = value(&rest[at + 1..], node, scope).map_err(told)?;
        if at == 0 && rest.len() == text.len() && after.is_empty() {
            return Ok(filling);
        }
        match &filling.kind {
            Kind::Text(text) => filled += text,
            Kind::Number(number) => filled += &number.to_string(),
            _ => return Err(told(format!("{filling} cannot be a part of a text"))),
        }
        rest = after;
    }
    filled += rest;
    Ok(node.text(filled))
}

/// The value of what a text begins with, after its `$`, and the rest of the text.
///
/// # Errors
/// When it begins with neither a variable nor an expression in parentheses.
fn value<'t>(text: &'t str, place: &Node, scope: &Scope<'_>) -> Result<(Node, &'t str), String> {
    let Some(inner) = text.strip_prefix('(') else {
        return variable(text, scope);
    };
    let mut parser = Parser {
        rest: inner,
        place,
        scope,
    };
    let value = parser.sum()?;
    parser.skip();
    match parser.rest.strip_prefix(')') {
        Some(rest) => Ok((value, rest)),
        None => Err(format!("expected ), came {:?}", parser.rest)),
    }
}

/// `name` or `name.entry`.
fn variable<'t>(text: &'t str, scope: &Scope<'_>) -> Result<(Node, &'t str), String> {
    let (name, mut rest) = name(text);
    let Some(mut value) = scope.variable(name) else {
        return Err(match name {
            "" => "expected a variable or ( after $".into(),
            name => format!("no variable {name}"),
        });
    };
    while let Some((entry, after)) = rest
        .strip_prefix('.')
        .map(self::name)
        .filter(|(entry, _)| !entry.is_empty())
    {
        value = value.get(entry).ok_or_else(|| format!("{name} has no entry {entry}"))?;
        rest = after;
    }
    Ok((value.clone(), rest))
}

fn name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !is_of_name(c)).unwrap_or(text.len());
    text.split_at(end)
}

struct Parser<'t, 's> {
    rest: &'t str,
    place: &'s Node,
    scope: &'s Scope<'s>,
}

impl Parser<'_, '_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn sum(&mut self) -> Result<Node, String> {
        let first = self.product()?;
        self.operations(first, &['+', '-'], Self::product)
    }

    fn product(&mut self) -> Result<Node, String> {
        let first = self.term()?;
        self.operations(first, &['*', '/', '%'], Self::term)
    }

    /// As many of these operations as follow, the left ones first.
    fn operations(
        &mut self,
        first: Node,
        signs: &[char],
        next: impl Fn(&mut Self) -> Result<Node, String>,
    ) -> Result<Node, String> {
        let mut value = first;
        loop {
            self.skip();
            let Some(sign) = self.rest.chars().next().filter(|sign| signs.contains(sign)) else {
                return Ok(value);
            };
            self.rest = &self.rest[1..];
            let (left, right) = (value.as_number()?, next(self)?.as_number()?);
            let result = match sign {
                '+' => left.checked_add(right),
                '-' => left.checked_sub(right),
                '*' => left.checked_mul(right),
                '/' => left.checked_div(right),
                _ => left.checked_rem(right),
            };
            let result = result.ok_or_else(|| format!("{left} {sign} {right} is not a number"))?;
            value = self.place.number(result);
        }
    }

    fn term(&mut self) -> Result<Node, String> {
        self.skip();
        if let Some(inner) = self.rest.strip_prefix('(') {
            self.rest = inner;
            let value = self.sum()?;
            self.skip();
            self.rest = self.rest.strip_prefix(')').ok_or("expected )")?;
            return Ok(value);
        }
        let digits = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        if digits > 0 {
            let (number, rest) = self.rest.split_at(digits);
            self.rest = rest;
            let number = number.parse().map_err(|_| format!("{number} is too large"))?;
            return Ok(self.place.number(number));
        }
        let (value, rest) = variable(self.rest, self.scope)?;
        self.rest = rest;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let at = Node::parse("f.yaml", "x: {y: [1]}").expect("a node");
        let mut scope = Scope::default();
        scope.set("n", &at, at.number(7)).expect("set");
        scope.set("word", &at, at.text("cut".into())).expect("set");
        scope.set("map", &at, at.clone()).expect("set");
        super::filled(&at, text, &scope).map(|node| node.to_string())
    }

    #[test]
    fn variables_and_expressions_have_values() {
        for (text, value) in [
            ("$n", "7"),
            ("c$n", r#""c7""#),
            ("n_$(word)_$n", r#""n_cut_7""#),
            ("$(word)", r#""cut""#),
            ("$map.x.y", "[1]"),
            ("$(n - 1)", "6"),
            ("$(2 * (n + 1) / 4 % 3)", "1"),
            ("$(10 - 3 - 2)", "5"),
            ("$n.", r#""7.""#),
            ("$$n$n$$", r#""$n7$""#),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_has_no_value_is_told() {
        for (text, why) in [
            ("$m", "no variable m"),
            ("$", "expected a variable or ("),
            ("$(n", "expected )"),
            ("$(n n)", "expected ), came"),
            ("$(n / 0)", "7 / 0 is not a number"),
            ("$(word + 1)", "expected a whole number"),
            ("a $map", "cannot be a part of a text"),
            ("$map.z", "map has no entry z"),
            ("$(99999999999999999999)", "is too large"),
        ] {
            let error = filled(text).expect_err(text);
            assert!(
                error.starts_with("f.yaml:1: ") && error.contains(why),
                "{text}: {error}"
            );
        }
    }
}
