//! Deliveries over TLS, with certificates made by `openssl`.

use super::world::{World, status};
use crate::notify::Settings;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Makes an authority and a server certificate for 127.0.0.1 in `directory`.
fn certificates(directory: &Path) -> bool {
    let openssl = |arguments: &str| {
        let ran = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(directory)
            .stderr(Stdio::null())
            .status();
        ran.is_ok_and(|status| status.success())
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    let made = openssl(&format!(
        "req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=Test -days 2"
    )) && openssl(&format!(
        "req -x509 {key} -CA ca.pem -CAkey ca.key -keyout server.key -out server.pem \
         -subj /CN=receiver -days 2 -addext subjectAltName=IP:127.0.0.1 \
         -addext basicConstraints=critical,CA:FALSE"
    ));
    if !made {
        eprintln!("SKIPPED: openssl is missing or too old, deliveries over TLS are not tested");
    }
    made
}

/// Ends TLS before the receiver at `behind`.
async fn terminate(directory: &Path, behind: SocketAddr, tasks: &mut JoinSet<()>) -> SocketAddr {
    let chain = CertificateDer::from_pem_file(directory.join("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(directory.join("server.key")).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            connections.spawn(async move {
                // A client that does not trust us hangs up in the handshake.
                if let Ok(mut outside) = acceptor.accept(socket).await {
                    let mut inside = TcpStream::connect(behind).await.unwrap();
                    let _ = copy_bidirectional(&mut outside, &mut inside).await;
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn a_delivery_goes_over_tls_to_a_receiver_of_a_trusted_authority_only() {
    let directory = tempfile::tempdir().unwrap();
    if !certificates(directory.path()) {
        return;
    }
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    let mut tasks = JoinSet::new();
    let address = terminate(directory.path(), world.address, &mut tasks).await;
    world.register_at("board", &format!("https://{address}/board"));
    let distrusting = Settings {
        dangerous_allow_private_hosts: vec![address.to_string()],
        ..Settings::default()
    };
    let authority = directory.path().join("ca.pem");
    let trusting = Settings {
        authorities_file: Some(authority.to_str().unwrap().to_owned()),
        ..distrusting.clone()
    };
    let (_, ended) = world.start(distrusting);
    world.deliver("board", "dlv_1");
    let refused = |facts: &super::world::Facts| facts.reports.len() == 1;
    world.shared.until("the refusal", refused).await;
    let error = world.shared.with(|facts| facts.reports[0].error);
    assert_eq!(error, Some("tls_failed"));
    ended.cancel();

    world.start(trusting);
    world.deliver("board", "dlv_2");
    let done = |facts: &super::world::Facts| facts.state("dlv_2") == "delivered";
    world.shared.until("the delivery", done).await;
    assert_eq!(world.shared.with(|facts| facts.got.len()), 1);
}
