//! Writes packet captures of connections, as the tests need them.

use std::net::Ipv4Addr;

/// What is before IP in every packet.
#[derive(Clone, Copy, Debug)]
pub enum Link {
    Ethernet,
    Loopback,
    Raw,
    Cooked,
    Cooked2,
}

impl Link {
    /// Its number in captures.
    fn number(self) -> u32 {
        match self {
            Self::Loopback => 0,
            Self::Ethernet => 1,
            Self::Raw => 101,
            Self::Cooked => 113,
            Self::Cooked2 => 276,
        }
    }

    fn head(self, v6: bool) -> Vec<u8> {
        let protocol: [u8; 2] = if v6 { [0x86, 0xdd] } else { [8, 0] };
        match self {
            Self::Ethernet => [&[2; 12][..], &protocol].concat(),
            Self::Loopback => vec![if v6 { 30 } else { 2 }, 0, 0, 0],
            Self::Raw => Vec::new(),
            Self::Cooked => [&[0; 14][..], &protocol].concat(),
            Self::Cooked2 => [&protocol[..], &[0; 18]].concat(),
        }
    }
}

pub const SYN: u8 = 2;
pub const FIN: u8 = 1;
pub const ACK: u8 = 16;

/// A segment: true for what the client sends, the number of its first byte, flags and bytes.
pub type Segment = (bool, u32, u8, Vec<u8>);

/// The packet of a segment.
fn packet(link: Link, v6: bool, (client, sequence, flags, payload): &Segment) -> Vec<u8> {
    let ports: [u16; 2] = if *client { [40_000, 9000] } else { [9000, 40_000] };
    let mut tcp = ports.map(u16::to_be_bytes).concat();
    tcp.extend(sequence.to_be_bytes());
    tcp.extend([0, 0, 0, 0, 0x50, *flags, 0xff, 0xff, 0, 0, 0, 0]);
    tcp.extend(payload);
    let last: [u8; 2] = if *client { [1, 2] } else { [2, 1] };
    let ip = if v6 {
        let mut ip = vec![0x60, 0, 0, 0];
        ip.extend((tcp.len() as u16).to_be_bytes());
        ip.extend([6, 64]);
        last.iter()
            .for_each(|last| ip.extend([&[0; 15][..], &[*last]].concat()));
        ip
    } else {
        let mut ip = vec![0x45, 0];
        ip.extend((20 + tcp.len() as u16).to_be_bytes());
        ip.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        last.iter()
            .for_each(|last| ip.extend(Ipv4Addr::new(10, 0, 0, *last).octets()));
        ip
    };
    [link.head(v6), ip, tcp].concat()
}

/// A pcap file. Segments are a millisecond apart.
pub fn pcap(link: Link, v6: bool, segments: &[Segment]) -> Vec<u8> {
    let mut file = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, link.number()]
        .map(u32::to_le_bytes)
        .concat();
    for (index, segment) in segments.iter().enumerate() {
        let packet = packet(link, v6, segment);
        let length = packet.len() as u32;
        file.extend(
            [1_700_000_000, index as u32 * 1000, length, length]
                .map(u32::to_le_bytes)
                .concat(),
        );
        file.extend(packet);
    }
    file
}

/// The order of bytes in the numbers of a file.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    Little,
    Big,
}

impl Order {
    fn bytes<const N: usize>(self, numbers: [u32; N]) -> Vec<u8> {
        match self {
            Self::Little => numbers.map(u32::to_le_bytes).concat(),
            Self::Big => numbers.map(u32::to_be_bytes).concat(),
        }
    }

    /// Two numbers of 16 bits.
    fn halves(self, first: u16, second: u16) -> Vec<u8> {
        match self {
            Self::Little => [first.to_le_bytes(), second.to_le_bytes()].concat(),
            Self::Big => [first.to_be_bytes(), second.to_be_bytes()].concat(),
        }
    }
}

/// A pcapng file.
pub fn pcapng(order: Order, link: Link, segments: &[Segment]) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| {
        let mut padded = body.to_vec();
        padded.resize(body.len().next_multiple_of(4), 0);
        let length = padded.len() as u32 + 12;
        [&order.bytes([kind, length])[..], &padded, &order.bytes([length])].concat()
    };
    let section = [
        order.bytes([0x1a2b_3c4d]),
        order.halves(1, 0),
        order.bytes([u32::MAX, u32::MAX]),
    ];
    let interface = [order.halves(link.number() as u16, 0), order.bytes([0])];
    let mut file = [block(0x0a0d_0d0a, &section.concat()), block(1, &interface.concat())].concat();
    for segment in segments {
        let packet = packet(link, false, segment);
        let length = packet.len() as u32;
        let mut body = order.bytes([0, 0x0006_0000, 0, length, length]);
        body.extend(packet);
        file.extend(block(6, &body));
    }
    file
}

/// A connection: its segments, from the bytes of both sides cut into pieces. All of the client comes first.
pub fn connection(client: &[u8], server: &[u8], piece: usize) -> Vec<Segment> {
    let (client_start, server_start) = (u32::MAX - 20, 7_000);
    let mut segments = vec![
        (true, client_start, SYN, Vec::new()),
        (false, server_start, SYN | ACK, Vec::new()),
    ];
    for (is_client, start, bytes) in [(true, client_start, client), (false, server_start, server)] {
        let mut sequence = start.wrapping_add(1);
        for piece in bytes.chunks(piece) {
            segments.push((is_client, sequence, ACK, piece.to_vec()));
            sequence = sequence.wrapping_add(piece.len() as u32);
        }
        segments.push((is_client, sequence, FIN | ACK, Vec::new()));
    }
    segments
}

/// A frame of a WebSocket, masked when it is a client's.
pub fn message(first: u8, client: bool, payload: &[u8]) -> Vec<u8> {
    let mask: [u8; 4] = if client { [0x11, 0xa2, 0x33, 0xc4] } else { [0; 4] };
    let bit = if client { 0x80 } else { 0 };
    let mut bytes = vec![first];
    if payload.len() < 126 {
        bytes.push(bit | payload.len() as u8);
    } else {
        bytes.push(bit | 126);
        bytes.extend((payload.len() as u16).to_be_bytes());
    }
    if client {
        bytes.extend(mask);
    }
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}
