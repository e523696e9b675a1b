//! Draws what is put to everyone: bytes of values, and bytes that were of values.

use conformance_draw::{Random, Values};
use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, TypeRef};

use super::input::Input;
use super::subject::methods;

/// No case has more bytes.
const LONGEST: usize = 2_000;
/// How deep values are at most.
const DEPTH: usize = 6;
/// Bytes that are ends of something.
const EDGES: [u8; 9] = [0, 1, 2, 3, 0x3f, 0x7f, 0x80, 0xfe, 0xff];

/// Draws inputs over the types of an API.
pub struct Inputs<'a> {
    methods: Vec<(&'a str, &'a TypeRef)>,
    values: Values<'a>,
    codec: Codec<'a>,
    random: Random,
    next: usize,
    /// What was drawn last, whose bytes others are spliced with.
    last: Vec<u8>,
}

impl<'a> Inputs<'a> {
    /// The same ones for the same seed.
    pub fn new(api: &'a Api, seed: u64) -> Self {
        Self {
            methods: methods(api)
                .map(|method| (method.name.as_str(), &method.response))
                .collect(),
            values: Values::new(api),
            codec: Codec::new(api, Limits::default()),
            random: Random(!seed),
            next: 0,
            last: Vec::new(),
        }
    }

    /// So many inputs, all methods in turn.
    ///
    /// # Errors
    /// When a drawn value has no encoding.
    pub fn draw(&mut self, count: usize) -> Result<Vec<Input>, String> {
        (0..count).map(|_| self.input()).collect()
    }

    fn input(&mut self) -> Result<Input, String> {
        let (method, ty) = self.methods[self.next % self.methods.len()];
        self.next += 1;
        let bytes = match self.random.below(20) {
            0 => {
                let length = self.random.below(24);
                self.random.bytes(length)
            }
            1..=8 => self.valid(ty)?,
            _ => {
                let mut bytes = self.valid(ty)?;
                for _ in 0..1 + self.random.below(3) {
                    self.mutate(&mut bytes);
                }
                bytes
            }
        };
        self.last.clone_from(&bytes);
        Ok(Input {
            method: method.into(),
            bytes,
        })
    }

    /// The bytes of a value that is not too long.
    fn valid(&mut self, ty: &TypeRef) -> Result<Vec<u8>, String> {
        let mut depth = 1 + self.random.below(DEPTH) as u32;
        loop {
            let value = self.values.draw(&mut self.random, ty, depth);
            let bytes = self
                .codec
                .encode(ty, &value)
                .map_err(|error| format!("{value}: {error}"))?;
            if bytes.len() <= LONGEST || depth == 0 {
                return Ok(bytes);
            }
            depth -= 1;
        }
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let random = &mut self.random;
        let place = random.below(bytes.len() + 1);
        let end = bytes.len().min(place + random.below(9));
        match random.below(9) {
            0 if place < bytes.len() => bytes[place] ^= 1 << random.below(8),
            1 if place < bytes.len() => bytes[place] = *random.pick(&EDGES),
            2 => bytes.insert(place, random.bits() as u8),
            3 => bytes.insert(place, *random.pick(&EDGES)),
            4 => bytes.truncate(place),
            5 => drop(bytes.drain(place..end)),
            6 => bytes.extend_from_within(place..end),
            7 => {
                let byte = *random.pick(&EDGES);
                bytes[place..end].fill(byte);
            }
            _ => {
                let from = random.below(self.last.len() + 1);
                bytes.truncate(place);
                bytes.extend(&self.last[from..]);
            }
        }
    }
}
