//! What a host needs to listen at `tls://` and `wss://`.

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ConfigBuilder, RootCertStore, ServerConfig, WantsVerifier};

/// The certificate that a host shows, and the clients that it trusts.
///
/// Whatever else rustls can do is there for who brings a [`ServerConfig`] of their own: `Tls::from(config)`.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Shows this certificate to any client.
    ///
    /// Both are PEM: the certificate, followed by those that lead to its authority, and its private key.
    ///
    /// # Errors
    /// What is missing, or does not fit together.
    pub fn new(certificate: &[u8], key: &[u8]) -> io::Result<Self> {
        let builder = builder()?.with_no_client_auth();
        let config = builder.with_single_cert(certificates(certificate)?, private_key(key)?);
        config.map(Self::from).map_err(invalid)
    }

    /// Shows this certificate, and serves only clients that show one of these authorities' own (PEM, several may follow
    /// each other).
    ///
    /// # Errors
    /// What is missing, or does not fit together.
    pub fn for_clients_of(authorities: &[u8], certificate: &[u8], key: &[u8]) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for authority in certificates(authorities)? {
            roots.add(authority).map_err(invalid)?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        let builder = builder()?.with_client_cert_verifier(verifier.build().map_err(invalid)?);
        let config = builder.with_single_cert(certificates(certificate)?, private_key(key)?);
        config.map(Self::from).map_err(invalid)
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.clone())
    }
}

impl From<ServerConfig> for Tls {
    fn from(config: ServerConfig) -> Self {
        Self {
            config: Arc::new(config),
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// Named, so that a process may choose any other for itself.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn builder() -> io::Result<ConfigBuilder<ServerConfig, WantsVerifier>> {
    let builder = ServerConfig::builder_with_provider(provider());
    builder.with_safe_default_protocol_versions().map_err(invalid)
}

fn certificates(pem: &[u8]) -> io::Result<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(invalid)?;
    match found.is_empty() {
        true => Err(invalid("there is no certificate in the PEM")),
        false => Ok(found),
    }
}

fn private_key(pem: &[u8]) -> io::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| invalid(format!("there is no private key in the PEM: {error}")))
}

fn invalid(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_no_pem() {
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let (certificate, key) = (pair.cert.pem(), pair.signing_key.serialize_pem());
        let (certificate, key) = (certificate.as_bytes(), key.as_bytes());
        let other = rcgen::KeyPair::generate().expect("a key").serialize_pem();
        Tls::new(certificate, key).expect("they fit");
        Tls::for_clients_of(certificate, certificate, key).expect("they fit");
        for (certificate, key, reason) in [
            (key, key, "there is no certificate in the PEM"),
            (&b""[..], key, "there is no certificate in the PEM"),
            (certificate, certificate, "there is no private key in the PEM: "),
            (certificate, other.as_bytes(), "keys may not be consistent: "),
        ] {
            let error = Tls::new(certificate, key).expect_err(reason).to_string();
            assert!(error.starts_with(reason), "{error}");
        }
        let error = Tls::for_clients_of(b"", certificate, key).expect_err("nobody is trusted");
        assert_eq!(error.to_string(), "there is no certificate in the PEM");
    }
}
