//! The shop itself, without a connection.

use bookshop::Shop;
use bookshop::catalog::{Catalog, FindOutcome, Place};
use bookshop::model::{Isbn, Page};
use bookshop::orders::{Amendment, CancelOutcome, NewOrder, Orders, PlaceOutcome, TermsAccepted};
use futures::StreamExt;

const C: &str = "978-0-13-110362-7";
const RUST: &str = "978-1-7185-0310-6";
const OVID: &str = "978-0-14-044789-7";
const TROMMEL: &str = "978-3-423-11821-7";

fn isbn(number: &str) -> Isbn {
    Isbn(number.to_owned())
}

fn order(lines: &[(&str, u32)]) -> NewOrder {
    NewOrder {
        customer: 1,
        lines: lines.iter().map(|&(number, copies)| (isbn(number), copies)).collect(),
        note: None,
        terms: TermsAccepted,
    }
}

async fn copies(shop: &Shop, number: &str) -> u32 {
    shop.stock([isbn(number)].into()).await[&isbn(number)]
}

#[test]
fn pages_cover_the_list_and_no_more() {
    let list = [1, 2, 3];
    for (offset, limit, items, next) in [
        (0, 2, &[1, 2][..], Some(2)),
        (2, 2, &[3], None),
        (0, 3, &[1, 2, 3], None),
        (1, 0, &[], Some(1)),
        (3, 1, &[], None),
        (u64::MAX, u32::MAX, &[], None),
    ] {
        let page = Page::cut(&list, offset, limit);
        let expected = Page {
            items: items.to_vec(),
            total: 3,
            next,
        };
        assert_eq!(page, expected, "{offset} {limit}");
    }
}

#[tokio::test]
async fn an_order_takes_all_or_nothing() {
    let shop = Shop::open();
    for lines in [
        &[(RUST, 1), (C, 4)][..],
        &[(RUST, 12), (RUST, 1)],
        &[(RUST, 1), ("?", 1)],
    ] {
        let outcome = shop.place(order(lines)).await;
        assert!(!matches!(outcome, PlaceOutcome::Placed(_)), "{outcome:?}");
        assert_eq!((copies(&shop, RUST).await, copies(&shop, C).await), (12, 3));
    }
    let outcome = shop.place(order(&[(RUST, 11), (RUST, 1), (C, 3)])).await;
    assert!(matches!(outcome, PlaceOutcome::Placed(_)), "{outcome:?}");
    assert_eq!((copies(&shop, RUST).await, copies(&shop, C).await), (0, 0));
}

#[tokio::test]
async fn no_copies_of_a_coming_book_leave_it_coming() {
    let shop = Shop::open();
    let before = shop.find(isbn(OVID)).await;
    let PlaceOutcome::Placed(placed) = shop.place(order(&[(OVID, 0)])).await else {
        panic!("nothing of it can be had");
    };
    assert_eq!(shop.find(isbn(OVID)).await, before);
    shop.cancel(placed.id).await;
    assert_eq!(shop.find(isbn(OVID)).await, before);
}

#[tokio::test]
async fn cancelling_puts_the_books_back() {
    let shop = Shop::open();
    let PlaceOutcome::Placed(placed) = shop.place(order(&[(C, 3)])).await else {
        panic!("there are three");
    };
    let CancelOutcome::Cancelled { refund } = shop.cancel(placed.id).await else {
        panic!("it is only placed");
    };
    assert_eq!(refund.minor, -3 * 6799);
    assert_eq!(copies(&shop, C).await, 3);
    let FindOutcome::Found(book) = shop.find(isbn(C)).await else {
        panic!("it is in the catalog");
    };
    assert_eq!(book.sold, 4_294_967_296);
}

#[tokio::test]
async fn stock_and_discount_have_ends() {
    let shop = Shop::open();
    assert_eq!(shop.restock(isbn(TROMMEL), u32::MAX, 0).await, Some(u32::MAX));
    assert_eq!(shop.restock(isbn(TROMMEL), 1, 0).await, Some(u32::MAX));
    let change = Amendment {
        discount: Some(Some(u32::MAX)),
        ..Amendment::default()
    };
    let amended = shop.amend(3, change).await.expect("there is an order 3");
    assert_eq!((amended.discount, amended.total.minor), (Some(100), 0));
    assert_eq!(shop.scan(isbn(C), 3).await, [17, 48, 79]);
}

#[tokio::test]
async fn a_search_prefers_titles_to_authors_and_authors_to_tags() {
    let shop = Shop::open();
    for (text, place) in [
        ("rust", Place::Title),
        ("GRASS", Place::Author("Günter Grass".to_owned())),
        (
            "anzig",
            Place::Tag {
                name: "Danzig".to_owned(),
                at: 1,
            },
        ),
    ] {
        let mut hits = shop.search(text.to_owned(), 1).await;
        assert_eq!(hits.next().await.expect("a hit").expect("no error").place, place);
    }
}
