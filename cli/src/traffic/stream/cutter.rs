//! Frames with their lengths before them, as stream sockets carry them.

use rapace_wire::Frame;
use rapace_wire::frame::{DESCRIPTOR, LENGTH, LONGEST};

use super::cut::Cut;

/// Cuts bytes into frames, however they were cut when they arrived. It holds one frame at most.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    held: Vec<u8>,
}

/// Why bytes are no frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoFrame {
    /// The first byte of the frame that is none.
    pub(super) offset: u64,
    /// Why.
    pub(super) text: String,
}

/// True for a length that a frame may have, its descriptor included.
pub(crate) fn is_length(length: u32) -> bool {
    (DESCRIPTOR..=LONGEST).contains(&(length as usize))
}

impl Cutter {
    /// Adds bytes, of which the first is at `offset`, and passes on the frames that they complete.
    ///
    /// # Errors
    /// For a length that no frame has. Nothing is kept for it.
    pub(super) fn feed(&mut self, bytes: &[u8], offset: u64, mut frame: impl FnMut(Cut)) -> Result<(), NoFrame> {
        let mut offset = offset - self.held.len() as u64;
        self.held.extend_from_slice(bytes);
        let mut start = 0;
        let result = loop {
            let rest = &self.held[start..];
            let Some(length) = rest.first_chunk::<LENGTH>().copied().map(u32::from_le_bytes) else {
                break Ok(());
            };
            if !is_length(length) {
                break Err(NoFrame {
                    offset,
                    text: bad_length(length),
                });
            }
            let end = LENGTH + length as usize;
            let Some(whole) = rest.get(LENGTH..end) else {
                break Ok(());
            };
            if let Some(read) = frame_of(whole) {
                frame(Cut {
                    offset,
                    head: LENGTH as u64,
                    frame: read,
                });
            }
            start += end;
            offset += end as u64;
        };
        self.held.drain(..start);
        result
    }

    /// The bytes end here.
    ///
    /// # Errors
    /// When a frame has begun. `offset` is the end of the bytes.
    pub(super) fn finish(&self, offset: u64) -> Result<(), NoFrame> {
        if self.held.is_empty() {
            return Ok(());
        }
        let there = self.held.len();
        let of = match self.held.first_chunk().copied().map(u32::from_le_bytes) {
            Some(length) => format!("{there} of the {} bytes of a frame", LENGTH as u64 + u64::from(length)),
            None => format!("{there} of the {LENGTH} bytes of a frame's length"),
        };
        Err(NoFrame {
            offset: offset - there as u64,
            text: format!("the input ends after {of}"),
        })
    }
}

/// A frame without its length.
pub(super) fn frame_of(bytes: &[u8]) -> Option<Frame> {
    let (descriptor, payload) = bytes.split_first_chunk::<DESCRIPTOR>()?;
    Some(Frame {
        descriptor: *descriptor,
        payload: payload.to_vec(),
    })
}

fn bad_length(length: u32) -> String {
    match (length as usize) < DESCRIPTOR {
        true => format!("frame length {length} is below the {DESCRIPTOR} bytes of a descriptor"),
        false => format!("frame length {length} exceeds the limit of {LONGEST}"),
    }
}

#[cfg(test)]
mod tests {
    use rapace_wire::Frame;

    use super::{Cutter, NoFrame};

    #[test]
    fn frames_come_however_bytes_were_cut() {
        let frames = [
            Frame::answer(1, &[]),
            Frame::answer(3, &[7; 300]),
            Frame::answer(5, &[1]),
        ];
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::to_bytes).collect();
        for size in [1, 2, 3, 67, 68, 69, 1000] {
            let (mut cutter, mut found, mut offset) = (Cutter::default(), Vec::new(), 0);
            for chunk in bytes.chunks(size) {
                cutter.feed(chunk, offset, |cut| found.push(cut)).expect("frames");
                offset += chunk.len() as u64;
            }
            assert_eq!(cutter.finish(offset), Ok(()));
            let offsets: Vec<u64> = found.iter().map(|cut| cut.offset).collect();
            assert_eq!(offsets, [0, 68, 436], "in pieces of {size}");
            assert!(found.iter().zip(&frames).all(|(cut, frame)| cut.frame == *frame));
        }
    }

    #[test]
    fn a_length_that_no_frame_has_is_refused_where_it_is() {
        let good = Frame::answer(1, &[9]).to_bytes();
        for (length, text) in [
            (63_u32, "frame length 63 is below the 64 bytes of a descriptor"),
            (u32::MAX, "frame length 4294967295 exceeds the limit of 67108864"),
        ] {
            let bytes = [&good[..], &length.to_le_bytes()].concat();
            let mut count = 0;
            let refused = Cutter::default().feed(&bytes, 100, |_| count += 1);
            let expected = NoFrame {
                offset: 169,
                text: text.to_owned(),
            };
            assert_eq!((refused, count), (Err(expected), 1));
        }
    }

    #[test]
    fn an_end_within_a_frame_says_what_is_there() {
        let bytes = Frame::answer(1, &[9]).to_bytes();
        for (there, text) in [
            (3, "the input ends after 3 of the 4 bytes of a frame's length"),
            (40, "the input ends after 40 of the 69 bytes of a frame"),
        ] {
            let mut cutter = Cutter::default();
            cutter.feed(&bytes[..there], 10, |_| ()).expect("no frame yet");
            let ended = cutter.finish(10 + there as u64).expect_err("an end within a frame");
            assert_eq!((ended.offset, ended.text.as_str()), (10, text));
        }
    }
}
