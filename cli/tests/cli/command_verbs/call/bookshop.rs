//! Every call of the bookshop's clients, on every transport.

use std::fmt::Write as _;

use bookshop::Shop;
use bookshop::catalog::Catalog;
use bookshop::model::Isbn;
use bookshop::orders::Orders;
use rapace_schema::Api;
use rapace_schema::postcard::{Codec, Limits};
use serde_json::Value;

use super::server::{Bookshop, folder};
use crate::support::rapace;

const C: &str = "978-0-13-110362-7";
const UNKNOWN: &str = "000-0-00-000000-0";

/// The calls of `bookshop-client`, in its order. Three ticks are as many as are printed.
const CALLS: &str = include_str!("bookshop-calls.txt");

/// Runs a line of a file: a method and its arguments, apart by spaces.
fn call(shop: &Bookshop, address: &str, line: &str) -> String {
    let ca = shop.authority.display().to_string();
    let mut arguments = vec!["call", address, "--format", "json", "--ca", &ca];
    arguments.extend(line.split(' '));
    let called = rapace(&folder(), &arguments);
    match called.status {
        0 => called.stdout,
        status => format!("{}{status} {}", called.stdout, called.stderr),
    }
}

#[test]
fn every_call_of_the_clients_is_repeated_on_every_transport() {
    let shop = Bookshop::open();
    let mut said = String::new();
    for line in CALLS.lines() {
        let answer = call(&shop, shop.tcp(), line);
        let answer = match line {
            "Orders.totals" => sorted(&answer),
            _ => shortened(&answer),
        };
        write!(said, "> {line}\n{answer}").unwrap();
    }
    insta::assert_snapshot!("every_call", said);
    // What changes nothing says the same on the other transports.
    for line in CALLS
        .lines()
        .filter(|line| line.contains("find") || line.contains("heartbeats"))
    {
        let expected = call(&shop, shop.tcp(), line);
        for address in &shop.addresses[1..] {
            assert_eq!(call(&shop, address, line), expected, "{line} on {address}");
        }
    }
    println!(
        "figure: call: {} calls of the bookshop on {} transports",
        CALLS.lines().count(),
        shop.addresses.len()
    );
}

/// The entries of a map of Rust have no order.
fn sorted(answer: &str) -> String {
    let mut entries: Vec<Value> = serde_json::from_str(answer).unwrap();
    entries.sort_by_key(Value::to_string);
    Value::Array(entries).to_string() + "\n"
}

/// A scan has 200,000 bytes.
fn shortened(answer: &str) -> String {
    match answer.len() {
        0..10_000 => answer.into(),
        length => format!("{}… {length} bytes\n", &answer[..60]),
    }
}

/// The JSON form of a value, by way of the bytes that facet-postcard writes.
fn form<T: facet::Facet<'static>>(api: &Api, ty: &str, value: &T) -> Value {
    let bytes = facet_postcard::to_vec(value).unwrap();
    let ty = serde_json::from_str(ty).unwrap();
    Codec::new(api, Limits::default()).decode(&ty, &bytes).unwrap()
}

#[test]
fn answers_are_the_values_that_the_shop_itself_returns() {
    let text = std::fs::read_to_string(folder().join("api.json")).unwrap();
    let api = rapace_schema::read(&text).unwrap();
    let served = Bookshop::open();
    let shop = Shop::open();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let isbn = |text: &str| Isbn(text.into());
    let named = |name: &str| format!("{{\"named\": \"{name}\"}}");
    let check = |line: &str, expected: Value| {
        let answer: Value = serde_json::from_str(&call(&served, served.tcp(), line)).unwrap();
        assert_eq!(answer, expected, "{line}");
    };
    runtime.block_on(async {
        let outcome = named("FindOutcome");
        for number in [C, UNKNOWN] {
            let found = shop.find(isbn(number)).await;
            check(&format!("Catalog.find isbn={number}"), form(&api, &outcome, &found));
        }
        let page = shop.list(Some("Literature".into()), 0, 2).await;
        let line = "Catalog.list category=Literature offset=0 limit=2";
        check(line, form(&api, &named("PageOfBook"), &page));
        check(
            "Catalog.categories",
            form(&api, &named("Category"), &shop.categories().await),
        );
        let history = shop.history(7, 0, 10).await;
        let line = "Orders.history customer=7 offset=0 limit=10";
        check(line, form(&api, &named("PageOfOrder"), &history));
        check("Orders.touch", Value::Null);
    });
}
