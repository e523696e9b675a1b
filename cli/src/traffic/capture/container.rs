//! The packets of a pcap or pcapng file.

use std::io::Read;
use std::time::Duration;

use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};

use crate::failure::Failure;

/// How much of a file is read at once: 1 MiB.
const BUFFER: usize = 1024 * 1024;
/// How long a packet with its head may be: 16 MiB. Networks allow 64 KiB, loopback and offloading somewhat more.
const LONGEST_BLOCK: usize = 16 * 1024 * 1024;

/// A captured packet.
pub(super) struct Packet<'p> {
    /// What its first header is.
    pub(super) link: Linktype,
    /// When it was captured.
    pub(super) time: Option<Duration>,
    /// Its bytes.
    pub(super) data: &'p [u8],
    /// How many of its bytes were not captured.
    pub(super) cut: usize,
}

/// How the units of a pcapng interface become times.
#[derive(Clone, Copy)]
struct Interface {
    link: Linktype,
    units: u64,
    offset: u64,
    snaplen: u32,
}

/// What is known of the file so far.
#[derive(Default)]
struct File {
    /// Of a pcap file.
    plain: Option<(Linktype, bool)>,
    /// Of a pcapng section.
    interfaces: Vec<Interface>,
}

/// Passes on every packet. Returns why the rest of the file cannot be read, if that is so.
///
/// # Errors
/// Those of `packet`.
pub(super) fn packets<'r>(
    input: impl Read + Send + 'r,
    mut packet: impl FnMut(Packet<'_>) -> Result<(), Failure>,
) -> Result<Option<String>, Failure> {
    let mut reader = match create_reader(BUFFER, input) {
        Ok(reader) => reader,
        Err(error) => return Ok(Some(why(&error, 0, 0))),
    };
    let (mut file, mut count) = (File::default(), 0);
    let mut capacity = BUFFER;
    loop {
        let position = reader.consumed();
        let more = match reader.next() {
            Ok((length, block)) => {
                if let Some(found) = file.packet(&block) {
                    count += 1;
                    packet(found)?;
                }
                drop(block);
                reader.consume(length);
                continue;
            }
            Err(PcapError::Eof) => return Ok(None),
            Err(PcapError::Incomplete(_)) => false,
            Err(PcapError::BufferTooSmall) => true,
            Err(error) => return Ok(Some(why(&error, position, count))),
        };
        let before = reader.data().len();
        if before == 0 && reader.reader_exhausted() {
            return Ok(None);
        }
        if more || before == capacity {
            if capacity >= LONGEST_BLOCK {
                let limit = format!("a block exceeds the limit of {LONGEST_BLOCK} bytes");
                return Ok(Some(format!(
                    "{limit}, at byte {position} of the file, after {count} packets"
                )));
            }
            capacity *= 4;
            reader.grow(capacity);
        }
        if let Err(error) = reader.refill() {
            return Ok(Some(why(&error, position, count)));
        }
    }
}

/// Why a file cannot be read, in words.
fn why<I>(error: &PcapError<I>, position: usize, count: u64) -> String {
    let what = match error {
        PcapError::Eof | PcapError::UnexpectedEof | PcapError::Incomplete(_) => "the capture ends inside a block",
        PcapError::ReadError => "the capture cannot be read",
        PcapError::HeaderNotRecognized => "this is neither pcap nor pcapng",
        PcapError::BufferTooSmall | PcapError::NomError(..) | PcapError::OwnedNomError(..) => {
            "the capture has a malformed block"
        }
    };
    format!("{what}, at byte {position} of the file, after {count} packets")
}

impl File {
    /// The packet that a block has.
    fn packet<'p>(&mut self, block: &'p PcapBlockOwned<'_>) -> Option<Packet<'p>> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                self.plain = Some((header.network, header.is_nanosecond_precision()));
                None
            }
            PcapBlockOwned::Legacy(block) => {
                let (link, nanoseconds) = self.plain?;
                let part = if nanoseconds { 1 } else { 1000 };
                let time =
                    Duration::from_secs(block.ts_sec.into()) + Duration::from_nanos(u64::from(block.ts_usec) * part);
                Some(Packet {
                    link,
                    time: Some(time),
                    data: captured(block.data, block.caplen),
                    cut: block.origlen.saturating_sub(block.caplen) as usize,
                })
            }
            PcapBlockOwned::NG(block) => self.block(block),
        }
    }

    fn block<'p>(&mut self, block: &'p Block<'_>) -> Option<Packet<'p>> {
        match block {
            Block::SectionHeader(_) => self.interfaces.clear(),
            Block::InterfaceDescription(interface) => self.interfaces.push(Interface {
                link: interface.linktype,
                units: interface.ts_resolution().unwrap_or(1_000_000).max(1),
                offset: u64::try_from(interface.if_tsoffset).unwrap_or(0),
                snaplen: interface.snaplen,
            }),
            Block::EnhancedPacket(block) => {
                let interface = self.interfaces.get(block.if_id as usize)?;
                return Some(Packet {
                    link: interface.link,
                    time: Some(interface.time(u64::from(block.ts_high) << 32 | u64::from(block.ts_low))),
                    data: captured(block.data, block.caplen),
                    cut: block.origlen.saturating_sub(block.caplen) as usize,
                });
            }
            Block::SimplePacket(block) => {
                let interface = self.interfaces.first()?;
                let snaplen = if interface.snaplen == 0 {
                    u32::MAX
                } else {
                    interface.snaplen
                };
                let length = block.origlen.min(snaplen);
                return Some(Packet {
                    link: interface.link,
                    time: None,
                    data: captured(block.data, length),
                    cut: (block.origlen - length) as usize,
                });
            }
            _ => {}
        }
        None
    }
}

impl Interface {
    fn time(&self, units: u64) -> Duration {
        let nanoseconds = u128::from(units % self.units) * 1_000_000_000 / u128::from(self.units);
        let seconds = (units / self.units).saturating_add(self.offset);
        Duration::new(seconds, nanoseconds as u32)
    }
}

/// A packet without what fills it up to a round length.
fn captured(data: &[u8], length: u32) -> &[u8] {
    data.get(..length as usize).unwrap_or(data)
}
