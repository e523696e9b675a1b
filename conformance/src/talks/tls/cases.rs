//! The cases: who is asked, by whom, and what is right.

use std::error::Error;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ALL_VERSIONS, SupportedProtocolVersion};

use super::servers::{Manner, bare, host};
use crate::talks::certificates::{Authority, Pair, Request, Server, write};

/// How long a client may take to connect to who says nothing, in milliseconds.
const PATIENCE_MS: u32 = 300;
/// What messages about certificates say.
const CERTIFICATE: &[&str] = &["certificate"];

/// A case.
pub(super) struct Case {
    pub(super) name: String,
    /// The command that connects.
    pub(super) connect: Value,
    pub(super) right: Right,
}

/// What is right.
#[derive(Clone, Copy)]
pub(super) enum Right {
    /// It connects, and is answered.
    Served,
    /// It does not connect, and says one of these words.
    Refused(&'static [&'static str]),
    /// It does not connect in time.
    RefusedLate,
    /// It connects, and its first call fails.
    Lost,
    /// It does not connect, or its first call fails.
    Unwelcome,
}

/// Who vouches for whom, in files.
struct World {
    folder: PathBuf,
    /// Whom the clients trust.
    root: Authority,
    /// Whom nobody trusts.
    stranger: Authority,
    /// The good certificate.
    pair: Pair,
    cases: Vec<Case>,
}

/// The command that connects to a good server, and all cases.
pub(super) async fn cases(folder: &Path) -> Result<(Value, Vec<Case>), Box<dyn Error>> {
    let root = Authority::new("root")?;
    let mut world = World {
        folder: folder.to_owned(),
        stranger: Authority::new("stranger")?,
        pair: root.signs(Request::server(&["localhost", "127.0.0.1"]))?,
        root,
        cases: Vec::new(),
    };
    let port = host("tls", Some(Server::showing(&world.pair).config()?)).await?;
    let good = json!({"connect": format!("tls://localhost:{port}"), "options": {"tls": {"ca": world.ca()?}}});
    world.served().await?;
    world.names().await?;
    world.refused().await?;
    world.clients().await?;
    world.without_tls().await?;
    Ok((good, world.cases))
}

impl World {
    fn case(&mut self, name: &str, address: String, tls: Value, right: Right) {
        let options = match tls.is_null() {
            true => json!({"connect_timeout_ms": 5000}),
            false => json!({"connect_timeout_ms": 5000, "tls": tls}),
        };
        let connect = json!({"connect": address, "options": options});
        self.cases.push(Case {
            name: name.into(),
            connect,
            right,
        });
    }

    /// The file of the authority that is trusted.
    fn ca(&self) -> std::io::Result<PathBuf> {
        write(&self.folder, "root", &self.root.pem())
    }

    /// A server that shows this, and the address at which it is found as `localhost`.
    async fn shows(&self, pair: &Pair) -> Result<String, Box<dyn Error>> {
        let port = host("tls", Some(Server::showing(pair).config()?)).await?;
        Ok(format!("tls://localhost:{port}"))
    }

    /// Who is in order.
    async fn served(&mut self) -> Result<(), Box<dyn Error>> {
        let ca = self.ca()?;
        let trusting = json!({"ca": ca});
        for (scheme, versions, name) in [
            ("tls", ALL_VERSIONS, "y_authority_of_its_own"),
            ("wss", ALL_VERSIONS, "y_websocket"),
            (
                "tls",
                &[&TLS12] as &[&'static SupportedProtocolVersion],
                "y_version_1_2",
            ),
            ("tls", &[&TLS13], "y_version_1_3"),
        ] {
            let server = Server {
                versions,
                ..Server::showing(&self.pair)
            };
            let port = host(scheme, Some(server.config()?)).await?;
            self.case(
                name,
                format!("{scheme}://localhost:{port}"),
                trusting.clone(),
                Right::Served,
            );
        }

        let leaf = self
            .root
            .intermediate("middle")?
            .signs(Request::server(&["localhost"]))?;
        let address = self.shows(&leaf).await?;
        self.case("y_intermediate_authority", address, trusting.clone(), Right::Served);
        let address = self.shows(&leaf.alone()).await?;
        self.case(
            "n_intermediate_authority_missing",
            address,
            trusting,
            Right::Refused(CERTIFICATE),
        );

        let both = self.stranger.pem() + &self.root.pem();
        let both = json!({"ca": write(&self.folder, "both", &both)?});
        let address = self.shows(&self.pair).await?;
        self.case("y_two_authorities_in_a_file", address, both, Right::Served);
        Ok(())
    }

    /// What is verified is the name.
    async fn names(&mut self) -> Result<(), Box<dyn Error>> {
        let ca = self.ca()?;
        let named = self.shows(&self.root.signs(Request::server(&["localhost"]))?).await?;
        let numbered = self.shows(&self.root.signs(Request::server(&["127.0.0.1"]))?).await?;
        let elsewhere = self
            .shows(&self.root.signs(Request::server(&["shop.example"]))?)
            .await?;
        let wild = self
            .shows(&self.root.signs(Request::server(&["*.shop.example"]))?)
            .await?;
        let by_number = |address: &str| address.replace("localhost", "127.0.0.1");
        let says = |name: &str| json!({"ca": ca, "server_name": name});
        let plain = || json!({"ca": ca});
        let wrong = Right::Refused(CERTIFICATE);
        self.case("y_ip_address", by_number(&numbered), plain(), Right::Served);
        self.case("y_server_name", elsewhere.clone(), says("shop.example"), Right::Served);
        self.case(
            "y_server_name_at_an_ip_address",
            by_number(&elsewhere),
            says("shop.example"),
            Right::Served,
        );
        self.case("y_wildcard", wild.clone(), says("eu.shop.example"), Right::Served);
        self.case("n_wildcard_two_levels_deep", wild, says("a.eu.shop.example"), wrong);
        self.case("n_another_name", elsewhere.clone(), plain(), wrong);
        self.case("n_another_server_name", named.clone(), says("shop.example"), wrong);
        self.case("n_ip_address_that_is_not_named", by_number(&named), plain(), wrong);
        self.case("n_name_where_an_ip_address_is", numbered, plain(), wrong);
        Ok(())
    }

    /// Nobody vouches for them.
    async fn refused(&mut self) -> Result<(), Box<dyn Error>> {
        let trusting = json!({"ca": self.ca()?});
        let localhost = || Request::server(&["localhost"]);
        let wrong: [(&str, Pair, &'static [&'static str]); 5] = [
            ("n_unknown_authority", self.stranger.signs(localhost())?, CERTIFICATE),
            ("n_signed_by_itself", Pair::self_signed(localhost())?, CERTIFICATE),
            (
                "n_expired",
                self.root.signs(localhost().valid(2020, 2021))?,
                &["expired"],
            ),
            (
                "n_not_yet_valid",
                self.root.signs(localhost().valid(2098, 2099))?,
                &["not yet valid"],
            ),
            (
                "n_certificate_of_a_client",
                self.root.signs(Request::client("localhost"))?,
                CERTIFICATE,
            ),
        ];
        for (name, pair, words) in wrong {
            let address = self.shows(&pair).await?;
            self.case(name, address, trusting.clone(), Right::Refused(words));
        }
        // Without a word about it, the system's authorities are asked, who know none of ours.
        let address = self.shows(&self.pair).await?;
        self.case(
            "n_authority_that_the_system_does_not_know",
            address,
            Value::Null,
            Right::Refused(CERTIFICATE),
        );
        let expired = self.root.signs(localhost().valid(2020, 2021))?;
        let port = host("wss", Some(Server::showing(&expired).config()?)).await?;
        self.case(
            "n_expired_over_websocket",
            format!("wss://localhost:{port}"),
            trusting,
            Right::Refused(&["expired"]),
        );
        Ok(())
    }

    /// Servers that want to see a certificate.
    async fn clients(&mut self) -> Result<(), Box<dyn Error>> {
        let ca = self.ca()?;
        let (client, client_key) = self
            .root
            .signs(Request::client("client"))?
            .write(&self.folder, "client")?;
        let (unknown, unknown_key) = self
            .stranger
            .signs(Request::client("client"))?
            .write(&self.folder, "unknown")?;
        let old = self.root.signs(Request::client("client").valid(2020, 2021))?;
        let (old, old_key) = old.write(&self.folder, "old")?;
        for (version, versions) in [
            ("1_2", &[&TLS12] as &[&'static SupportedProtocolVersion]),
            ("1_3", &[&TLS13]),
        ] {
            let server = Server {
                clients_of: Some(&self.root),
                versions,
                ..Server::showing(&self.pair)
            };
            let port = host("tls", Some(server.config()?)).await?;
            let address = || format!("tls://localhost:{port}");
            let shows = |cert: &Path, key: &Path| json!({"ca": ca, "cert": cert, "key": key});
            let name = |name: &str| format!("{name}_{version}");
            self.case(
                &name("y_client_certificate"),
                address(),
                shows(&client, &client_key),
                Right::Served,
            );
            self.case(
                &name("n_client_certificate_missing"),
                address(),
                json!({"ca": ca}),
                Right::Unwelcome,
            );
            self.case(
                &name("n_client_certificate_unknown"),
                address(),
                shows(&unknown, &unknown_key),
                Right::Unwelcome,
            );
            self.case(
                &name("n_client_certificate_expired"),
                address(),
                shows(&old, &old_key),
                Right::Unwelcome,
            );
        }
        Ok(())
    }

    /// Only one of the two speaks TLS.
    async fn without_tls(&mut self) -> Result<(), Box<dyn Error>> {
        let trusting = json!({"ca": self.ca()?});
        let tcp = host("tcp", None).await?;
        let ws = host("ws", None).await?;
        let tls = host("tls", Some(Server::showing(&self.pair).config()?)).await?;
        let wss = host("wss", Some(Server::showing(&self.pair).config()?)).await?;
        let refused = Right::Refused(&[]);
        self.case(
            "n_tls_against_tcp",
            format!("tls://localhost:{tcp}"),
            trusting.clone(),
            refused,
        );
        self.case(
            "n_tls_against_ws",
            format!("tls://localhost:{ws}"),
            trusting.clone(),
            refused,
        );
        self.case(
            "n_wss_against_ws",
            format!("wss://localhost:{ws}"),
            trusting.clone(),
            refused,
        );
        self.case(
            "n_wss_against_tls",
            format!("wss://localhost:{tls}"),
            trusting.clone(),
            refused,
        );
        self.case(
            "n_ws_against_wss",
            format!("ws://localhost:{wss}"),
            Value::Null,
            refused,
        );
        self.case(
            "n_tcp_against_tls",
            format!("tcp://localhost:{tls}"),
            Value::Null,
            Right::Lost,
        );
        for (name, manner) in [
            ("n_closed_in_the_handshake", Manner::Closes),
            (
                "n_text_in_the_handshake",
                Manner::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            ),
            // A record of TLS 1.2 that carries an alert: fatal, handshake failure.
            ("n_alert_in_the_handshake", Manner::Says(&[21, 3, 3, 0, 2, 2, 40])),
        ] {
            let port = bare(manner).await?;
            self.case(name, format!("tls://localhost:{port}"), trusting.clone(), refused);
        }
        let silent = bare(Manner::Silent).await?;
        self.case(
            "n_silence_in_the_handshake",
            format!("tls://localhost:{silent}"),
            trusting,
            Right::RefusedLate,
        );
        if let Some(case) = self.cases.last_mut() {
            case.connect["options"]["connect_timeout_ms"] = json!(PATIENCE_MS);
        }
        Ok(())
    }
}
