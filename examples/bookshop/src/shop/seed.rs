//! The books and orders with which the shop opens.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::placed_at;
use super::state::State;
use crate::catalog::{Author, Availability, Book, Category, Format};
use crate::model::{Currency, Isbn, Money};
use crate::orders::{Order, OrderLine, OrderStatus};

const C: &str = "978-0-13-110362-7";
const RUST: &str = "978-1-7185-0310-6";
const TROMMEL: &str = "978-3-423-11821-7";
const NEKO: &str = "978-4-10-101001-2";
const OVID: &str = "978-0-14-044789-7";
const ALMANAC: &str = "979-8-00-000001-1";
const RECALLED: &str = "978-0-00-000666-3";

pub(super) fn state() -> State {
    State {
        books: books().into_iter().map(|b| (b.isbn.clone(), b)).collect(),
        withdrawn: BTreeMap::from([(isbn(RECALLED), ("the printer forgot page 13".to_owned(), 1_262_304_000))]),
        covers: BTreeMap::from([
            (isbn(RUST), vec![0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a]),
            (isbn(OVID), Vec::new()),
        ]),
        categories: categories(),
        orders: orders().into_iter().map(|o| (o.id, o)).collect(),
    }
}

fn books() -> [Book; 6] {
    [
        Book {
            isbn: isbn(C),
            title: r"The C Programming Language \ Second Edition".to_owned(),
            authors: vec![
                author("Brian W. Kernighan", Some(1942)),
                author("Dennis M. Ritchie", Some(1941)),
            ],
            format: Format::Paperback,
            price: money(6799, Currency::Usd),
            availability: Availability::InStock(3),
            rating: Some(4.71),
            weight_kg: 0.5,
            size_mm: (178, 235, 18),
            published: 575_424_000,
            sold: 4_294_967_296,
            shelf: 'K',
            signed: false,
            mark: [0, 1, 254, 255],
            tags: tags(&["c", "programming", "unix"]),
            translations: titles(&[
                ("de", "Programmieren in C"),
                ("fr", "Le langage C"),
                ("ja", "プログラミング言語C"),
            ]),
            thumbnail: vec![0x47, 0x49, 0x46],
            union_number: 340_282_366_920_938_463_463_374_607_431_768_211_455,
        },
        Book {
            isbn: isbn(RUST),
            title: "The Rust Programming Language".to_owned(),
            authors: vec![author("Steve Klabnik", None), author("Carol Nichols", None)],
            format: Format::Paperback,
            price: money(4999, Currency::Usd),
            availability: Availability::InStock(12),
            rating: Some(4.86),
            weight_kg: 1.125,
            size_mm: (178, 235, 35),
            published: 1_687_824_000,
            sold: 18_446_744_073_709_551_000,
            shelf: '🦀',
            signed: true,
            mark: [222, 173, 190, 239],
            tags: tags(&["programming", "rust", "systems"]),
            translations: titles(&[("zh", "Rust权威指南")]),
            thumbnail: vec![0xff, 0xd8, 0xff, 0x00],
            union_number: 18_446_744_073_709_551_616,
        },
        Book {
            isbn: isbn(TROMMEL),
            title: "Die Blechtrommel".to_owned(),
            authors: vec![author("Günter Grass", Some(1927))],
            format: Format::Hardcover,
            price: money(2800, Currency::Eur),
            availability: Availability::SoldOut,
            rating: Some(4.25),
            weight_kg: 0.75,
            size_mm: (120, 190, 40),
            published: -320_889_600,
            sold: 3_000_000,
            shelf: 'G',
            signed: false,
            mark: [1, 2, 3, 4],
            tags: tags(&["Danzig", "novel"]),
            translations: titles(&[("en", "The Tin Drum")]),
            thumbnail: Vec::new(),
            union_number: 1,
        },
        Book {
            isbn: isbn(NEKO),
            title: "吾輩は猫である".to_owned(),
            authors: vec![author("夏目漱石", Some(1867))],
            format: Format::Paperback,
            price: money(737, Currency::Jpy),
            availability: Availability::InStock(5),
            rating: Some(4.0),
            weight_kg: 0.25,
            size_mm: (106, 151, 21),
            published: -2_041_200_000,
            sold: 1_000_001,
            shelf: '猫',
            signed: false,
            mark: [0, 0, 0, 0],
            tags: tags(&["cat", "novel", "猫"]),
            translations: titles(&[("de", "Ich der Kater"), ("en", "I Am a Cat")]),
            thumbnail: vec![0],
            union_number: 9_007_199_254_740_993,
        },
        Book {
            isbn: isbn(OVID),
            title: "Metamorphoses".to_owned(),
            authors: vec![author("Publius Ovidius Naso", Some(-43))],
            format: Format::Ebook,
            price: money(0, Currency::Eur),
            availability: Availability::Preorder {
                ships_in_days: 0,
                deposit: None,
            },
            rating: None,
            weight_kg: 0.0,
            size_mm: (0, 0, 0),
            published: -61_851_600_000,
            sold: 0,
            shelf: 'Ω',
            signed: false,
            mark: [8, 8, 8, 8],
            tags: tags(&[]),
            translations: titles(&[]),
            thumbnail: Vec::new(),
            union_number: 0,
        },
        Book {
            isbn: isbn(ALMANAC),
            title: "Tomorrow’s “Almanac” 📖".to_owned(),
            authors: Vec::new(),
            format: Format::Hardcover,
            price: money(1990, Currency::Eur),
            availability: Availability::Preorder {
                ships_in_days: 365,
                deposit: Some(money(500, Currency::Eur)),
            },
            rating: None,
            weight_kg: 2.5,
            size_mm: (210, 297, 65_535),
            published: 4_102_444_800,
            sold: 7,
            shelf: 'A',
            signed: true,
            mark: [9, 8, 7, 6],
            tags: tags(&["future"]),
            translations: titles(&[("en", "Tomorrow’s “Almanac” 📖")]),
            thumbnail: vec![0xf0, 0x9f, 0x93, 0x96],
            union_number: 18_446_744_073_709_551_615,
        },
    ]
}

fn categories() -> Category {
    let category = |name: &str, books: &[&str], children: Vec<Category>| Category {
        name: name.to_owned(),
        books: books.iter().copied().map(isbn).collect(),
        children,
    };
    category(
        "All",
        &[ALMANAC],
        vec![
            category(
                "Computing",
                &[],
                vec![category("C", &[C], vec![]), category("Rust", &[RUST], vec![])],
            ),
            category(
                "Literature",
                &[OVID],
                vec![category(
                    "Novels",
                    &[TROMMEL, NEKO],
                    vec![category("Cats", &[NEKO], vec![])],
                )],
            ),
        ],
    )
}

fn orders() -> [Order; 3] {
    [
        Order {
            id: 1,
            customer: 7,
            lines: vec![
                line(RUST, 1, money(4999, Currency::Usd)),
                line(C, 2, money(6799, Currency::Usd)),
            ],
            total: money(18_597, Currency::Usd),
            status: OrderStatus::Shipped("Pigeon Post".to_owned(), 18_446_744_073_709_551_615),
            note: Some("Please ring twice – the bell is “shy”.".to_owned()),
            discount: None,
            gift: false,
            placed: placed_at(1),
        },
        Order {
            id: 2,
            customer: 7,
            lines: vec![line(TROMMEL, 1, money(2800, Currency::Eur))],
            total: money(2520, Currency::Eur),
            status: OrderStatus::Packed {
                parcels: 1,
                grams: vec![750],
            },
            note: None,
            discount: Some(10),
            gift: true,
            placed: placed_at(2),
        },
        Order {
            id: 3,
            customer: 18_446_744_073_709_551_615,
            lines: vec![line(NEKO, 3, money(737, Currency::Jpy))],
            total: money(2_211, Currency::Jpy),
            status: OrderStatus::Placed,
            note: Some(String::new()),
            discount: None,
            gift: false,
            placed: placed_at(3),
        },
    ]
}

fn isbn(number: &str) -> Isbn {
    Isbn(number.to_owned())
}

fn author(name: &str, born: Option<i16>) -> Author {
    Author {
        name: name.to_owned(),
        born,
    }
}

fn money(minor: i64, currency: Currency) -> Money {
    Money { minor, currency }
}

fn line(number: &str, copies: u32, price: Money) -> OrderLine {
    OrderLine {
        isbn: isbn(number),
        copies,
        price,
    }
}

fn tags(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn titles(by_language: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = by_language.iter().map(|&(k, v)| (k.to_owned(), v.to_owned()));
    owned.collect()
}
