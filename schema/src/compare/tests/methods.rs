//! What becomes of methods, of uses and of code.

use super::notation::described;
use super::report;
use crate::compare::{Bump, Change, Part, Rollout, Verdict, compare};
use crate::model::{Api, MethodKind};

fn one(old: &Api, new: &Api) -> Change {
    let mut changes = compare(old, new).changes;
    assert_eq!(changes.len(), 1, "{changes:#?}");
    changes.remove(0)
}

fn check(old: &Api, new: &Api, verdicts: [Verdict; 2], rollout: Rollout) {
    let change = one(old, new);
    assert_eq!([change.forth.worst(), change.back.worst()], verdicts, "{change:#?}");
    assert_eq!(change.rollout, rollout, "{change:#?}");
    assert_eq!(change.breaks, rollout.breaks_old_clients());
}

fn with_method(edit: impl Fn(&mut crate::model::Method)) -> Api {
    let mut api = described("n: u32 -> String");
    let method = &mut api.services[0].methods[0];
    edit(method);
    method.id = crate::method_id(&method.wire_name);
    api
}

#[test]
fn methods_come_and_go() {
    let one = described("n: u32");
    let mut two = one.clone();
    let mut more = two.services[0].methods[0].clone();
    (more.name, more.wire_name) = ("sell".into(), "Shop.sell".into());
    more.id = crate::method_id(&more.wire_name);
    more.arguments[0].name = "m".into();
    two.services[0].methods.push(more);
    check(&one, &two, [Verdict::Ok, Verdict::Loud], Rollout::ServerFirst);
    check(&two, &one, [Verdict::Loud, Verdict::Loud], Rollout::ClientsFirst);
    let mut none = one.clone();
    none.services.clear();
    check(&none, &one, [Verdict::Ok, Verdict::Loud], Rollout::ServerFirst);
}

#[test]
fn a_new_name_is_a_new_method() {
    let old = with_method(|_| {});
    let loud = [Verdict::Loud, Verdict::Loud];
    let renamed = with_method(|method| {
        method.name = "purchase".into();
        method.wire_name = "Shop.purchase".into();
    });
    check(&old, &renamed, loud, Rollout::Neither);
    let raw = with_method(|method| method.wire_name = "Shop.r#buy".into());
    check(&old, &raw, loud, Rollout::Neither);
    let mut service = with_method(|method| method.wire_name = "Store.buy".into());
    service.services[0].name = "Store".into();
    check(&old, &service, loud, Rollout::Neither);
}

#[test]
fn a_stream_is_no_answer_and_what_is_not_idempotent_is_not_repeated() {
    let plain = with_method(|_| {});
    let stream = with_method(|method| method.kind = MethodKind::ServerStreaming);
    check(&plain, &stream, [Verdict::Loud, Verdict::Loud], Rollout::Neither);
    check(&stream, &plain, [Verdict::Loud, Verdict::Loud], Rollout::Neither);
    let idempotent = with_method(|method| method.idempotent = true);
    check(
        &idempotent,
        &plain,
        [Verdict::Semantic, Verdict::Same],
        Rollout::ClientsFirst,
    );
    assert!(compare(&plain, &idempotent).changes.is_empty());
}

#[test]
fn calls_say_what_becomes_of_them() {
    let (unary, stream) = (described("-> u8"), described("-> stream u8"));
    for (old, new, forth, back) in [
        (&unary, &stream, "answers `InvalidArgument`", "waits for its deadline"),
        (&stream, &unary, "waits for its deadline", "answers `InvalidArgument`"),
    ] {
        let change = one(old, new);
        for (outcome, expected) in [(&change.uses[0].forth, forth), (&change.uses[0].back, back)] {
            assert!(outcome.why.is_some_and(|why| why.contains(expected)), "{change:#?}");
        }
    }
}

#[test]
fn the_order_follows_from_who_writes() {
    let (small, large) = ("enum F{A}", "enum F{A, B}");
    for (old, new, rollout) in [
        (format!("f: {small}"), format!("f: {large}"), Rollout::ServerFirst),
        (format!("-> {small}"), format!("-> {large}"), Rollout::ClientsFirst),
        (format!("f: {small} -> F"), format!("f: {large} -> F"), Rollout::Neither),
        (format!("f: {large}"), format!("f: {small}"), Rollout::ClientsFirst),
        ("f: u16".into(), "f: u16 -> u8".into(), Rollout::Neither),
        ("f: A(u16)".into(), "f: u16".into(), Rollout::Either),
    ] {
        assert_eq!(report(&old, &new).rollout, rollout, "{old} => {new}");
    }
}

#[test]
fn one_cause_is_one_change_with_all_its_uses() {
    let old = "a: Vec<Book{format: enum F{A}}>, b: Option<Book> -> Map<String, Book>";
    let change = one(&described(old), &described(&old.replace("{A}", "{A, B}")));
    let uses: Vec<(Part, &str)> = change.uses.iter().map(|one| (one.part, one.path.as_str())).collect();
    assert_eq!(
        uses,
        [
            (Part::Arguments, "a[].format.B"),
            (Part::Arguments, "b.format.B"),
            (Part::Answer, "[value].format.B"),
        ]
    );
    assert_eq!(
        (change.place.as_str(), change.what.as_str()),
        ("enum F", "variant `B` was added at the end")
    );
    assert_eq!(change.fingerprint.len(), 12);
}

#[test]
fn examples_are_small_and_say_who_reads_what() {
    let change = one(
        &described("id: u64, qty: u8, t: Vec<u8>"),
        &described("id: u64, qty: u16, t: Vec<u8>"),
    );
    let example = change.uses[0].back.example.as_ref().unwrap();
    assert_eq!(example.written["id"], "1");
    assert_eq!(example.verdict, Verdict::Silent);
    assert_ne!(example.read.as_ref().unwrap(), &example.written);
}

#[test]
fn users_of_languages_are_told_which_code_changes() {
    let check = |old: &str, new: &str, expected: &[&str]| {
        let notes = report(old, new).code;
        let notes: Vec<String> = (notes.iter())
            .map(|note| format!("{} {}: {}", note.languages.join(","), note.place, note.what))
            .collect();
        assert_eq!(notes, expected, "{old} => {new}");
    };
    check("a: u32", "b: u32", &["python Shop.buy: argument `a` is now `b`"]);
    check(
        "a: u16",
        "a: u32",
        &["go Shop.buy: argument `a` is `u32` instead of `u16`"],
    );
    check(
        "a: u32",
        "a: u64",
        &["go,typescript Shop.buy: argument `a` is `u64` instead of `u32`"],
    );
    check(
        "a: O{x: u8}",
        "a: P{x: u8}",
        &[
            "go,python,typescript O: the type is now `P`",
            "go,python,typescript Shop.buy: argument `a` is `P` instead of `O`",
        ],
    );
    check(
        "a: O{x: u8}",
        "a: O{y: u8}",
        &["go,python,typescript O.x: the field is gone, or has another name"],
    );
    check(
        "a: O{x: u8}",
        "a: O{x: u8, y: u8}",
        &["python,typescript O.y: the field is new: values are made with it"],
    );
    check("a: enum E{A}", "a: enum E{A, B}", &[]);
}

#[test]
fn open_enums_keep_what_they_do_not_know() {
    let open = |text: &str| {
        let mut api = described(text);
        api.types.iter_mut().for_each(|def| def.open = true);
        api
    };
    let seen = |verdict, rust| crate::compare::Seen { verdict, rust };
    let (safe, kept) = (seen(Verdict::Ok, Verdict::Ok), seen(Verdict::Ok, Verdict::Loud));
    // The deployed clients are generated: only they read answers.
    let answer = one(&open("-> enum E{A}"), &open("-> enum E{A, B}"));
    assert_eq!((answer.forth, answer.back), (safe, kept), "{answer:#?}");
    assert_eq!((answer.rollout, answer.breaks), (Rollout::Either, false));
    // A server in Rust reads arguments.
    let argument = one(&open("a: enum E{A}"), &open("a: enum E{A, B}"));
    assert_eq!((argument.forth, argument.back), (safe, kept), "{argument:#?}");
    assert_eq!(argument.rollout, Rollout::ServerFirst);
    // What is read as another variant is worse than what is not known.
    let moved = one(&open("-> enum E{A, C}"), &open("-> enum E{A, B, C}"));
    assert_eq!(moved.back.verdict, Verdict::Silent, "{moved:#?}");
    assert_eq!(moved.rollout, Rollout::Neither);
    // What a reader that is deployed does not keep is lost.
    let late = one(&described("-> enum E{A}"), &open("-> enum E{A, B}"));
    assert_eq!(late.back, seen(Verdict::Loud, Verdict::Loud), "{late:#?}");
    let nothing = compare(&described("-> enum E{A}"), &open("-> enum E{A}")).changes;
    assert!(nothing.is_empty(), "{nothing:#?}");
}

#[test]
fn the_version_goes_up_by_the_worst() {
    let bump = |old: &str, new: &str| report(old, new).bump;
    assert_eq!(bump("a: u8", "a: u8"), Bump::None);
    assert_eq!(bump("a: enum E{A}", "a: enum E{A, B}"), Bump::Minor);
    assert_eq!(bump("-> enum E{A}", "-> enum E{A, B}"), Bump::Major);
    assert_eq!(bump("a: u8", "b: u8"), Bump::Major);
    let mut documented = described("a: u8");
    documented.services[0].doc = "A shop.".into();
    assert_eq!(compare(&described("a: u8"), &documented).bump, Bump::Patch);
}

#[test]
fn deep_types_and_long_arrays_are_compared_as_others_are() {
    let deep = |leaf: &str| {
        let mut text = leaf.to_owned();
        for index in 0..120 {
            text = format!("T{index}{{a: Option<{text}>}}");
        }
        format!("t: {text}")
    };
    let huge = |leaf: &str| format!("a: [[u8; 100000]; 100000], b: {leaf}");
    for text in [&deep as &dyn Fn(&str) -> String, &huge] {
        let change = one(&described(&text("u16")), &described(&text("u32")));
        let seen = [change.forth.worst(), change.back.worst()];
        assert_eq!(seen, [Verdict::Ok, Verdict::Loud], "{change:?}");
    }
}

#[test]
fn lists_of_lists_are_shown_by_small_values() {
    let deep = |leaf: &str| {
        (0..40).fold(leaf.to_owned(), |inner, index| {
            format!("T{index}{{a: u8, b: Vec<{inner}>}}")
        })
    };
    let old = format!("t: {}", deep("u16"));
    let change = one(&described(&old), &described(&old.replace("u16", "u32")));
    assert_eq!(
        [change.forth.worst(), change.back.worst()],
        [Verdict::Ok, Verdict::Loud]
    );
    assert!(change.uses[0].back.example.is_some());
}
