//! Reported faults of generated Go.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use rapace_gen_core::{Generator, Options, golden};
use rapace_gen_go::Go;
use rapace_schema::{Api, TypeDef, TypeKind};

/// The heads of `func (Variant) isEnum() {}`, of which gofmt breaks the long ones. It counts bytes.
#[test]
fn gofmt_leaves_functions_of_all_widths_as_they_are() {
    let mut widths = BTreeSet::new();
    for letter in ["x", "é", "語", "𝕏"] {
        let api = with_variants_as_wide_as(letter, 60..=110);
        let files = Go.generate(&api, &Options::default()).expect("it generates");
        let (_, types) = (files.iter())
            .find(|(path, _)| path.ends_with("types.go"))
            .expect("types have a file");
        let heads = types
            .text
            .lines()
            .filter(|line| line.starts_with("func (") && line.contains(") is"));
        widths.extend(heads.filter_map(|line| Some(line.split_once(" {")?.0.len())));
        assert_eq!(gofmt(&types.text), types.text, "names of {letter}");
    }
    let missing: Vec<usize> = (90..=110).filter(|width| !widths.contains(width)).collect();
    assert!(missing.is_empty(), "no head has {missing:?} bytes");
}

/// An API with one enum, whose variants' names have all these lengths in bytes as near as this letter allows.
fn with_variants_as_wide_as(letter: &str, bytes: std::ops::RangeInclusive<usize>) -> Api {
    let mut api = golden::cases().remove("enums").expect("the case is there");
    let is_sum = |def: &&mut TypeDef| match &def.kind {
        TypeKind::Enum { variants } => variants.iter().any(|variant| !variant.fields.fields.is_empty()),
        TypeKind::Struct(_) => false,
    };
    let def = api.types.iter_mut().find(is_sum).expect("an enum has data");
    let TypeKind::Enum { variants } = &mut def.kind else {
        unreachable!("it was found as an enum");
    };
    let with_data = variants.iter().find(|variant| !variant.fields.fields.is_empty());
    let pattern = with_data.expect("a variant has data").clone();
    *variants = (bytes.zip(0..))
        .map(|(length, index)| {
            let mut variant = pattern.clone();
            let rest = (length - 1) % letter.len();
            variant.name = format!("V{}{}", letter.repeat((length - 1) / letter.len()), "z".repeat(rest));
            variant.index = index;
            variant
        })
        .collect();
    api
}

/// What gofmt makes of a file.
fn gofmt(text: &str) -> String {
    let mut gofmt = Command::new("gofmt")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gofmt is there: install Go from your system's packages or from go.dev/dl");
    let mut stdin = gofmt.stdin.take().expect("it has an input");
    let text = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = gofmt.wait_with_output().expect("gofmt ends");
    writer.join().expect("the thread ends").expect("gofmt reads the file");
    assert!(output.status.success(), "gofmt refuses the file");
    String::from_utf8(output.stdout).expect("gofmt writes text")
}
