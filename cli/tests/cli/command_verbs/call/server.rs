//! Servers to call: the bookshop, and some that are none.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use bookshop::Shop;
use bookshop::catalog::{CatalogServer, catalog_register};
use bookshop::orders::{OrdersServer, orders_register};
use rapace_host::{Host, Identity, Listener, Refused, Tls};
use tokio::sync::oneshot;

/// The bookshop on all transports, until it is dropped.
pub struct Bookshop {
    /// `tcp://…`, `ws://…`, `unix://…`, `tls://…`, `wss://…`.
    pub addresses: Vec<String>,
    /// The authority of its certificate.
    pub authority: PathBuf,
    _folder: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

impl Bookshop {
    /// A shop that nobody has called yet.
    pub fn open() -> Self {
        let (tls, authority) = certified();
        Self::with(tls, &authority)
    }

    /// A shop that serves clients with this token alone.
    pub fn guarded(token: &'static str) -> Self {
        let (tls, authority) = certified();
        Self::started(tls, &authority, move |host| {
            host.authenticate(move |hello| async move {
                match hello.token() {
                    Some(shown) if shown == token => Ok(Identity::new("known")),
                    _ => Err(Refused::new("this token is not known")),
                }
            })
        })
    }

    /// A shop with this TLS, whose certificate this authority has signed.
    pub fn with(tls: Tls, authority_pem: &str) -> Self {
        Self::started(tls, authority_pem, |host| host)
    }

    fn started(tls: Tls, authority_pem: &str, prepared: impl Fn(Host) -> Host + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("authority.pem");
        std::fs::write(&authority, authority_pem).unwrap();
        let socket = format!("unix://{}", folder.path().join("shop.sock").display());
        let (send, addresses) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async move {
                let shop = Shop::open();
                for address in [
                    "tcp://127.0.0.1:0",
                    "ws://127.0.0.1:0/rpc",
                    &socket,
                    "tls://127.0.0.1:0",
                    "wss://127.0.0.1:0/rpc",
                ] {
                    let address = address.parse().unwrap();
                    let listener = Listener::bind_tls(&address, &tls).await;
                    let listener = match listener {
                        Ok(listener) => listener,
                        Err(_) => Listener::bind(&address).await.unwrap(),
                    };
                    send.send(listener.address().unwrap().to_string()).unwrap();
                    tokio::spawn(prepared(host(&shop)).serve(listener, std::future::pending()));
                }
                drop(send);
                let _ = stopped.await;
            });
        });
        Self {
            addresses: addresses.iter().collect(),
            authority,
            _folder: folder,
            _stop: stop,
        }
    }

    /// Its TCP address.
    pub fn tcp(&self) -> &str {
        &self.addresses[0]
    }
}

/// A certificate for this machine, and the authority of it.
fn certified() -> (Tls, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    let tls = Tls::new(made.cert.pem().as_bytes(), key.as_bytes()).unwrap();
    (tls, made.cert.pem())
}

fn host(shop: &Shop) -> Host {
    let (catalog, orders) = (shop.clone(), shop.clone());
    Host::new()
        .service(catalog_register, move |transport| {
            CatalogServer::new(catalog.clone()).into_session_dispatcher(transport)
        })
        .unwrap()
        .service(orders_register, move |transport| {
            OrdersServer::new(orders.clone()).into_session_dispatcher(transport)
        })
        .unwrap()
}

/// Reads whatever comes and answers nothing.
pub fn silent() -> String {
    once(|stream| stream.read_to_end(&mut Vec::new())).0
}

/// Does this with the first connection; the address, and what comes of it.
pub fn once<T: Send + 'static>(
    act: impl FnOnce(&mut TcpStream) -> T + Send + 'static,
) -> (String, thread::JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let acting = thread::spawn(move || act(&mut listener.accept().unwrap().0));
    (address, acting)
}

/// Answers whatever comes first with these bytes, and closes.
pub fn answering(bytes: Vec<u8>) -> String {
    let answer = move |stream: &mut TcpStream| {
        let _ = stream.read(&mut [0; 4096]);
        stream.write_all(&bytes).unwrap();
    };
    once(answer).0
}

/// The bookshop's folder, which has its `rapace.toml` and `api.json`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/bookshop")
}
