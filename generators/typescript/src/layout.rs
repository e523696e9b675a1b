//! Lays code out in lines as Biome (and Prettier) do, so that generated code is formatted without running a formatter.

use rapace_gen_core::text::doc::{Doc, Layout, assign, concat, group, indent, list};

/// Biome's defaults: 80 columns, and tabs of two.
pub(crate) const BIOME: Layout = Layout {
    width: 80,
    indent: "\t",
    indent_columns: 2,
};

/// `callee(a, b)`, or an argument a line.
pub(crate) fn call(callee: impl Into<Doc>, arguments: Vec<Doc>) -> Doc {
    list(concat([callee.into(), "(".into()]), arguments, ",", ")")
}

/// `test ? yes : no`, or each part on its own line.
pub(crate) fn conditional(test: Doc, yes: Doc, no: Doc) -> Doc {
    // What breaks inside a part is deeper than its mark.
    let (yes, no) = (indent([yes]), indent([no]));
    let rest = [Doc::Line, "? ".into(), yes, Doc::Line, ": ".into(), no];
    group([test, indent(rest)])
}

/// `key: value,` in an object.
pub(crate) fn property(key: &str, value: impl Into<Doc>) -> Doc {
    assign(format!("{key}:"), concat([value.into(), ",".into()]))
}

/// `open a, b close` with blanks inside the braces, or a name a line.
pub(crate) fn braces(open: &'static str, names: Vec<Doc>, close: String) -> Doc {
    let names = rapace_gen_core::text::doc::join(names, &concat([",".into(), Doc::Line]));
    let inside = indent([Doc::Line, names, Doc::IfBroken(",")]);
    group([open.into(), inside, Doc::Line, close.into()])
}

#[cfg(test)]
mod tests {
    use rapace_gen_core::text::doc::Doc;

    use super::{BIOME, braces, conditional};

    #[test]
    fn a_conditional_breaks_before_its_marks() {
        let long = |c: &str| Doc::from(c.repeat(40));
        let doc = conditional("test".into(), long("y"), long("n"));
        assert_eq!(
            BIOME.print(&doc, 0),
            format!("test\n\t? {}\n\t: {}", "y".repeat(40), "n".repeat(40))
        );
    }

    #[test]
    fn the_blanks_inside_the_braces_count() {
        let of = |width: usize| {
            let names = vec!["a".into(), "b".repeat(width).into()];
            BIOME.print(&braces("import {", names, "} from \"c\";".to_owned()), 0)
        };
        let flat = of(56);
        assert_eq!((flat.len(), flat.lines().count()), (80, 1));
        assert_eq!(
            of(57),
            format!("import {{\n\ta,\n\t{},\n}} from \"c\";", "b".repeat(57))
        );
    }
}
