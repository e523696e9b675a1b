//! A proxy on loopback that delays, splits and cuts what it forwards.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use conformance_draw::Random;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// A connection is cut after at least and at most so many bytes, both ways together.
const CUT: (usize, usize) = (5_000, 400_000);
/// So much is read at once.
const PIECE: usize = 16 * 1024;

/// The proxy.
pub(super) struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Nothing is cut.
    calm: AtomicBool,
    cuts: AtomicU64,
}

impl Proxy {
    /// Listens, and forwards each connection to the server.
    pub(super) async fn start(server: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((client, _)) = listener.accept().await {
                number += 1;
                let random = Random(seed ^ (number << 32));
                tokio::spawn(forward(client, server, Arc::clone(&shared), random));
            }
        });
        Ok(Self { address, state })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on connections are cut, or are not.
    pub(super) fn set_calm(&self, calm: bool) {
        self.state.calm.store(calm, Ordering::Relaxed);
    }

    /// How many it has cut.
    pub(super) fn cuts(&self) -> u64 {
        self.state.cuts.load(Ordering::Relaxed)
    }
}

/// Forwards a connection to its end, or cuts it: with an RST or a FIN, at any byte.
async fn forward(mut client: TcpStream, server: SocketAddr, state: Arc<State>, mut random: Random) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let left = AtomicI64::new((CUT.0 + random.below(CUT.1 - CUT.0)) as i64);
    let (up, down) = (Random(random.bits()), Random(random.bits()));
    let reset = random.one_in(2);
    let cut = {
        let (client_in, client_out) = client.split();
        let (server_in, server_out) = server.split();
        tokio::select! {
            cut = pump(client_in, server_out, (&left, &state), up) => cut,
            cut = pump(server_in, client_out, (&left, &state), down) => cut,
        }
    };
    if cut {
        state.cuts.fetch_add(1, Ordering::Relaxed);
        if reset {
            for stream in [&client, &server] {
                let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
            }
        }
    }
}

/// Forwards one direction; whether it was cut.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    (left, state): (&AtomicI64, &State),
    mut random: Random,
) -> bool {
    let mut buffer = vec![0; PIECE];
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else {
            return false;
        };
        let mut rest = &buffer[..length];
        while !rest.is_empty() {
            let size = if random.one_in(4) {
                1 + random.below(rest.len())
            } else {
                rest.len()
            };
            let budget = left.fetch_sub(size as i64, Ordering::Relaxed);
            let cut = budget <= size as i64 && !state.calm.load(Ordering::Relaxed);
            let size = if cut { size.min(budget.max(0) as usize) } else { size };
            if to.write_all(&rest[..size]).await.is_err() {
                return false;
            }
            if cut {
                return true;
            }
            rest = &rest[size..];
            if random.one_in(30) {
                tokio::time::sleep(Duration::from_micros(random.below(3_000) as u64)).await;
            }
        }
    }
}
