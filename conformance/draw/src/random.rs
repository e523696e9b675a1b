/// Draws numbers and texts: splitmix64, from this seed.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `end`.
    ///
    /// # Panics
    /// When there is none.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// True in one of so many cases.
    pub fn one_in(&mut self, cases: usize) -> bool {
        self.below(cases) == 0
    }

    /// One of these.
    ///
    /// # Panics
    /// When there are none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// So many bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.bits() as u8).collect()
    }

    /// An unsigned integer of so many bits, mostly near the ends of what varints of some length hold.
    pub fn unsigned(&mut self, bits: u32) -> u128 {
        let ones = |bits: u32| if bits == 128 { u128::MAX } else { (1 << bits) - 1 };
        let top = ones(self.below(bits as usize + 1) as u32);
        match self.below(4) {
            0 => top,
            1 => top.wrapping_add(1) & ones(bits),
            2 => 0,
            _ => (u128::from(self.bits()) << 64 | u128::from(self.bits())) & top,
        }
    }

    /// A character whose UTF-8 has one to four bytes.
    pub fn character(&mut self) -> char {
        let ranges = [
            0..0x80,
            0x80..0x800,
            0x800..0xd800,
            0xe000..0x1_0000,
            0x1_0000..0x11_0000,
        ];
        let range = &ranges[self.below(ranges.len())];
        let code = range.start + self.below((range.end - range.start) as usize) as u32;
        char::from_u32(code).unwrap_or('\u{fffd}')
    }
}
