//! The TCP segment of a packet.

use std::net::{IpAddr, SocketAddr};

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::Linktype;

/// Raw IP on BSD, whose number depends on the system.
const RAW_OF_BSD: [i32; 2] = [12, 14];
/// The bytes before IP on loopback: the family of addresses.
const LOOPBACK_HEAD: usize = 4;
/// Linux cooked captures: where the protocol is, and how long the head is.
const COOKED: (usize, usize) = (14, 16);
const COOKED_2: (usize, usize) = (0, 20);

/// A segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment<'p> {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) sequence: u32,
    /// True in the first segment of each side.
    pub(super) syn: bool,
    /// True in every segment but the very first of a connection.
    pub(super) ack: bool,
    /// True in the last segment of a side.
    pub(super) fin: bool,
    /// True when the connection is cut.
    pub(super) rst: bool,
    pub(super) payload: &'p [u8],
}

/// What a packet is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content<'p> {
    Tcp(Segment<'p>),
    /// A part of an IP packet that was sent in parts.
    Fragment,
    /// Something else.
    Other,
    /// The kind of link is not one that is read.
    Link(i32),
}

/// Reads the headers of a packet.
pub(super) fn content(link: Linktype, data: &[u8]) -> Content<'_> {
    let sliced = match link {
        Linktype::ETHERNET => LaxSlicedPacket::from_ethernet(data).ok(),
        Linktype::NULL | Linktype::LOOP => data.get(LOOPBACK_HEAD..).and_then(of_ip),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 => of_ip(data),
        Linktype(link) if RAW_OF_BSD.contains(&link) => of_ip(data),
        Linktype::LINUX_SLL => cooked(data, COOKED),
        Linktype::LINUX_SLL2 => cooked(data, COOKED_2),
        Linktype(link) => return Content::Link(link),
    };
    sliced.and_then(|packet| of_packet(&packet)).unwrap_or(Content::Other)
}

fn of_ip(data: &[u8]) -> Option<LaxSlicedPacket<'_>> {
    LaxSlicedPacket::from_ip(data).ok()
}

fn cooked(data: &[u8], (protocol, head): (usize, usize)) -> Option<LaxSlicedPacket<'_>> {
    let protocol = data.get(protocol..)?.first_chunk().copied().map(u16::from_be_bytes)?;
    Some(LaxSlicedPacket::from_ether_type(EtherType(protocol), data.get(head..)?))
}

fn of_packet<'p>(packet: &LaxSlicedPacket<'p>) -> Option<Content<'p>> {
    let (from, to, fragmented): (IpAddr, IpAddr, bool) = match packet.net.as_ref()? {
        LaxNetSlice::Ipv4(ip) => {
            let header = ip.header();
            let (from, to) = (header.source_addr().into(), header.destination_addr().into());
            (from, to, ip.is_payload_fragmented())
        }
        LaxNetSlice::Ipv6(ip) => {
            let header = ip.header();
            let (from, to) = (header.source_addr().into(), header.destination_addr().into());
            (from, to, ip.is_payload_fragmented())
        }
        LaxNetSlice::Arp(_) => return None,
    };
    if fragmented {
        return Some(Content::Fragment);
    }
    let Some(TransportSlice::Tcp(tcp)) = &packet.transport else {
        return None;
    };
    Some(Content::Tcp(Segment {
        from: SocketAddr::new(from, tcp.source_port()),
        to: SocketAddr::new(to, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        syn: tcp.syn(),
        ack: tcp.ack(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        payload: tcp.payload(),
    }))
}
