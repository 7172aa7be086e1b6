//! Errors that need a TLS server. Only the client of its test trusts it.

use super::super::clients::client_builder;
use super::super::*;
use super::{block_on_net, health};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

/// A self-signed certificate for `127.0.0.1`, until 2120.
const CERTIFICATE: &str = "MIIBRTCB7KADAgECAgEBMAoGCCqGSM49BAMCMBoxGDAWBgNVBAMMD2NvbWZ5Y2hlY2sgdGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8y\
    MTIwMDEwMTAwMDAwMFowGjEYMBYGA1UEAwwPY29tZnljaGVjayB0ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDewc7bht\
    vIzIe32+fNsZxDJviYZVwod0KcQRvuVo6V0laR9aWy0VXt/neqAd0Y+IqhSYijb3o8Gp/NE3T7PylqMhMB8wDwYDVR0RBAgwBocE\
    fwAAATAMBgNVHRMBAf8EAjAAMAoGCCqGSM49BAMCA0gAMEUCIQD9ZICERtU2j2249+SqVSLTrbUko+RAwHE7tdxPOxwmigIgQVkc\
    uCoG0NbFakeVYBP56VsVN1ho0AJRvrSIaleaW54=";

/// Its key.
const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6StJk4QFJRILuQ4O/EDYQpaUefBQ93z9nnQ6VOLnILKhRANCAAQN\
    7BztuG28jMh7fb582xnEMm+JhlXCh3QpxBG+5WjpXSVpH1pbLRVe3+d6oB3Rj4iqFJiKNvejwan80TdPs/KW";

#[test]
fn an_error_of_tls_that_comes_after_the_request_does_not_say_that_nothing_was_sent() {
    let certificate = base64_simd::STANDARD.decode_to_vec(CERTIFICATE).unwrap();
    let key = PrivatePkcs8KeyDer::from(base64_simd::STANDARD.decode_to_vec(KEY).unwrap());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = ServerConfig::builder().with_no_client_auth();
    let server = Arc::new(server.with_single_cert(vec![certificate.clone().into()], key.into()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/run", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut secure = StreamOwned::new(ServerConnection::new(server).unwrap(), stream);
        // The request is short enough to arrive at once.
        assert!(secure.read(&mut [0; 4096]).unwrap() > 0);
        secure.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{").unwrap();
        secure.flush().unwrap();
        // A record that is not encrypted.
        secure.sock.write_all(b"\x17\x03\x03\x00\x20not a record of this connection!").unwrap();
        let _ = secure.sock.read(&mut [0; 1]);
    });
    let trusted = reqwest::Certificate::from_der(&certificate).unwrap();
    let answer = block_on_net(async {
        let client = client_builder().no_proxy().tls_certs_only([trusted]).build().unwrap();
        exchange(client.post(url), health(), ExchangeLimits::default()).await
    });
    assert_eq!(answer.map(drop), Err(SendError::Failed(Failure::Reset)));
}
