//! Serves the bookshop, in three ways, at any number of addresses.
//!
//! For each address it prints a line `listening <host|plain-catalog|plain-orders> <address>`, in the order of the
//! command line, and then serves until it is told to stop.

use std::error::Error;
use std::future::ready;
use std::io::Write;
use std::path::PathBuf;

use bookshop::Shop;
use bookshop::catalog::{CatalogServer, catalog_register};
use bookshop::orders::{OrdersServer, orders_register};
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};
use futures::future::{BoxFuture, FutureExt, Shared, join_all};
use rapace::{RpcError, Transport, TransportError};
use rapace_host::{Address, Host, Listener, Tls};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::filter::LevelFilter;

/// Serves the bookshop.
#[derive(Parser)]
#[command(name = "bookshop-server", version)]
struct Arguments {
    /// Serve both services here, any number of calls at once: tcp://host:port, ws://host:port or unix:///path, and with a
    /// certificate tls://host:port or wss://host:port
    #[arg(long = "listen", value_name = "ADDR")]
    host: Vec<Address>,
    /// Serve only the catalog here, with nothing but rapace: one call after another
    #[arg(long, value_name = "ADDR")]
    plain_catalog: Vec<Address>,
    /// Serve only the orders here, with nothing but rapace: one call after another
    #[arg(long, value_name = "ADDR")]
    plain_orders: Vec<Address>,
    /// The certificate to show at tls:// and wss://, with those that lead to its authority, as PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// The certificate's private key, as PEM
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
    /// Serve only clients that show a certificate of these authorities at tls:// and wss://
    #[arg(long, value_name = "FILE", requires = "certificate")]
    client_authorities: Option<PathBuf>,
    /// Log this and what is worse on standard error: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    log: LevelFilter,
    /// Stop when standard input is closed, so that no server outlives the test that started it
    #[arg(long)]
    until_stdin_closes: bool,
}

/// How an address is served.
#[derive(Clone, Copy)]
enum Way {
    Host,
    PlainCatalog,
    PlainOrders,
}

impl Way {
    const ALL: [Self; 3] = [Self::Host, Self::PlainCatalog, Self::PlainOrders];

    /// The name in the printed line.
    fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::PlainCatalog => "plain-catalog",
            Self::PlainOrders => "plain-orders",
        }
    }

    /// The name of the argument's field.
    fn argument(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::PlainCatalog => "plain_catalog",
            Self::PlainOrders => "plain_orders",
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let matches = Arguments::command().get_matches();
    let arguments = Arguments::from_arg_matches(&matches)?;
    // The host reports through tracing: breaches of the protocol, refused connections, panics of handlers.
    tracing_subscriber::fmt()
        .with_max_level(arguments.log)
        .with_writer(std::io::stderr)
        .init();
    let shop = Shop::open();
    let stop = told_to_stop(arguments.until_stdin_closes)?.shared();

    let tls = tls(&arguments)?;

    let mut servers = Vec::new();
    for (way, address) in in_given_order(&matches) {
        let (address, server) = open(way, &address, tls.as_ref(), shop.clone(), stop.clone()).await?;
        writeln!(std::io::stdout(), "listening {} {address}", way.name())?;
        servers.push(server);
    }
    if servers.is_empty() {
        let message = "nowhere to listen; name an address with --listen tcp://127.0.0.1:9000";
        Arguments::command()
            .error(clap::error::ErrorKind::MissingRequiredArgument, message)
            .exit();
    }
    join_all(servers).await;
    Ok(())
}

/// What the files that were named make of it.
fn tls(arguments: &Arguments) -> Result<Option<Tls>, Box<dyn Error>> {
    let read = |file: &PathBuf| std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()));
    let (Some(certificate), Some(key)) = (&arguments.certificate, &arguments.key) else {
        return Ok(None);
    };
    let (certificate, key) = (read(certificate)?, read(key)?);
    Ok(Some(match &arguments.client_authorities {
        None => Tls::new(&certificate, &key)?,
        Some(authorities) => Tls::for_clients_of(&read(authorities)?, &certificate, &key)?,
    }))
}

/// The addresses as they stand on the command line, whichever argument they belong to.
fn in_given_order(matches: &ArgMatches) -> Vec<(Way, Address)> {
    let mut found = Vec::new();
    for way in Way::ALL {
        let places = matches.indices_of(way.argument()).into_iter().flatten();
        let addresses = matches.get_many::<Address>(way.argument());
        for (place, address) in places.zip(addresses.into_iter().flatten()) {
            found.push((place, way, address.clone()));
        }
    }
    found.sort_by_key(|(place, ..)| *place);
    found.into_iter().map(|(_, way, address)| (way, address)).collect()
}

/// Binds the address; returns the actual one, and the future that serves there until `stop`.
async fn open(
    way: Way,
    address: &Address,
    tls: Option<&Tls>,
    shop: Shop,
    stop: Shared<BoxFuture<'static, ()>>,
) -> Result<(Address, BoxFuture<'static, ()>), Box<dyn Error>> {
    if let Way::Host = way {
        let listener = match tls {
            Some(tls) if address.is_secure() => Listener::bind_tls(address, tls).await?,
            _ => Listener::bind(address).await?,
        };
        let actual = listener.address()?;
        return Ok((actual, host(shop)?.serve(listener, stop).boxed()));
    }
    let serve = move |transport| match way {
        Way::PlainOrders => OrdersServer::new(shop.clone()).serve(transport).boxed(),
        _ => CatalogServer::new(shop.clone()).serve(transport).boxed(),
    };
    let (actual, server) = match address {
        Address::Tcp { host, port } => {
            let listener = TcpListener::bind((host.as_str(), *port)).await?;
            let actual = actual(address, &listener)?;
            let accept = async move || Ok(listener.accept().await?.0);
            let open = |socket| ready(Ok(Transport::stream(socket)));
            (actual, plain(accept, open, serve).boxed())
        }
        Address::Ws { host, port, .. } => {
            let listener = TcpListener::bind((host.as_str(), *port)).await?;
            let actual = actual(address, &listener)?;
            let accept = async move || Ok(listener.accept().await?.0);
            (actual, plain(accept, websocket, serve).boxed())
        }
        Address::Unix(path) => {
            let listener = UnixListener::bind(path)?;
            let accept = async move || Ok(listener.accept().await?.0);
            let open = |socket| ready(Ok(Transport::stream(socket)));
            (address.clone(), plain(accept, open, serve).boxed())
        }
        Address::Tls { .. } | Address::Wss { .. } => return Err(format!("{address}: rapace alone has no TLS").into()),
    };
    Ok((actual, futures::future::select(server, stop).map(drop).boxed()))
}

/// Both services together.
fn host(shop: Shop) -> Result<Host, Box<dyn Error>> {
    let (catalog, orders) = (shop.clone(), shop);
    Ok(Host::new()
        .service(catalog_register, move |transport| {
            CatalogServer::new(catalog.clone()).into_session_dispatcher(transport)
        })?
        .service(orders_register, move |transport| {
            OrdersServer::new(orders.clone()).into_session_dispatcher(transport)
        })?)
}

/// What rapace does without any help: a task for each connection, and nothing set on its socket.
async fn plain<S: Send + 'static, O: Future<Output = Result<Transport, RpcError>> + Send>(
    accept: impl AsyncFn() -> std::io::Result<S>,
    open: impl Fn(S) -> O + Clone + Send + 'static,
    serve: impl Fn(Transport) -> BoxFuture<'static, Result<(), RpcError>> + Clone + Send + 'static,
) {
    loop {
        match accept().await {
            Ok(socket) => {
                let (open, serve) = (open.clone(), serve.clone());
                tokio::spawn(async move {
                    let transport = open(socket).await?;
                    serve(transport).await
                });
            }
            Err(error) => {
                eprintln!("cannot accept: {error}");
                return;
            }
        }
    }
}

/// A WebSocket as rapace has it.
async fn websocket(socket: TcpStream) -> Result<Transport, RpcError> {
    let opened = tokio_tungstenite::accept_async(socket).await;
    // Who does not shake hands is gone.
    Ok(Transport::websocket(opened.map_err(|_| TransportError::Closed)?))
}

/// The address with the port that the system chose.
fn actual(address: &Address, listener: &TcpListener) -> std::io::Result<Address> {
    let local = listener.local_addr()?;
    Ok(address.at(&local.ip().to_string(), local.port()))
}

/// Ready on SIGINT, on SIGTERM and, where asked for, at the end of standard input.
fn told_to_stop(until_stdin_closes: bool) -> std::io::Result<BoxFuture<'static, ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (closed, stdin_closes) = oneshot::channel();
    if until_stdin_closes {
        // A thread of its own: tokio's would keep the process alive while it reads.
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            let _ = closed.send(());
        });
    }
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            // Without the thread the sender is gone, and this branch is never ready.
            Ok(()) = stdin_closes => {}
        }
    }
    .boxed())
}
