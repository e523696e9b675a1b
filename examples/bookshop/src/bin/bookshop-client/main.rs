//! Calls every method of the bookshop at the given address, and prints what it answers.
//!
//! At `tls://` and `wss://` a file of PEM says which authorities it trusts.
//!
//! The generated clients have a program each that prints the same bytes.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bookshop::catalog::{Book, CatalogClient, FindOutcome};
use bookshop::model::{Isbn, Page};
use bookshop::orders::{Amendment, Audit, CancelOutcome, Figures, NewOrder, OrdersClient, PlaceOutcome, TermsAccepted};
use futures::StreamExt;
use rapace::{RpcError, RpcSession};
use rapace_host::Address;

use crate::connect::connect;
use crate::print::{
    code, counted, event, hex, joined, money, optional, print_book, print_category, print_figures, print_order,
    print_stream, search_hit, status,
};

mod connect;
mod print;

const C: &str = "978-0-13-110362-7";
const RUST: &str = "978-1-7185-0310-6";
const TROMMEL: &str = "978-3-423-11821-7";
const NEKO: &str = "978-4-10-101001-2";
const OVID: &str = "978-0-14-044789-7";
const ALMANAC: &str = "979-8-00-000001-1";
const RECALLED: &str = "978-0-00-000666-3";
const UNKNOWN: &str = "000-0-00-000000-0";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments
        .next()
        .ok_or("usage: bookshop-client ADDR [AUTHORITIES.pem]")?;
    let authorities = arguments.next().map(PathBuf::from);
    let address: Address = address.parse()?;
    let session = Arc::new(RpcSession::new(connect(&address, authorities.as_deref()).await?));
    tokio::spawn(session.clone().run());
    let catalog = CatalogClient::new(session.clone());
    browse(&catalog).await?;
    search(&catalog).await?;
    look_inside(&catalog).await?;
    restock(&catalog).await?;
    let orders = OrdersClient::new(session);
    order(&orders).await?;
    amend(&orders).await?;
    cancel(&orders).await?;
    totals(&orders).await?;
    Ok(())
}

async fn browse(catalog: &CatalogClient) -> Result<(), RpcError> {
    println!("greeting: {}", catalog.greeting().await?);

    for number in [C, RUST, TROMMEL, NEKO, OVID, ALMANAC, RECALLED, UNKNOWN] {
        match catalog.find(isbn(number)).await? {
            FindOutcome::Found(book) => print_book(number, &book),
            FindOutcome::NotFound => println!("find {number}: not found"),
            FindOutcome::Withdrawn { reason, since } => {
                println!("find {number}: withdrawn since {since}: {reason}");
            }
        }
    }

    for (category, offset, limit) in [
        (None, 0, 4),
        (None, 4, 4),
        (Some("Literature"), 0, 1),
        (Some("Nothing"), 0, 10),
        (None, u64::MAX, u32::MAX),
    ] {
        let name = category.unwrap_or("-");
        let page = catalog.list(category.map(str::to_owned), offset, limit);
        let Page { items, total, next } = page.await?;
        let isbns = joined(items.iter().map(|book| &book.isbn.0));
        let next = optional(next);
        println!("list {name} {offset} {limit}: {isbns}; total {total}, next {next}");
    }
    Ok(())
}

async fn search(catalog: &CatalogClient) -> Result<(), RpcError> {
    println!("categories:");
    print_category(&catalog.categories().await?, 1);

    for (text, limit) in [("PROGRAMMING", 10), ("ritchie", 10), ("NOVEL", 1), ("猫", 10), ("", 1)] {
        println!("search \"{text}\" {limit}:");
        print_stream(catalog.search(text.to_owned(), limit).await?, search_hit).await;
    }

    println!("newest:");
    let published = |book: &Book| format!("{} {}", book.published, book.title);
    print_stream(catalog.newest().await?, published).await;
    Ok(())
}

async fn look_inside(catalog: &CatalogClient) -> Result<(), RpcError> {
    for number in [RUST, OVID, UNKNOWN] {
        let cover = catalog.cover(isbn(number)).await?;
        let cover = cover.map(|bytes| format!("{} bytes, {}", bytes.len(), hex(&bytes)));
        println!("cover {number}: {}", optional(cover));
    }

    println!("scan {C} 5: {}", hex(&catalog.scan(isbn(C), 5).await?));
    let scan = catalog.scan(isbn(RUST), 200_000).await?;
    let sum: u64 = scan.iter().map(|&byte| u64::from(byte)).sum();
    println!("scan {RUST} 200000: {} bytes, sum {sum}", scan.len());

    for numbers in [&[C, TROMMEL, OVID, UNKNOWN][..], &[]] {
        let stock = catalog.stock(numbers.iter().copied().map(isbn).collect()).await?;
        println!("stock: {}", counted(stock.iter().map(|(isbn, n)| (isbn.0.as_str(), n))));
    }
    Ok(())
}

async fn restock(catalog: &CatalogClient) -> Result<(), RpcError> {
    for (number, copies, after_ms) in [(TROMMEL, 2, 5), (OVID, 1, 0), (UNKNOWN, 1, 0)] {
        let left = catalog.restock(isbn(number), copies, after_ms).await?;
        println!("restock {number} {copies}: {}", optional(left));
    }
    let slow = catalog.restock(isbn(C), 0, 60_000);
    match tokio::time::timeout(Duration::from_millis(50), slow).await {
        Ok(left) => println!("restock {C} slowly: {}", optional(left?)),
        Err(_) => println!("restock {C} slowly: timed out"),
    }

    // All on one connection, at once.
    let calls = (0..100).map(|n| catalog.restock(isbn(NEKO), 0, n % 10));
    let answers = futures::future::try_join_all(calls).await?;
    let agree = answers.iter().filter(|&&left| left == Some(5)).count();
    println!("restock {NEKO} at once: {agree} of {} agree", answers.len());

    println!("ticker, stopped after 3:");
    let ticks = catalog.ticker(1).await?.take(3);
    print_stream(Box::pin(ticks), u64::to_string).await;
    Ok(())
}

async fn order(orders: &OrdersClient) -> Result<(), RpcError> {
    for lines in [
        &[(RUST, 2), (C, 1)][..],
        &[],
        &[(UNKNOWN, 1)],
        &[(C, 1), (C, 2)],
        &[(RUST, 1), (NEKO, 1)],
    ] {
        let wanted = counted(lines.iter().copied());
        let order = NewOrder {
            customer: 42,
            lines: lines.iter().map(|&(number, copies)| (isbn(number), copies)).collect(),
            note: Some("für Zoë 🎁".to_owned()),
            terms: TermsAccepted,
        };
        match orders.place(order).await? {
            PlaceOutcome::Placed(order) => print_order(&format!("place {wanted}"), &order),
            PlaceOutcome::Empty => println!("place {wanted}: empty"),
            PlaceOutcome::UnknownBook(isbn) => println!("place {wanted}: unknown book {}", isbn.0),
            PlaceOutcome::OutOfStock { isbn, left } => {
                println!("place {wanted}: out of stock: {}, {left} left", isbn.0);
            }
            PlaceOutcome::MixedCurrencies(first, other) => {
                println!("place {wanted}: {} and {} do not mix", code(first), code(other));
            }
        }
    }

    for (customer, offset, limit) in [(7, 0, 1), (7, 1, 10), (u64::MAX, 0, 10), (8, 0, 10)] {
        let Page { items, total, next } = orders.history(customer, offset, limit).await?;
        let next = optional(next);
        println!("history {customer} {offset} {limit}: total {total}, next {next}");
        for order in items {
            print_order("  order", &order);
        }
    }
    Ok(())
}

async fn amend(orders: &OrdersClient) -> Result<(), RpcError> {
    let keep = Amendment::default();
    let grant = Amendment {
        discount: Some(Some(25)),
        gift: Some(true),
        ..keep.clone()
    };
    let write = Amendment {
        note: Some(Some(String::new())),
        ..keep.clone()
    };
    let clear = Amendment {
        note: Some(None),
        discount: Some(None),
        gift: Some(false),
    };
    for (what, number, change) in [
        ("keep", 4, &keep),
        ("grant", 4, &grant),
        ("write", 4, &write),
        ("clear", 4, &clear),
        ("clear", 999, &clear),
    ] {
        match orders.amend(number, change.clone()).await? {
            Some(order) => print_order(&format!("amend {number}, {what}"), &order),
            None => println!("amend {number}, {what}: -"),
        }
    }
    Ok(())
}

async fn cancel(orders: &OrdersClient) -> Result<(), RpcError> {
    for number in [4, 4, 1, 2, 999] {
        match orders.cancel(number).await? {
            CancelOutcome::Cancelled { refund } => {
                println!("cancel {number}: refund {}", money(&refund));
            }
            CancelOutcome::TooLate(reached) => {
                println!("cancel {number}: too late: {}", status(&reached));
            }
            CancelOutcome::UnknownOrder => println!("cancel {number}: unknown order"),
        }
    }

    for number in [1, 2, 3, 4, 999] {
        println!("watch {number}:");
        print_stream(orders.watch(number, 1).await?, event).await;
    }
    Ok(())
}

async fn totals(orders: &OrdersClient) -> Result<(), RpcError> {
    orders.touch().await?;
    println!("touch: ok");
    println!("heartbeats 3:");
    print_stream(orders.heartbeats(3, 1).await?, |()| "beat".to_owned()).await;

    let totals = orders.totals().await?;
    let totals: BTreeMap<_, _> = totals.iter().map(|(&c, n)| (code(c), n)).collect();
    println!("totals: {}", counted(totals));

    for figures in [lowest(), highest()] {
        let Audit { figures, checksum } = orders.audit(figures).await?;
        print_figures(&figures);
        println!("  checksum: {checksum}");
    }
    Ok(())
}

fn lowest() -> Figures {
    Figures {
        tiny: i8::MIN,
        small: i16::MIN,
        medium: i32::MIN,
        large: i64::MIN,
        huge: i128::MIN,
        tiny_count: 0,
        small_count: 0,
        medium_count: 0,
        large_count: 0,
        huge_count: 0,
        share: -0.1,
        exact_share: -1234567.890123,
        balanced: false,
        initial: 'é',
        remark: String::new(),
    }
}

fn highest() -> Figures {
    Figures {
        tiny: i8::MAX,
        small: i16::MAX,
        medium: i32::MAX,
        large: i64::MAX,
        huge: i128::MAX,
        tiny_count: u8::MAX,
        small_count: u16::MAX,
        medium_count: u32::MAX,
        large_count: u64::MAX,
        huge_count: u128::MAX,
        share: 0.7,
        exact_share: 2.0 / 3.0,
        balanced: true,
        initial: '𝄞',
        remark: "naïve – 数字 – ارقام – 👩‍🚀".to_owned(),
    }
}

fn isbn(number: &str) -> Isbn {
    Isbn(number.to_owned())
}
