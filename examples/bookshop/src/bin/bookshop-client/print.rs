//! How the answers are printed: a line or a few for each.

use bookshop::catalog::{Availability, Book, Category, Format, Place, SearchHit};
use bookshop::model::{Currency, Money};
use bookshop::orders::{Figures, Order, OrderEvent, OrderStatus};
use futures::StreamExt;
use rapace::{RpcError, Streaming};

/// Prints an item a line, and how the stream failed if it did.
pub(crate) async fn print_stream<T>(mut stream: Streaming<T>, line: impl Fn(&T) -> String) {
    while let Some(item) = stream.next().await {
        match item {
            Ok(item) => println!("  {}", line(&item)),
            Err(RpcError::Status { code, message }) => {
                println!("  failed with code {}: {message}", code as u32);
            }
            Err(other) => println!("  failed: {other}"),
        }
    }
}

pub(crate) fn print_book(number: &str, book: &Book) {
    let authors = book.authors.iter();
    let authors = authors.map(|author| format!("{} ({})", author.name, optional(author.born)));
    let format = match book.format {
        Format::Hardcover => "hardcover",
        Format::Paperback => "paperback",
        Format::Ebook => "e-book",
    };
    let (width, height, depth) = book.size_mm;
    println!("find {number}: {}", book.title);
    println!("  authors: {}", joined(authors));
    println!(
        "  format: {format}, {width} x {height} x {depth} mm, {:.3} kg",
        book.weight_kg
    );
    println!("  price: {}; {}", money(&book.price), availability(&book.availability));
    println!(
        "  rating: {}",
        optional(book.rating.map(|rating| format!("{rating:.2}")))
    );
    println!("  published: {}, sold: {}", book.published, book.sold);
    println!(
        "  shelf: {}, signed: {}, mark: {}",
        book.shelf,
        yes_no(book.signed),
        hex(&book.mark)
    );
    println!("  tags: {}", joined(&book.tags));
    println!("  translations: {}", counted(&book.translations));
    println!("  thumbnail: {}", hex(&book.thumbnail));
    println!("  union number: {}", book.union_number);
}

pub(crate) fn print_category(category: &Category, depth: usize) {
    let books = joined(category.books.iter().map(|isbn| &isbn.0));
    println!("{}{}: {books}", "  ".repeat(depth), category.name);
    for child in &category.children {
        print_category(child, depth + 1);
    }
}

pub(crate) fn print_order(what: &str, order: &Order) {
    let lines = order.lines.iter();
    let lines = lines.map(|l| format!("{} x {} at {}", l.copies, l.isbn.0, money(&l.price)));
    println!(
        "{what}: number {} of customer {}: {}",
        order.id,
        order.customer,
        joined(lines)
    );
    let (total, status) = (money(&order.total), status(&order.status));
    let (discount, gift) = (optional(order.discount), yes_no(order.gift));
    println!(
        "    {total}, discount {discount}, gift {gift}, {status} ({})",
        order.placed
    );
    println!(
        "    note: {}",
        optional(order.note.as_ref().map(|note| format!("\"{note}\"")))
    );
}

pub(crate) fn print_figures(f: &Figures) {
    println!("audit:");
    println!("  signed: {} {} {} {} {}", f.tiny, f.small, f.medium, f.large, f.huge);
    let (tiny, small, medium) = (f.tiny_count, f.small_count, f.medium_count);
    println!("  unsigned: {tiny} {small} {medium} {} {}", f.large_count, f.huge_count);
    println!("  shares: {:.6} {:.6}", f.share, f.exact_share);
    println!(
        "  balanced: {}, initial: {}, remark: \"{}\"",
        yes_no(f.balanced),
        f.initial,
        f.remark
    );
}

pub(crate) fn search_hit(hit: &SearchHit) -> String {
    let place = match &hit.place {
        Place::Title => "title".to_owned(),
        Place::Author(name) => format!("author {name}"),
        Place::Tag { name, at } => format!("tag {name} at {at}"),
    };
    let availability = availability(&hit.availability);
    format!(
        "{:.2} {} ({}), in {place}; {availability}",
        hit.score, hit.title, hit.isbn.0
    )
}

fn availability(availability: &Availability) -> String {
    match availability {
        Availability::SoldOut => "sold out".to_owned(),
        Availability::InStock(copies) => format!("{copies} in stock"),
        Availability::Preorder { ships_in_days, deposit } => {
            let deposit = optional(deposit.as_ref().map(money));
            format!("ships in {ships_in_days} days, deposit {deposit}")
        }
    }
}

pub(crate) fn event(event: &OrderEvent) -> String {
    format!("{} at {}: {}", event.sequence, event.at, status(&event.status))
}

pub(crate) fn status(status: &OrderStatus) -> String {
    match status {
        OrderStatus::Placed => "placed".to_owned(),
        OrderStatus::Packed { parcels, grams } => {
            format!("packed in {parcels} parcels of {} g", joined(grams))
        }
        OrderStatus::Shipped(carrier, number) => format!("shipped by {carrier} as {number}"),
        OrderStatus::Cancelled => "cancelled".to_owned(),
    }
}

pub(crate) fn money(money: &Money) -> String {
    format!("{} {}", money.minor, code(money.currency))
}

pub(crate) fn code(currency: Currency) -> &'static str {
    match currency {
        Currency::Eur => "EUR",
        Currency::Usd => "USD",
        Currency::Jpy => "JPY",
    }
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// The value, or `-` for none.
pub(crate) fn optional(value: Option<impl ToString>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

/// The items with commas between them, or `-` for none.
pub(crate) fn joined(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() {
        "-".to_owned()
    } else {
        items.join(", ")
    }
}

/// The pairs as `key=value`, sorted by whoever made them, with commas between them, or `-` for none.
pub(crate) fn counted<K: ToString, V: ToString>(pairs: impl IntoIterator<Item = (K, V)>) -> String {
    joined(
        pairs
            .into_iter()
            .map(|(k, v)| format!("{}={}", k.to_string(), v.to_string())),
    )
}

/// The bytes in hexadecimal, or `-` for none.
pub(crate) fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "-".to_owned();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
