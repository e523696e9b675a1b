//! Bytes that are read, front to back.

/// What is left of a payload.
pub struct Input<'a> {
    left: &'a [u8],
}

impl<'a> Input<'a> {
    /// All of these bytes.
    pub fn new(data: &'a [u8]) -> Self {
        Self { left: data }
    }

    /// How many bytes are left.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// So many raw bytes.
    #[inline(always)]
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(taken)
    }

    /// So many raw bytes, known when this is compiled.
    #[inline(always)]
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, left) = self.left.split_first_chunk()?;
        self.left = left;
        Some(*taken)
    }

    /// One raw byte.
    #[inline(always)]
    pub fn byte(&mut self) -> Option<u8> {
        let (&byte, left) = self.left.split_first()?;
        self.left = left;
        Some(byte)
    }

    /// True when the next byte is this one.
    #[inline(always)]
    pub fn next_is(&self, byte: u8) -> bool {
        self.left.first() == Some(&byte)
    }

    /// One byte, 0 or 1.
    #[inline(always)]
    pub fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// A varint of a type of so many bits, 64 at most.
    #[inline(always)]
    pub fn varint(&mut self, bits: u32) -> Option<u64> {
        match *self.left {
            [first, ref left @ ..] if first < 0x80 => {
                self.left = left;
                Some(u64::from(first))
            }
            [first, second, ref left @ ..] if second < 0x80 => {
                self.left = left;
                Some(u64::from(first & 0x7F) | u64::from(second) << 7)
            }
            _ => self.long_varint(bits),
        }
    }

    /// A varint of 32 bits without a branch, where there are enough bytes to look at: among many the length of the next
    /// one is anyone's guess.
    #[inline(always)]
    pub fn varint32(&mut self) -> Option<u32> {
        let Some(bytes) = self.left.first_chunk() else {
            return Some(self.varint(32)? as u32);
        };
        let word = u64::from_le_bytes(*bytes);
        // The lowest bit that ends a varint; five bytes are the most.
        let ends = !word & 0x80_8080_8080;
        if ends == 0 {
            return None;
        }
        let len = (ends.trailing_zeros() / 8 + 1) as usize;
        let word = word & (ends ^ (ends - 1));
        let value = word & 0x7F
            | (word >> 1) & 0x3F80
            | (word >> 2) & 0x1F_C000
            | (word >> 3) & 0xFE0_0000
            | (word >> 4) & 0x7_F000_0000;
        self.left = &self.left[len..];
        u32::try_from(value).ok()
    }

    /// A varint of three bytes or more. Forms that are not the shortest are accepted up to the longest that the type
    /// can need, as by the pure codec.
    fn long_varint(&mut self, bits: u32) -> Option<u64> {
        let mut value = 0u64;
        for (index, &byte) in self.left.iter().enumerate().take(bits.div_ceil(7) as usize) {
            let shift = 7 * index as u32;
            let group = u64::from(byte & 0x7F);
            if shift == 63 && group > 1 {
                return None;
            }
            value |= group << shift;
            if byte < 0x80 {
                self.left = &self.left[index + 1..];
                return (bits == 64 || value >> bits == 0).then_some(value);
            }
        }
        None
    }

    /// A varint of up to 128 bits.
    pub fn varint128(&mut self) -> Option<u128> {
        let mut value = 0u128;
        for (index, &byte) in self.left.iter().enumerate().take(19) {
            let shift = 7 * index as u32;
            let group = u128::from(byte & 0x7F);
            if shift == 126 && group > 3 {
                return None;
            }
            value |= group << shift;
            if byte < 0x80 {
                self.left = &self.left[index + 1..];
                return Some(value);
            }
        }
        None
    }

    /// A length in bytes, which are there.
    #[inline(always)]
    pub fn sized(&mut self) -> Option<&'a [u8]> {
        let length = self.varint(64)?;
        self.take(usize::try_from(length).ok()?)
    }
}
