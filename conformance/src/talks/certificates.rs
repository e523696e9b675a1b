//! Certificates that are made for one run.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ALL_VERSIONS, RootCertStore, ServerConfig, SupportedProtocolVersion};

/// Who signs certificates.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// The certificates between it and its root, its own first.
    chain: String,
}

/// A certificate, those that lead to its authority, and its key: PEM.
#[derive(Clone)]
pub struct Pair {
    /// The certificate first.
    pub chain: String,
    /// The private key.
    pub key: String,
}

/// What a certificate says.
pub struct Request {
    /// Names and IP addresses.
    names: Vec<String>,
    /// The first and the last year in which it is valid.
    years: (i32, i32),
    purpose: ExtendedKeyUsagePurpose,
}

impl Request {
    /// A server's, valid now.
    pub fn server(names: &[&str]) -> Self {
        Self {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            years: (2020, 2100),
            purpose: ExtendedKeyUsagePurpose::ServerAuth,
        }
    }

    /// A client's of this name, valid now.
    pub fn client(name: &str) -> Self {
        Self {
            purpose: ExtendedKeyUsagePurpose::ClientAuth,
            ..Self::server(&[name])
        }
    }

    /// Valid from the beginning of one year to the beginning of another.
    pub fn valid(mut self, from: i32, to: i32) -> Self {
        self.years = (from, to);
        self
    }

    fn params(self) -> Result<CertificateParams, rcgen::Error> {
        let mut params = CertificateParams::new(self.names.clone())?;
        let name = self.names.into_iter().next().unwrap_or_default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(self.years.0, 1, 1);
        params.not_after = date_time_ymd(self.years.1, 1, 1);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![self.purpose];
        params.use_authority_key_identifier_extension = true;
        Ok(params)
    }
}

impl Authority {
    /// A root of this name.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(name: &str) -> Result<Self, rcgen::Error> {
        Ok(Self {
            issuer: CertifiedIssuer::self_signed(authority(name), KeyPair::generate()?)?,
            chain: String::new(),
        })
    }

    /// An authority of this name that it trusts.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn intermediate(&self, name: &str) -> Result<Self, rcgen::Error> {
        let issuer = CertifiedIssuer::signed_by(authority(name), KeyPair::generate()?, &self.issuer)?;
        Ok(Self {
            chain: issuer.pem() + &self.chain,
            issuer,
        })
    }

    /// What a certificate asks for.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn signs(&self, request: Request) -> Result<Pair, rcgen::Error> {
        let key = KeyPair::generate()?;
        let certificate = request.params()?.signed_by(&key, &self.issuer)?;
        Ok(Pair {
            chain: certificate.pem() + &self.chain,
            key: key.serialize_pem(),
        })
    }

    /// Its own certificate, PEM.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2100, 1, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}

impl Pair {
    /// Signed by itself.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn self_signed(request: Request) -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate()?;
        Ok(Self {
            chain: request.params()?.self_signed(&key)?.pem(),
            key: key.serialize_pem(),
        })
    }

    /// Without those that lead to its authority.
    pub fn alone(&self) -> Self {
        const END: &str = "-----END CERTIFICATE-----\n";
        let end = self
            .chain
            .replace("\r\n", "\n")
            .find(END)
            .map_or(self.chain.len(), |end| end + END.len());
        Self {
            chain: self.chain.replace("\r\n", "\n")[..end].to_owned(),
            key: self.key.clone(),
        }
    }

    /// Writes both into files of this name: `NAME.pem` and `NAME.key`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, folder: &Path, name: &str) -> io::Result<(PathBuf, PathBuf)> {
        let key = folder.join(format!("{name}.key"));
        std::fs::write(&key, &self.key)?;
        Ok((write(folder, name, &self.chain)?, key))
    }
}

/// Writes certificates into a file: `NAME.pem`.
///
/// # Errors
/// When it cannot be written.
pub fn write(folder: &Path, name: &str, pem: &str) -> io::Result<PathBuf> {
    let path = folder.join(format!("{name}.pem"));
    std::fs::write(&path, pem)?;
    Ok(path)
}

/// A server's side of TLS.
pub struct Server<'a> {
    /// What it shows, without looking whether it is any good.
    pub shows: &'a Pair,
    /// Whose clients it serves; all when there is none.
    pub clients_of: Option<&'a Authority>,
    /// The versions that it speaks.
    pub versions: &'a [&'static SupportedProtocolVersion],
}

impl<'a> Server<'a> {
    /// It shows this, to anyone.
    pub fn showing(shows: &'a Pair) -> Self {
        Self {
            shows,
            clients_of: None,
            versions: ALL_VERSIONS,
        }
    }

    /// As rustls takes it.
    ///
    /// # Errors
    /// When rustls does not take it.
    pub fn config(&self) -> Result<ServerConfig, Box<dyn std::error::Error>> {
        let provider = Arc::new(ring::default_provider());
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(self.shows.chain.as_bytes()).collect();
        let key = PrivateKeyDer::from_pem_slice(self.shows.key.as_bytes())?;
        let shown = CertifiedKey::new(chain?, provider.key_provider.load_private_key(key)?);
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(self.versions)?;
        let builder = match self.clients_of {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes())?)?;
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build()?)
            }
        };
        Ok(builder.with_cert_resolver(Arc::new(Always(Arc::new(shown)))))
    }
}

/// Shows the same to everyone.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}
