//! Serves the workload in every way that the benchmarks compare, each on a port of its own that the system chooses.
//!
//! Prints a line `NAME ADDRESS` for each, and serves until its standard input is closed.

use std::error::Error;

use futures::future::{BoxFuture, FutureExt};
use rapace::Transport;
use rapace_host::{Host, Listener};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tonic::{Request, Response, Status as GrpcStatus};
use workload::{Order, Small, Workload, WorkloadServer, workload_register};

/// What tonic makes of `workload.proto`.
#[allow(missing_docs, dead_code, clippy::all)]
mod pb {
    tonic::include_proto!("workload");
}

/// Answers with what it was sent.
#[derive(Clone)]
struct Echo;

impl Workload for Echo {
    async fn small(&self, value: Small) -> Small {
        value
    }
    async fn order(&self, value: Order) -> Order {
        value
    }
    async fn batch(&self, value: Vec<Order>) -> Vec<Order> {
        value
    }
    async fn ints(&self, value: Vec<u32>) -> Vec<u32> {
        value
    }
    async fn floats(&self, value: Vec<f64>) -> Vec<f64> {
        value
    }
    async fn strings(&self, value: Vec<String>) -> Vec<String> {
        value
    }
    async fn blob(&self, value: Vec<u8>) -> Vec<u8> {
        value
    }
}

#[tonic::async_trait]
impl pb::workload_server::Workload for Echo {
    async fn send_small(&self, request: Request<pb::Small>) -> Result<Response<pb::Small>, GrpcStatus> {
        Ok(Response::new(request.into_inner()))
    }
    async fn send_blob(&self, request: Request<pb::Blob>) -> Result<Response<pb::Blob>, GrpcStatus> {
        Ok(Response::new(request.into_inner()))
    }
}

type Served = BoxFuture<'static, Result<(), Box<dyn Error + Send + Sync>>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let (closed, stdin_closes) = tokio::sync::oneshot::channel::<()>();
    // A thread of its own: tokio's would keep the process alive while it reads.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        drop(closed);
    });
    let servers = [host().await?, stock().await?, grpc().await?, echo().await?];
    tokio::select! {
        served = futures::future::try_join_all(servers) => { served?; }
        _ = stdin_closes => {}
    }
    Ok(())
}

/// Rapace's session, served by our host.
async fn host() -> Result<Served, Box<dyn Error + Send + Sync>> {
    let listener = Listener::bind(&"tcp://127.0.0.1:0".parse()?).await?;
    println!("rapace {}", listener.address()?);
    let host = Host::new().service(workload_register, |transport| {
        WorkloadServer::new(Echo).into_session_dispatcher(transport)
    })?;
    Ok(async move {
        host.serve(listener, std::future::pending::<()>()).await;
        Ok(())
    }
    .boxed())
}

/// Rapace's plain `serve()`, with nothing set on its sockets.
async fn stock() -> Result<Served, Box<dyn Error + Send + Sync>> {
    let listener = bind("stock", "tcp").await?;
    Ok(async move {
        loop {
            let (socket, _) = listener.accept().await?;
            tokio::spawn(async move { WorkloadServer::new(Echo).serve(Transport::stream(socket)).await });
        }
    }
    .boxed())
}

/// gRPC by tonic, over HTTP/2 without TLS.
async fn grpc() -> Result<Served, Box<dyn Error + Send + Sync>> {
    let listener = bind("grpc", "http").await?;
    let incoming = tonic::transport::server::TcpIncoming::from(listener).with_nodelay(Some(true));
    let service = pb::workload_server::WorkloadServer::new(Echo);
    let server = tonic::transport::Server::builder().add_service(service);
    Ok(async move { Ok(server.serve_with_incoming(incoming).await?) }.boxed())
}

/// Bytes as they come: what a connection can carry.
async fn echo() -> Result<Served, Box<dyn Error + Send + Sync>> {
    let listener = bind("echo", "tcp").await?;
    Ok(async move {
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            tokio::spawn(send_back(socket));
        }
    }
    .boxed())
}

async fn send_back(mut socket: TcpStream) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = socket.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        socket.write_all(&buffer[..count]).await?;
    }
}

/// Binds a port, and says what is served there.
async fn bind(name: &str, scheme: &str) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{name} {scheme}://{}", listener.local_addr()?);
    Ok(listener)
}
