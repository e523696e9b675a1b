//! TLS: who is served over it, and who is not.

mod support;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use rapace::Transport;
use rapace_host::{Identity, Limits, Listener, Refused, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use support::{Running, WorkClient, session};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A certificate and its key, as PEM.
struct Pair {
    certificate: String,
    key: String,
}

/// Who signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    fn signs(&self, name: &str) -> Pair {
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    fn pem(&self) -> String {
        self.0.pem()
    }
}

async fn running(address: &str, tls: &Tls, limits: Limits) -> Running {
    let listener = Listener::bind_tls(&address.parse().expect("an address"), tls).await;
    Running::at(listener.expect("the address is free"), limits)
}

/// A client that trusts this authority and shows this certificate, if any.
async fn connect(
    running: &Running,
    authority: &Authority,
    shows: Option<&Pair>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.0.der().clone()).expect("an authority");
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("known versions")
        .with_root_certificates(roots);
    let config = match shows {
        None => builder.with_no_client_auth(),
        Some(pair) => {
            let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes());
            let chain = chain.map(|certificate| certificate.expect("PEM")).collect();
            let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("PEM");
            builder.with_client_auth_cert(chain, key).expect("they fit")
        }
    };
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config))
        .connect(name, running.socket().await)
        .await
}

async fn works(transport: Transport) {
    let client = WorkClient::new(session(transport));
    assert_eq!(client.double(21).await.expect("an answer"), 42);
    let large = client.fill(1 << 20).await.expect("an answer");
    assert_eq!(large.len(), 1 << 20);
    let items = client.count(100, 0).await.expect("a stream");
    let items: Vec<u32> = items.map(|item| item.expect("an item")).collect().await;
    assert_eq!(items, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn serves_over_tls_and_websocket_over_tls() {
    let authority = Authority::new("ours");
    let pair = authority.signs("localhost");
    let tls = Tls::new(pair.certificate.as_bytes(), pair.key.as_bytes()).expect("they fit");

    let tcp = running("tls://127.0.0.1:0", &tls, Limits::default()).await;
    let stream = connect(&tcp, &authority, None).await.expect("a handshake");
    works(Transport::stream(stream)).await;

    let web = running("wss://127.0.0.1:0", &tls, Limits::default()).await;
    let stream = connect(&web, &authority, None).await.expect("a handshake");
    let socket = tokio_tungstenite::client_async("wss://localhost/", stream).await;
    works(Transport::websocket(socket.expect("a handshake").0)).await;
}

#[tokio::test]
async fn serves_only_the_clients_that_it_trusts() {
    let authority = Authority::new("ours");
    let pair = authority.signs("localhost");
    let tls = Tls::for_clients_of(
        authority.pem().as_bytes(),
        pair.certificate.as_bytes(),
        pair.key.as_bytes(),
    );
    let running = running("tls://127.0.0.1:0", &tls.expect("they fit"), Limits::default()).await;

    let known = connect(&running, &authority, Some(&authority.signs("client"))).await;
    works(Transport::stream(known.expect("a handshake"))).await;
    for stranger in [None, Some(Authority::new("theirs").signs("client"))] {
        // With TLS 1.3 a client hears of its refusal behind the handshake.
        let heard = match connect(&running, &authority, stranger.as_ref()).await {
            Ok(mut stream) => stream.read_u8().await.map(drop),
            Err(error) => Err(error),
        };
        let error = heard.expect_err("a stranger was served").to_string();
        assert!(error.contains("Certificate") || error.contains("UnknownCA"), "{error}");
    }
}

#[tokio::test]
async fn a_client_is_known_by_its_certificate() {
    let authority = Authority::new("ours");
    let [pair, alice, bob] = ["localhost", "alice", "bob"].map(|name| authority.signs(name));
    let tls = Tls::for_clients_of(
        authority.pem().as_bytes(),
        pair.certificate.as_bytes(),
        pair.key.as_bytes(),
    );
    let tls = tls.expect("they fit");
    let known = CertificateDer::from_pem_slice(alice.certificate.as_bytes()).expect("PEM");
    for address in ["tls://127.0.0.1:0", "wss://127.0.0.1:0"] {
        let listener = Listener::bind_tls(&address.parse().expect("an address"), &tls).await;
        let known = known.clone();
        let running = Running::with(listener.expect("the address is free"), |host| {
            host.authenticate(move |hello| {
                let is_alice = hello
                    .peer()
                    .certificates()
                    .first()
                    .is_some_and(|shown| **shown == *known);
                let is_local = hello.peer().address().is_some_and(|address| address.ip().is_loopback());
                async move {
                    match is_alice && is_local && !hello.was_said() {
                        true => Ok(Identity::new("alice")),
                        false => Err(Refused::new("who are you?")),
                    }
                }
            })
        });
        for (shows, answer) in [(&alice, Some(42)), (&bob, None)] {
            let stream = connect(&running, &authority, Some(shows)).await.expect("a handshake");
            let transport = match address.starts_with("wss") {
                false => Transport::stream(stream),
                true => {
                    let socket = tokio_tungstenite::client_async("wss://localhost/", stream).await;
                    Transport::websocket(socket.expect("a handshake").0)
                }
            };
            let answered = WorkClient::new(session(transport)).double(21).await;
            assert_eq!(answered.ok(), answer, "{address}");
        }
    }
}

#[tokio::test]
async fn who_does_not_shake_hands_is_not_served() {
    let authority = Authority::new("ours");
    let pair = authority.signs("localhost");
    let tls = Tls::new(pair.certificate.as_bytes(), pair.key.as_bytes()).expect("they fit");
    let limits = Limits {
        handshake: Duration::from_millis(500),
        ..Limits::default()
    };
    let running = running("tls://127.0.0.1:0", &tls, limits).await;
    let mut silent = running.socket().await;
    let mut plain = running.socket().await;
    plain.write_all(&[0; 68]).await.expect("it is open");
    for socket in [&mut silent, &mut plain] {
        let mut said = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(5), socket.read_to_end(&mut said)).await;
        read.expect("it was left open").ok();
        // At most an alert.
        assert!(said.is_empty() || said[0] == 21, "{said:?}");
    }
    let stream = connect(&running, &authority, None).await.expect("a handshake");
    works(Transport::stream(stream)).await;
}

#[tokio::test]
async fn an_address_says_whether_it_is_encrypted() {
    let pair = Authority::new("ours").signs("localhost");
    let tls = Tls::new(pair.certificate.as_bytes(), pair.key.as_bytes()).expect("they fit");
    let bare = Listener::bind(&"wss://127.0.0.1:0".parse().expect("an address")).await;
    assert_eq!(
        bare.expect_err("it has no certificate").to_string(),
        "cannot listen at wss://127.0.0.1:0: it needs a certificate: use Listener::bind_tls"
    );
    let plain = Listener::bind_tls(&"ws://127.0.0.1:0".parse().expect("an address"), &tls).await;
    assert_eq!(
        plain.expect_err("it has no TLS").to_string(),
        "cannot listen at ws://127.0.0.1:0: connections there are not encrypted: use tls:// or wss://"
    );
}
