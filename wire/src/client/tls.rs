//! TLS as a client needs it: whom to believe, and who we are.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::error::ConnectError;
use super::options::TlsFiles;
use crate::stream::Stream;

/// Shakes hands with a server of this name.
pub(super) fn connect(socket: &mut Stream, host: &str, files: &TlsFiles) -> Result<ClientConnection, ConnectError> {
    let name = files.server_name.as_deref().unwrap_or(host);
    let name = ServerName::try_from(name.to_owned())
        .map_err(|_| ConnectError::TlsFiles(format!("`{name}` is no name that a certificate can have")))?;
    let config = config(files)?;
    let mut tls =
        ClientConnection::new(Arc::new(config), name).map_err(|error| ConnectError::Tls(error.to_string()))?;
    // The size of a buffer is no limit here: what is written is sent at once.
    tls.set_buffer_limit(None);
    while tls.is_handshaking() {
        tls.complete_io(socket).map_err(|error| told(&error))?;
    }
    Ok(tls)
}

fn told(error: &io::Error) -> ConnectError {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ConnectError::TimedOut(0),
        io::ErrorKind::UnexpectedEof => {
            ConnectError::Tls("the server closed the connection; does it speak TLS?".into())
        }
        _ if error.to_string().contains("InvalidContentType") => {
            ConnectError::Tls("the server does not speak TLS".into())
        }
        _ => ConnectError::Tls(error.to_string()),
    }
}

fn config(files: &TlsFiles) -> Result<ClientConfig, ConnectError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| ConnectError::Tls(error.to_string()))?;
    let config = config.with_root_certificates(authorities(files.authorities.as_deref())?);
    match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate)?;
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unread(key, &error))?;
            let config = config.with_client_auth_cert(chain, secret);
            config.map_err(|error| ConnectError::TlsFiles(format!("{}: {error}", certificate.display())))
        }
        (None, None) => Ok(config.with_no_client_auth()),
        _ => Err(ConnectError::TlsFiles(
            "a certificate of the client needs its key, and a key its certificate".into(),
        )),
    }
}

fn authorities(file: Option<&Path>) -> Result<RootCertStore, ConnectError> {
    let mut store = RootCertStore::empty();
    let Some(file) = file else {
        let found = rustls_native_certs::load_native_certs();
        store.add_parsable_certificates(found.certs);
        return match store.is_empty() {
            true => Err(ConnectError::TlsFiles(
                "the system has no certificates of authorities; name a file of them".into(),
            )),
            false => Ok(store),
        };
    };
    for certificate in certificates(file)? {
        let added = store.add(certificate);
        added.map_err(|error| ConnectError::TlsFiles(format!("{}: {error}", file.display())))?;
    }
    Ok(store)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => Err(ConnectError::TlsFiles(format!(
            "{}: no certificate is in it",
            file.display()
        ))),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(unread(file, &error)),
    }
}

fn unread(file: &Path, error: &rustls::pki_types::pem::Error) -> ConnectError {
    ConnectError::TlsFiles(format!("{}: {error}", file.display()))
}
