//! The bytes of one direction of a TCP connection, in order, from segments that come in whatever order.

use std::collections::BTreeMap;

/// How many bytes of one direction may wait for bytes before them: 8 MiB, more than the windows of most connections.
pub(super) const WAITING_BYTES: usize = 8 * 1024 * 1024;

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Reassembly {
    /// The sequence number of the next byte, once one was seen.
    next: Option<u32>,
    /// How many bytes were passed on.
    passed: u64,
    /// What waits for bytes before it, by its place. No two overlap.
    waiting: BTreeMap<u64, Vec<u8>>,
    waiting_bytes: usize,
    /// True when bytes are missing, and for ever after.
    lost: bool,
}

/// Bytes that are not in the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// The first of them, from the beginning of the direction.
    pub(super) offset: u64,
    /// How many there are, where that is known.
    pub(super) bytes: Option<u64>,
}

impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.bytes {
            Some(bytes) => write!(
                f,
                "{bytes} bytes are missing from the capture, starting at byte {}",
                self.offset
            ),
            None => write!(
                f,
                "bytes are missing from the capture, starting at byte {}",
                self.offset
            ),
        }
    }
}

impl Reassembly {
    /// The first segment of the direction: its bytes begin after this number.
    pub(super) fn begin(&mut self, sequence: u32) {
        if self.next.is_none() {
            self.next = Some(sequence.wrapping_add(1));
        }
    }

    /// Adds a segment whose first byte has this number, and of which `cut` bytes at its end were not captured. Passes on the
    /// bytes that are now in order. Of bytes that come twice the first are kept.
    ///
    /// # Errors
    /// When bytes turn out to be missing. After that nothing more is passed on.
    pub(super) fn add(
        &mut self,
        sequence: u32,
        bytes: &[u8],
        cut: usize,
        mut pass: impl FnMut(&[u8]),
    ) -> Result<(), Gap> {
        if self.lost {
            return Ok(());
        }
        let next = *self.next.get_or_insert(sequence);
        // Numbers wrap: what is less than half of them ahead is ahead.
        let ahead = i64::from(sequence.wrapping_sub(next).cast_signed());
        let start = self.passed.cast_signed() + ahead;
        let skip = usize::try_from(-ahead).unwrap_or(0).min(bytes.len());
        let bytes = &bytes[skip..];
        let place = start.max(self.passed.cast_signed()).cast_unsigned();
        let end = place + bytes.len() as u64;
        if place == self.passed {
            self.pass(bytes, &mut pass);
        } else {
            self.keep(place, bytes);
        }
        self.pass_waiting(&mut pass);
        if cut > 0 && self.passed == end {
            return Err(self.lose(Some(cut as u64)));
        }
        match self.waiting_bytes > WAITING_BYTES {
            true => Err(self.gap()),
            false => Ok(()),
        }
    }

    /// How many bytes wait for others before them.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// No bytes come that others wait for.
    ///
    /// # Errors
    /// When bytes wait for others before them.
    pub(super) fn finish(&mut self) -> Result<(), Gap> {
        match self.lost || self.waiting.is_empty() {
            true => Ok(()),
            false => Err(self.gap()),
        }
    }

    fn pass(&mut self, bytes: &[u8], pass: &mut impl FnMut(&[u8])) {
        if bytes.is_empty() {
            return;
        }
        pass(bytes);
        self.passed += bytes.len() as u64;
        self.next = self.next.map(|next| next.wrapping_add(bytes.len() as u32));
    }

    /// Passes on what waited for what was passed on.
    fn pass_waiting(&mut self, pass: &mut impl FnMut(&[u8])) {
        while let Some(entry) = self.waiting.first_entry().filter(|entry| *entry.key() <= self.passed) {
            let (place, bytes) = entry.remove_entry();
            self.waiting_bytes -= bytes.len();
            let skip = usize::try_from(self.passed - place)
                .unwrap_or(usize::MAX)
                .min(bytes.len());
            self.pass(&bytes[skip..], pass);
        }
    }

    /// Keeps bytes for later, but for those that wait already.
    fn keep(&mut self, mut place: u64, mut bytes: &[u8]) {
        if let Some((before, held)) = self.waiting.range(..=place).next_back() {
            let skip = (before + held.len() as u64).saturating_sub(place);
            let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(bytes.len());
            bytes = &bytes[skip..];
            place += skip as u64;
        }
        while !bytes.is_empty() {
            let after = self
                .waiting
                .range(place..)
                .next()
                .map(|(after, held)| (*after, held.len()));
            let room = after.map_or(bytes.len(), |(after, _)| {
                usize::try_from(after - place).unwrap_or(usize::MAX).min(bytes.len())
            });
            if room > 0 {
                self.waiting_bytes += room;
                self.waiting.insert(place, bytes[..room].to_vec());
            }
            let skip = (room + after.map_or(0, |(_, length)| length)).min(bytes.len());
            bytes = &bytes[skip..];
            place += skip as u64;
        }
    }

    /// The bytes before the first that waits are missing.
    fn gap(&mut self) -> Gap {
        let first = self.waiting.keys().next().copied();
        self.lose(first.map(|first| first - self.passed))
    }

    fn lose(&mut self, bytes: Option<u64>) -> Gap {
        self.lost = true;
        self.waiting.clear();
        self.waiting_bytes = 0;
        Gap {
            offset: self.passed,
            bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gap, Reassembly, WAITING_BYTES};

    /// Segments as (place, bytes), and the text that comes of them.
    fn check(first: u32, segments: &[(u32, &str)], expected: &str, gap: Option<Gap>) {
        let (mut reassembly, mut text) = (Reassembly::default(), Vec::new());
        reassembly.begin(first);
        for (place, bytes) in segments {
            let sequence = first.wrapping_add(1).wrapping_add(*place);
            let added = reassembly.add(sequence, bytes.as_bytes(), 0, |bytes| text.extend_from_slice(bytes));
            assert_eq!(added, Ok(()));
        }
        assert_eq!(String::from_utf8(text).expect("text"), expected, "{segments:?}");
        assert_eq!(reassembly.finish().err(), gap, "{segments:?}");
    }

    #[test]
    fn bytes_are_passed_on_in_order_and_once() {
        for first in [0, 1000, u32::MAX - 3, u32::MAX] {
            check(first, &[(0, "ab"), (2, "cd")], "abcd", None);
            check(first, &[(2, "cd"), (0, "ab")], "abcd", None);
            check(first, &[(4, "ef"), (2, "cd"), (0, "ab")], "abcdef", None);
            check(first, &[(0, "ab"), (0, "ab"), (2, "cd"), (0, "abcd")], "abcd", None);
            check(first, &[(0, "ab"), (1, "bcd")], "abcd", None);
            check(first, &[(2, "cd"), (1, "bcde"), (3, "d"), (0, "abc")], "abcde", None);
            check(first, &[(6, "g"), (2, "c"), (1, "bcdefgh"), (0, "a")], "abcdefgh", None);
            // A keep-alive repeats a byte that was acknowledged.
            check(first, &[(0, "ab"), (1, "b"), (2, "")], "ab", None);
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let gap = |offset, bytes| Some(Gap { offset, bytes });
        check(7, &[(0, "ab"), (5, "f")], "ab", gap(2, Some(3)));
        check(7, &[(1, "b")], "", gap(0, Some(1)));
        let mut reassembly = Reassembly::default();
        let cut = reassembly.add(50, b"abc", 10, |_| ());
        assert_eq!(cut.err(), gap(3, Some(10)));
        assert_eq!(reassembly.add(53, b"x", 0, |_| panic!("after a gap")), Ok(()));
        let text = Gap {
            offset: 3,
            bytes: Some(10),
        }
        .to_string();
        assert_eq!(text, "10 bytes are missing from the capture, starting at byte 3");
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut reassembly = Reassembly::default();
        reassembly.begin(0);
        let piece = vec![1; 65_536];
        let pieces = (0..).find_map(|index: u32| {
            let added = reassembly.add(2 + index * 65_536, &piece, 0, |_| ());
            added.err().map(|gap| (index as usize, gap))
        });
        let gap = Gap {
            offset: 0,
            bytes: Some(1),
        };
        assert_eq!(pieces, Some((WAITING_BYTES / 65_536, gap)));
        assert!(reassembly.waiting.is_empty());
    }

    /// Segments cut, doubled and mixed by chance.
    #[test]
    fn whatever_order_the_bytes_come_out_as_they_were() {
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut draw = |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % below as u64) as usize
        };
        for round in 0..300 {
            let all: Vec<u8> = (0..draw(500) + 1).map(|_| draw(256) as u8).collect();
            let first = draw(usize::MAX) as u32;
            let mut segments = Vec::new();
            for start in (0..all.len()).step_by(10) {
                // Each covers its ten bytes, and some before and after them.
                let (from, to) = (start.saturating_sub(draw(30)), (start + 10 + draw(30)).min(all.len()));
                segments.push((from, to));
            }
            for index in (1..segments.len()).rev() {
                segments.swap(index, draw(index + 1));
            }
            let (mut reassembly, mut found) = (Reassembly::default(), Vec::new());
            reassembly.begin(first.wrapping_sub(1));
            for (from, to) in segments {
                let sequence = first.wrapping_add(from as u32);
                let added = reassembly.add(sequence, &all[from..to], 0, |bytes| found.extend_from_slice(bytes));
                assert_eq!(added, Ok(()));
            }
            assert_eq!(reassembly.finish(), Ok(()), "round {round}");
            assert!(found == all, "round {round}");
        }
    }

    /// Segments from anywhere: nothing panics, and what waits stays counted.
    #[test]
    fn nothing_that_comes_makes_it_panic() {
        let mut random = 88_172_645_463_325_252_u64;
        let mut draw = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        for _ in 0..200 {
            let mut reassembly = Reassembly::default();
            for _ in 0..100 {
                let near = draw() as u32 % 4000;
                let sequence = if draw().is_multiple_of(10) { draw() as u32 } else { near };
                let bytes = vec![0; draw() as usize % 1500];
                let cut = if draw().is_multiple_of(50) { 9 } else { 0 };
                let _ = reassembly.add(sequence, &bytes, cut, |_| ());
                let waiting: usize = reassembly.waiting.values().map(Vec::len).sum();
                assert_eq!(waiting, reassembly.waiting_bytes);
            }
        }
    }
}
