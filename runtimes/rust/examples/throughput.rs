//! How fast the host answers small calls over TCP: one after another, and many at once.
//!
//! `cargo run --release -p rapace-host --example throughput`

use std::error::Error;
use std::time::Instant;

use rapace::rapace_core::FrameFlags;
use rapace_host::{Address, Host, Listener};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Says the same again.
#[rapace::service]
trait Echo {
    /// Returns the number.
    async fn echo(&self, number: u8) -> u8;
}

struct Echoing;

impl Echo for Echoing {
    async fn echo(&self, number: u8) -> u8 {
        number
    }
}

/// Calls that are measured one after another.
const SEQUENTIAL: u32 = 20_000;
/// Calls that are measured in bursts.
const AT_ONCE: u32 = 1_000_000;
/// Calls in a burst.
const BURST: u32 = 1_000;
/// A request or an answer with a payload of one byte.
const FRAME: usize = 4 + 64 + 1;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let host = Host::new().service(echo_register, |transport| {
        EchoServer::new(Echoing).into_session_dispatcher(transport)
    })?;
    let listener = Listener::bind(&"tcp://127.0.0.1:0".parse()?).await?;
    let Address::Tcp { host: ip, port } = listener.address()? else {
        return Err("it was TCP".into());
    };
    tokio::spawn(host.serve(listener, std::future::pending()));
    let mut socket = TcpStream::connect((ip, port)).await?;
    socket.set_nodelay(true)?;

    let start = Instant::now();
    let mut answer = [0; FRAME];
    for n in 0..SEQUENTIAL {
        socket.write_all(&request(n)).await?;
        socket.read_exact(&mut answer).await?;
    }
    let each = start.elapsed() / SEQUENTIAL;
    println!("one after another: {each:?} each");

    let requests: Vec<u8> = (0..BURST).flat_map(request).collect();
    let (mut reader, mut writer) = socket.into_split();
    let start = Instant::now();
    let sender = tokio::spawn(async move {
        for _ in 0..AT_ONCE / BURST {
            writer.write_all(&requests).await?;
        }
        Ok::<_, std::io::Error>(writer)
    });
    let mut answers = vec![0; FRAME * BURST as usize];
    for _ in 0..AT_ONCE / BURST {
        reader.read_exact(&mut answers).await?;
    }
    let rate = f64::from(AT_ONCE) / start.elapsed().as_secs_f64();
    println!("at once: {rate:.0} a second");
    drop(sender.await??);
    Ok(())
}

/// A frame that calls [`Echo::echo`].
fn request(n: u32) -> [u8; FRAME] {
    let mut frame = [0; FRAME];
    frame[..4].copy_from_slice(&65u32.to_le_bytes());
    frame[12..16].copy_from_slice(&(2 * n + 1).to_le_bytes());
    frame[16..20].copy_from_slice(&ECHO_METHOD_ID_ECHO.to_le_bytes());
    let flags = FrameFlags::DATA | FrameFlags::EOS;
    frame[36..40].copy_from_slice(&flags.bits().to_le_bytes());
    frame[FRAME - 1] = 7;
    frame
}
