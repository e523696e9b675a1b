//! The values, which are the same in every run.

use crate::{Customer, Line, Order, Small, Status};

/// How many orders a batch has.
pub const BATCH: usize = 1_000;
/// How many integers there are.
pub const INTS: usize = 100_000;
/// How many floats there are.
pub const FLOATS: usize = 100_000;
/// How many texts there are.
pub const STRINGS: usize = 10_000;
/// How many lines an order has.
const LINES: usize = 20;

/// A measurement.
pub fn small() -> Small {
    let mut random = Random(1);
    Small {
        latitude: random.unit() * 180.0 - 90.0,
        longitude: random.unit() * 360.0 - 180.0,
        sensor: random.ascii(8),
        count: 1_000,
    }
}

/// An order.
pub fn order() -> Order {
    let mut random = Random(2);
    random.order(1)
}

/// Orders.
pub fn batch() -> Vec<Order> {
    let mut random = Random(3);
    (0..BATCH).map(|index| random.order(index)).collect()
}

/// Integers, whose varints have 1 to 5 bytes.
pub fn ints() -> Vec<u32> {
    let mut random = Random(4);
    (0..INTS)
        .map(|_| {
            let bits = random.below(33);
            (random.next() & ((1 << bits) - 1)) as u32
        })
        .collect()
}

/// Floats between -1,000 and 1,000.
pub fn floats() -> Vec<f64> {
    let mut random = Random(5);
    (0..FLOATS).map(|_| random.unit() * 2_000.0 - 1_000.0).collect()
}

/// Texts of 5 to 40 characters: every other one is ASCII, the others Latin, Cyrillic, Han or emoji.
pub fn strings() -> Vec<String> {
    let mut random = Random(6);
    (0..STRINGS)
        .map(|index| {
            let length = 5 + random.below(36);
            match index % 8 {
                1 => random.text(length, 'a', 0x1A0),
                3 => random.text(length, 'А', 0x40),
                5 => random.text(length, '一', 0x1000),
                7 => random.text(length / 2, '😀', 0x40),
                _ => random.ascii(length),
            }
        })
        .collect()
}

/// A kibibyte.
pub fn blob() -> Vec<u8> {
    Random(7).bytes(1_024)
}

/// splitmix64: the same numbers from the same seed, wherever it runs.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Between 0 and 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn ascii(&mut self, length: usize) -> String {
        (0..length)
            .map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[self.below(36)]))
            .collect()
    }

    /// Characters from a range that begins with `first`.
    fn text(&mut self, length: usize, first: char, range: usize) -> String {
        (0..length)
            .filter_map(|_| char::from_u32(first as u32 + self.below(range) as u32))
            .collect()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }

    fn order(&mut self, index: usize) -> Order {
        Order {
            id: 1_000_000 + index as u64,
            customer: Customer {
                id: self.next() >> 20,
                name: ["Zoë Brontë", "Ada Lovelace", "Grace Hopper"][index % 3].to_owned(),
                email: (!index.is_multiple_of(4)).then(|| format!("{}@example.com", self.ascii(8))),
            },
            lines: (0..LINES).map(|line| self.line(line)).collect(),
            status: match index % 4 {
                0 => Status::Open,
                1 => Status::Paid {
                    at: self.placed(),
                    method: "invoice".to_owned(),
                },
                2 => Status::Shipped(self.ascii(12)),
                _ => Status::Cancelled {
                    reason: "out of stock".to_owned(),
                    refund: Some(self.below(100_000) as u32),
                },
            },
            note: (index % 2 == 1).then(|| "Please ring twice.".to_owned()),
            discount: (index % 3 == 1).then_some(250),
            labels: ["channel", "country", "warehouse", "campaign"]
                .iter()
                .map(|name| ((*name).to_owned(), self.ascii(6)))
                .collect(),
            signature: self.bytes(64),
            placed: self.placed(),
            weight: self.unit() * 30.0,
        }
    }

    fn line(&mut self, index: usize) -> Line {
        Line {
            sku: self.ascii(14),
            quantity: 1 + self.below(9) as u32,
            price: self.below(30_000) as u32,
            remark: index.is_multiple_of(5).then(|| self.ascii(20)),
            gift: index.is_multiple_of(7),
        }
    }

    fn placed(&mut self) -> i64 {
        1_700_000_000_000 + self.below(30_000_000_000) as i64
    }
}
