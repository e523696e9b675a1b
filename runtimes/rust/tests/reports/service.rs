//! A service that does what an attacker could wish for, and hosts of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use facet::Facet;
use futures::StreamExt;
use rapace::{RpcSession, Streaming};
use rapace_host::{Address, Host, Limits, Listener};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A large value that travels as one byte when it is absent.
#[derive(Facet, Debug, Clone)]
pub struct Large {
    pub numbers: [[u64; 60]; 60],
}

/// Reading it takes long for its size.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Small {
    pub number: u8,
    pub text: String,
    pub perhaps: Option<u8>,
}

#[rapace::service]
pub trait Work {
    async fn double(&self, number: u32) -> u32;
    async fn sleep(&self, ms: u32) -> u32;
    async fn fill(&self, bytes: u32) -> Vec<u8>;
    async fn hold(&self, bytes: Vec<u8>, ms: u32) -> u32;
    async fn larges(&self, items: Vec<Option<Large>>) -> u32;
    async fn smalls(&self, items: Vec<Small>) -> u32;
    async fn many(&self, count: u32) -> Vec<Small>;
    async fn fail(&self) -> u32;
    async fn running(&self) -> u32;
    async fn scan(&self, items: u32, bytes: u32) -> Streaming<Vec<u8>>;
    async fn ticks(&self, every_ms: u32) -> Streaming<u32>;
}

#[rapace::service]
pub trait Tunnels {
    /// Opens a tunnel that nobody reads, says its channel and never ends.
    async fn sink(&self) -> Streaming<u32>;
}

/// Counts what runs.
#[derive(Clone, Default)]
pub struct Worker {
    running: Arc<AtomicU32>,
}

struct Runs(Arc<AtomicU32>);

impl Worker {
    pub fn running(&self) -> u32 {
        self.running.load(Ordering::SeqCst)
    }

    fn start(&self) -> Runs {
        self.running.fetch_add(1, Ordering::SeqCst);
        Runs(self.running.clone())
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Work for Worker {
    async fn double(&self, number: u32) -> u32 {
        number * 2
    }

    async fn sleep(&self, ms: u32) -> u32 {
        let _runs = self.start();
        tokio::time::sleep(Duration::from_millis(ms.into())).await;
        ms
    }

    async fn fill(&self, bytes: u32) -> Vec<u8> {
        vec![7; bytes as usize]
    }

    async fn hold(&self, bytes: Vec<u8>, ms: u32) -> u32 {
        tokio::time::sleep(Duration::from_millis(ms.into())).await;
        bytes.len() as u32
    }

    async fn larges(&self, items: Vec<Option<Large>>) -> u32 {
        items.len() as u32
    }

    async fn smalls(&self, items: Vec<Small>) -> u32 {
        items.len() as u32
    }

    async fn many(&self, count: u32) -> Vec<Small> {
        let small = Small {
            number: 1,
            text: "ab".to_owned(),
            perhaps: Some(2),
        };
        vec![small; count as usize]
    }

    async fn fail(&self) -> u32 {
        panic!("the password is swordfish");
    }

    async fn running(&self) -> u32 {
        self.running()
    }

    async fn scan(&self, items: u32, bytes: u32) -> Streaming<Vec<u8>> {
        let _runs = self.start();
        Box::pin(futures::stream::iter(0..items).map(move |_| Ok(vec![7; bytes as usize])))
    }

    async fn ticks(&self, every_ms: u32) -> Streaming<u32> {
        let runs = self.start();
        Box::pin(futures::stream::iter(0..).then(move |item| {
            let _runs = &runs;
            async move {
                tokio::time::sleep(Duration::from_millis(every_ms.into())).await;
                Ok(item)
            }
        }))
    }
}

/// Opens tunnels.
pub struct Opener {
    session: Arc<RpcSession>,
    worker: Worker,
}

impl Tunnels for Opener {
    async fn sink(&self) -> Streaming<u32> {
        let channel = self.session.next_channel_id();
        let held = (self.session.register_tunnel(channel), self.worker.start());
        let never_ends = futures::stream::once(async move {
            let _held = held;
            std::future::pending::<()>().await;
            Ok(0)
        });
        Box::pin(futures::stream::iter([Ok(channel)]).chain(never_ends))
    }
}

/// A host of both services.
pub fn host(worker: &Worker, limits: Limits) -> Host {
    let (work, opens) = (worker.clone(), worker.clone());
    Host::new()
        .with_limits(limits)
        .service(work_register, move |transport| {
            WorkServer::new(work.clone()).into_session_dispatcher(transport)
        })
        .expect("the first service fits")
        .service_with_session(tunnels_register, move |session| {
            let opener = Opener {
                session: session.clone(),
                worker: opens.clone(),
            };
            TunnelsServer::new(opener).into_session_dispatcher(session.transport().clone())
        })
        .expect("the second service fits")
}

/// A host that serves in the background of a test.
pub struct Running {
    pub address: Address,
    pub worker: Worker,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Running {
    pub async fn start(address: &str, limits: Limits) -> Self {
        let listener = Listener::bind(&address.parse().expect("an address")).await;
        Self::at(listener.expect("the address is free"), limits)
    }

    pub async fn tcp(limits: Limits) -> Self {
        Self::start("tcp://127.0.0.1:0", limits).await
    }

    pub fn at(listener: Listener, limits: Limits) -> Self {
        let worker = Worker::default();
        let address = listener.address().expect("it is bound");
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(host(&worker, limits).serve(listener, async {
            stopped.await.ok();
        }));
        Self {
            address,
            worker,
            stop,
            server,
        }
    }

    /// Waits until so many handlers run.
    pub async fn until_running(&self, wanted: u32) {
        let reached = async {
            while self.worker.running() != wanted {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(20), reached).await;
        assert!(in_time.is_ok(), "{} run, not {wanted}", self.worker.running());
    }

    /// Tells the host to stop; the handle ends when it has stopped.
    pub fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).expect("it still serves");
        self.server
    }
}
