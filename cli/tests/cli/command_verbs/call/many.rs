//! Many calls: a line each, several at once, or the same again.

use std::time::{Duration, Instant};

use super::server::{Bookshop, folder};
use crate::support::{rapace, rapace_with};

#[test]
fn each_line_is_a_call_and_the_order_is_kept() {
    let shop = Bookshop::open();
    let folder_of_lines = tempfile::tempdir().unwrap();
    let file = folder_of_lines.path().join("lines");
    // The first answers take the longest.
    let line = |n: u32| {
        let isbn = ["978-4-10-101001-2", "978-0-13-110362-7"][n as usize % 2];
        format!("{{\"isbn\": {isbn:?}, \"after_ms\": {}}}\n", (20 - n) * 2)
    };
    let lines: String = (0..20).map(line).collect();
    std::fs::write(&file, lines + "{\"copie\": 1}\n\n[]\n" + &line(20)).unwrap();
    let path = file.display().to_string();
    let method = ["call", shop.tcp(), "Catalog.restock", "copies=0"];
    let called = rapace(
        &folder(),
        &[&method[..], &["--each", &path, "--parallel", "8"]].concat(),
    );
    let expected = "{\"some\":5}\n{\"some\":3}\n".repeat(10) + "{\"some\":5}\n";
    assert_eq!(called.stdout, expected);
    assert_eq!(
        called.stderr,
        "error: line 21: Catalog.restock has no argument `copie`; did you mean `copies`?\n\
         error: line 22: expected a JSON object with the arguments by name\n"
    );
    assert_eq!(called.status, 2);
}

#[test]
fn a_hundred_calls_of_stdin_run_at_once_and_keep_their_order() {
    let shop = Bookshop::open();
    // The first answers take the longest. One after another they would take 25 s.
    let line = |n: u64| {
        let isbn = ["978-4-10-101001-2", "978-0-13-110362-7", "000-0-00-000000-0"][n as usize % 3];
        format!("{{\"isbn\": {isbn:?}, \"after_ms\": {}}}\n", 300 - n)
    };
    let lines: String = (0..100).map(line).collect();
    let method = ["call", shop.tcp(), "Catalog.restock", "copies=0"];
    let start = Instant::now();
    let called = rapace_with(
        &folder(),
        &[&method[..], &["--each", "-", "--parallel", "100"]].concat(),
        lines.as_bytes(),
    );
    let took = start.elapsed();
    let expected: String = (0..100)
        .map(|n| ["{\"some\":5}\n", "{\"some\":3}\n", "null\n"][n % 3])
        .collect();
    assert_eq!(
        (called.status, called.stdout, called.stderr),
        (0, expected, String::new())
    );
    assert!(took < Duration::from_secs(10), "{took:?}");
    println!("figure: call: 100 calls of 250 ms at once in {} ms", took.as_millis());
}

#[test]
fn a_bad_line_of_stdin_is_reported_and_the_others_are_called() {
    let shop = Bookshop::open();
    let check = |lines: &str, status: i32, stdout: &str, stderr: &str| {
        let method = ["call", shop.tcp(), "Orders.watch", "every_ms=1", "--each", "-"];
        for parallel in ["1", "4"] {
            let called = rapace_with(
                &folder(),
                &[&method[..], &["--parallel", parallel]].concat(),
                lines.as_bytes(),
            );
            assert_eq!(
                (called.status, called.stdout.as_str(), called.stderr.as_str()),
                (status, stdout, stderr),
                "{lines}"
            );
        }
    };
    let placed = "{\"at\":\"1735690800\",\"sequence\":1,\"status\":{\"Placed\":null}}\n";
    let twice = placed.repeat(2);
    let not_json = "error: line 2: not JSON: expected ident at line 1 column 2\n";
    check("{\"order\": 3}\nnonsense\n{\"order\": 3}\n", 2, &twice, not_json);
    let not_found = "error: line 2: Orders.watch: NotFound: no order 999\n";
    check("{\"order\": 3}\n{\"order\": 999}\n{\"order\": 3}", 4, &twice, not_found);
    // The status is that of the first failure.
    let wrong = "error: line 3: order: expected u64, got \"x\"\n";
    check(
        "{\"order\": 3}\n{\"order\": 999}\n{\"order\": \"x\"}\n{\"order\": 3}\n",
        4,
        &twice,
        &(not_found.to_owned() + wrong),
    );
    check("", 0, "", "");
}

#[test]
fn repeated_calls_are_measured() {
    let shop = Bookshop::open();
    let arguments = [
        "call",
        shop.tcp(),
        "Catalog.greeting",
        "--repeat",
        "20",
        "--parallel",
        "2",
        "--format",
        "json",
    ];
    let called = rapace(&folder(), &arguments);
    let figures: serde_json::Value = serde_json::from_str(&called.stdout).unwrap();
    assert_eq!((&figures["calls"], &figures["succeeded"]), (&20.into(), &20.into()));
    let percentiles = ["p50_ms", "p90_ms", "p99_ms", "max_ms"].map(|name| figures[name].as_f64().unwrap());
    assert!(percentiles[0] > 0.0 && percentiles.is_sorted(), "{percentiles:?}");
    let failing = [
        "call",
        shop.tcp(),
        "Orders.watch",
        "order=999",
        "every_ms=1",
        "--repeat",
        "3",
    ];
    let failed = rapace(&folder(), &failing);
    assert_eq!(failed.status, 4);
    assert!(failed.stdout.starts_with("0 of 3 calls"), "{}", failed.stdout);
    assert_eq!(failed.stderr, "error: Orders.watch: NotFound: no order 999\n");
    let timed = rapace(&folder(), &["call", shop.tcp(), "Catalog.greeting", "--time"]);
    assert!(
        timed.stderr.starts_with("connected ") && timed.stderr.contains(" ms, first value "),
        "{}",
        timed.stderr
    );
    let numbers = [
        "call",
        shop.tcp(),
        "Catalog.list",
        "offset=0",
        "limit=0",
        "--int64",
        "number",
        "--timeout",
        "5",
    ];
    let listed = rapace(&folder(), &[&numbers[..], &["--format", "json"]].concat());
    assert_eq!(listed.stdout, "{\"items\":[],\"next\":{\"some\":0},\"total\":6}\n");
}
