//! Certificates: of clients, and of servers whose name is not their address.

use std::fs;

use rapace_host::Tls;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::server::{Bookshop, folder};
use crate::support::{Outcome, rapace};

type Authority = CertifiedIssuer<'static, KeyPair>;

/// An authority of this name.
fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for this name and its key, both in PEM.
fn certificate(authority: &Authority, name: &str) -> [String; 2] {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let signed = params.signed_by(&key, authority).unwrap();
    [signed.pem(), key.serialize_pem()]
}

/// Calls the shop over TLS and over WebSocket on TLS: both must have the same status.
fn call(shop: &Bookshop, more: &[&str]) -> Outcome {
    let ca = shop.authority.display().to_string();
    let [tls, wss] = [3, 4].map(|index| {
        let arguments = ["call", &shop.addresses[index], "Catalog.greeting", "--ca", &ca];
        let mut called = rapace(&folder(), &[&arguments[..], more].concat());
        called.stderr = called.stderr.replace(&shop.addresses[index], "SERVER");
        called
    });
    assert_eq!((tls.status, &tls.stdout), (wss.status, &wss.stdout), "{}", wss.stderr);
    tls
}

#[test]
fn a_server_that_wants_a_certificate_gets_that_of_the_flags() {
    let (servers, clients, strangers) = (authority("servers"), authority("clients"), authority("strangers"));
    let [server, key] = certificate(&servers, "127.0.0.1");
    let tls = Tls::for_clients_of(clients.pem().as_bytes(), server.as_bytes(), key.as_bytes()).unwrap();
    let shop = Bookshop::with(tls, &servers.pem());
    let scratch = tempfile::tempdir().unwrap();
    let files = |authority: &Authority, name: &str| {
        let pems = certificate(authority, "client.example");
        let paths = ["cert", "key"].map(|kind| scratch.path().join(format!("{name}.{kind}")));
        paths
            .iter()
            .zip(pems)
            .for_each(|(path, pem)| fs::write(path, pem).unwrap());
        paths.map(|path| path.display().to_string())
    };
    let [good, good_key] = files(&clients, "good");
    let [bad, bad_key] = files(&strangers, "bad");
    let with = |cert: &str, key: &str| call(&shop, &["--cert", cert, "--key", key]);
    let called = with(&good, &good_key);
    assert_eq!((called.status, called.stderr.as_str()), (0, ""));
    for refused in [call(&shop, &[]), with(&bad, &bad_key)] {
        assert_eq!(refused.status, 3, "{}", refused.stderr);
        assert!(refused.stderr.starts_with("error: SERVER: "), "{}", refused.stderr);
    }
    for (cert, key, message) in [
        ("/no/such.pem", good_key.as_str(), "/no/such.pem: "),
        (good.as_str(), bad_key.as_str(), "good.cert: "),
        (
            good_key.as_str(),
            good_key.as_str(),
            "good.key: no certificate is in it",
        ),
    ] {
        let wrong = with(cert, key);
        assert_eq!(wrong.status, 2, "{}", wrong.stderr);
        assert!(wrong.stderr.contains(message), "{message}: {}", wrong.stderr);
    }
}

#[test]
fn the_name_of_a_certificate_may_be_another_than_that_of_the_address() {
    let servers = authority("servers");
    let [server, key] = certificate(&servers, "shop.example");
    let shop = Bookshop::with(Tls::new(server.as_bytes(), key.as_bytes()).unwrap(), &servers.pem());
    let called = call(&shop, &["--server-name", "shop.example"]);
    assert_eq!((called.status, called.stderr.as_str()), (0, ""));
    for (more, message) in [
        (&[][..], "certificate not valid for name"),
        (&["--server-name", "other.example"], "certificate not valid for name"),
        (&["--server-name", "not a name"], "not a name"),
    ] {
        let refused = call(&shop, more);
        assert!([2, 3].contains(&refused.status), "{}", refused.stderr);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    }
}
