//! How files of scenarios are expanded, and the errors of wrong ones.

use serde_json::{Value, json};

use super::read;

const HEAD: &str = "class: cuts\ntitle: t\nrule: r\n";

/// The cases of a file of the class `cuts`, together with this shared file.
fn cases_with(shared: &str, text: &str) -> Result<Value, String> {
    let text = format!("{HEAD}{text}");
    let files = [("21-cuts.yaml", text.as_str()), ("shared.yaml", shared)];
    let classes = read(&files, &[("replaced", 8)])?;
    Ok(serde_json::to_value(&classes[0].cases).expect("plain data is JSON"))
}

fn cases(text: &str) -> Result<Value, String> {
    cases_with("let: {}", text)
}

/// The steps of the only case.
fn steps(steps: &str) -> Result<Value, String> {
    let mut cases = cases(&format!("cases:\n  - name: y_a\n    steps:\n{steps}"))?;
    Ok(cases[0]["steps"].take())
}

#[test]
fn steps_are_written_as_they_are() {
    let came = steps(
        "      - call: {name: a, method: Calls.count, arguments: [5]}\n      - receive: {call: a}\n      - send: [{frame: {call: a, flags: data 0x200, payload: [42]}}]\n      - send: {frames: [{bytes: ff}], pauses: [1]}\n      - lives\n",
    );
    let frame = json!({"call": "a", "flags": 0x201, "payload": "2a"});
    let expected = json!([
        {"call": {"name": "a", "method": "Calls.count", "arguments": [5]}},
        {"receive": {"call": "a", "payload": ""}},
        {"send": {"frames": [{"frame": frame}]}},
        {"send": {"frames": [{"bytes": "ff"}], "pauses": [1]}},
        "lives",
    ]);
    assert_eq!(came, Ok(expected));
}

#[test]
fn loops_and_repetitions_are_written_out() {
    for (written, expected) in [
        (
            "{repeat: 2, do: [lives, close]}",
            json!(["lives", "close", "lives", "close"]),
        ),
        ("{repeat: 0, do: [lives]}", json!([])),
        (
            "{for: {n: [1, 3]}, do: [{passes: $n}]}",
            json!([{"passes": 1}, {"passes": 3}]),
        ),
        (
            "{for: {n: {from: 0, to: 4, step: 2}}, do: [{passes: $n}]}",
            json!([{"passes": 0}, {"passes": 2}, {"passes": 4}]),
        ),
        ("{for: {n: {from: 1, to: 0}}, do: [{passes: $n}]}", json!([])),
        (
            "{for: {n: {from: 1, to: 0, step: -1}}, do: [{passes: $n}]}",
            json!([{"passes": 1}, {"passes": 0}]),
        ),
        (
            "{for: [{n: 1, m: 2}], do: [{passes: $(n + m)}]}",
            json!([{"passes": 3}]),
        ),
        (
            "{for: {n: [1, 2]}, do: [{for: {m: [$n]}, do: [{passes: $(n * m)}]}]}",
            json!([{"passes": 1}, {"passes": 4}]),
        ),
        (
            "{let: {some: [lives, close]}, do: [{all: $some}]}",
            json!(["lives", "close"]),
        ),
        (
            "{becomes: {$text: [a, {$text: b, times: 3}]}}",
            json!([{"becomes": "abbb"}]),
        ),
        ("{becomes: {$base64: [1, 2]}}", json!([{"becomes": "AQI="}])),
    ] {
        assert_eq!(steps(&format!("      - {written}\n")), Ok(expected), "{written}");
    }
}

#[test]
fn definitions_are_used_with_their_parameters() {
    let shared = "let: {pause: 5}\ndefine:\n  waits: {takes: [more], do: [{passes: $(pause + more)}]}\n";
    let text = "let: {replaced: 1}\ndefine:\n  both: {takes: [], do: [{use: waits, more: 1}, {use: waits, more: $replaced}]}\n\
                over: [tcp]\ncases:\n  - {name: y_a, steps: [{use: both}]}\n  - {name: y_b, over: [ws], steps: []}\n";
    let expected = json!([
        {"name": "y_a", "over": ["tcp"], "steps": [{"passes": 6}, {"passes": 13}]},
        {"name": "y_b", "over": ["ws"], "steps": []},
    ]);
    assert_eq!(cases_with(shared, text), Ok(expected));
}

#[test]
fn errors_have_file_line_and_path() {
    for (text, error) in [
        (
            "cases:\n  - {name: y_a, steps: [], stesp: []}\n",
            "21-cuts.yaml:5: \"y_a\": stesp: unknown field `stesp`",
        ),
        (
            "cases:\n  - name: y_a\n    steps:\n      - lives\n      - passes: many\n",
            "21-cuts.yaml:8: \"y_a\": steps[1].passes: invalid type: string \"many\", expected u64",
        ),
        (
            "cases:\n  - name: y_a\n    steps:\n      - send:\n          - frame: {call: a, flags: date}\n",
            "21-cuts.yaml:8: \"y_a\": steps[0].send[0].frame.flags: no flag date; flags are data, control",
        ),
        (
            "cases:\n  - {name: y_a, steps: []}\n  - {name: y_a, steps: []}\n",
            "21-cuts.yaml:6: another case is called y_a",
        ),
        (
            "cases: []\nmore: 1\n",
            "21-cuts.yaml:5: unknown name more; names are class, title",
        ),
        ("title: twice\n", "21-cuts.yaml:4: title is there twice"),
        (
            "let: {a: 1}\ncases: [{let: {a: 2}, do: []}]\n",
            "21-cuts.yaml:5: the variable a is there already: 21-cuts.yaml:4",
        ),
        ("cases: [{repeat: 2}]\n", "21-cuts.yaml:4: repeat has no `do`"),
        ("cases: [{repeat: 2, od: []}]\n", "21-cuts.yaml:4: repeat has no od"),
        (
            "cases: [{for: {a: {from: 1}}, do: []}]\n",
            "21-cuts.yaml:4: a range of numbers has no `to`",
        ),
        (
            "cases: [{for: {a: {from: 1, to: 2, step: 0}}, do: []}]\n",
            "21-cuts.yaml:4: a range of numbers has at most",
        ),
        (
            "cases: [{for: {a: [], b: []}, do: []}]\n",
            "21-cuts.yaml:4: a loop has one variable",
        ),
        (
            "cases: [{use: nothing}]\n",
            "21-cuts.yaml:4: nothing is defined as nothing",
        ),
        (
            "define: {d: {takes: [a], do: []}}\ncases: [{use: d}]\n",
            "21-cuts.yaml:5: d takes a too",
        ),
        (
            "define: {d: {takes: [], do: []}}\ncases: [{use: d, a: 1}]\n",
            "21-cuts.yaml:5: d takes no a",
        ),
        (
            "define: {d: {takes: [], do: [{use: d}]}}\ncases: [{use: d}]\n",
            "21-cuts.yaml:4: d uses itself",
        ),
        (
            "define: {d: {takes: [], do: [$b]}}\ncases: [{use: d}]\n",
            "21-cuts.yaml:4: \"$b\": no variable b\n  used at 21-cuts.yaml:5",
        ),
    ] {
        let came = cases(text).expect_err(text);
        assert!(came.starts_with(error), "{text}: {came}");
    }
}

#[test]
fn a_file_is_called_after_its_class() {
    let other = read(&[("21-cut.yaml", &format!("{HEAD}cases: []\n"))], &[]);
    assert_eq!(
        other,
        Err("21-cut.yaml:1: the file of class cuts is 21-cuts.yaml".into())
    );
}
