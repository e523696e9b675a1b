//! Dials an address. rapace 0.5.0 itself knows no TLS and takes any stream as a transport.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rapace::Transport;
use rapace_host::Address;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Dials the address. At `tls://` and `wss://` the server has to show a certificate of one of these authorities, a file of PEM.
pub async fn connect(address: &Address, authorities: Option<&Path>) -> io::Result<Transport> {
    Ok(match address {
        Address::Tcp { host, port } => Transport::stream(tcp(host, *port).await?),
        Address::Unix(path) => Transport::stream(UnixStream::connect(path).await?),
        Address::Ws { host, port, .. } => websocket(address, tcp(host, *port).await?).await?,
        Address::Tls { host, port } => Transport::stream(tls(host, *port, authorities).await?),
        Address::Wss { host, port, .. } => websocket(address, tls(host, *port, authorities).await?).await?,
    })
}

async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let socket = TcpStream::connect((host, port)).await?;
    // rapace writes a frame in three pieces; Nagle's algorithm would hold back the second.
    socket.set_nodelay(true)?;
    Ok(socket)
}

async fn websocket<S>(address: &Address, socket: S) -> io::Result<Transport>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let opened = tokio_tungstenite::client_async(address.to_string(), socket).await;
    Ok(Transport::websocket(opened.map_err(io::Error::other)?.0))
}

async fn tls(host: &str, port: u16, authorities: Option<&Path>) -> io::Result<TlsStream<TcpStream>> {
    let authorities = authorities.ok_or_else(|| io::Error::other("TLS needs a file of authorities"))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authorities).map_err(io::Error::other)? {
        roots
            .add(certificate.map_err(io::Error::other)?)
            .map_err(io::Error::other)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config))
        .connect(name, tcp(host, port).await?)
        .await
}
