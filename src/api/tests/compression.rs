//! What goes over the wire compressed, and what does not.

use super::harness::{Reply, Server, request};
use super::readings::patient;
use flate2::read::GzDecoder;
use http_body_util::Full;
use std::io::Read as _;

async fn get(server: &Server, path: &str, encoding: &str) -> Reply {
    let request = request("GET", path, "administrator").header("accept-encoding", encoding);
    let reply = server.send(request.body(Full::default()).expect("valid"));
    reply.await
}

fn unpacked(reply: &Reply) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut packed = GzDecoder::new(&reply.bytes[..]);
    packed.read_to_end(&mut plain).expect("gzip");
    plain
}

#[tokio::test]
async fn pages_and_json_are_compressed_once_for_who_takes_it() {
    let server = Server::start().await;
    let many = (1..=500).map(|number| patient(number, &format!("p-{number:03}")));
    server.world.data().patients = many.collect();
    for path in [
        "/",
        "/audit",
        "/v1/patients",
        "/v1/reports/alarm-burden?format=csv",
        "/assets/nhsuk.css",
        "/openapi.json",
    ] {
        let plain = get(&server, path, "identity").await;
        assert_eq!(plain.status, 200, "{path}");
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        let packed = get(&server, path, "br, gzip").await;
        assert_eq!(packed.header("content-encoding"), "gzip", "{path}");
        for reply in [&plain, &packed] {
            let mut vary = reply.headers.get_all("vary").iter();
            assert!(vary.any(|one| one == "accept-encoding"), "{path}");
        }
        assert!(unpacked(&packed) == plain.bytes, "{path}");
    }
    let ward = get(&server, "/", "gzip").await;
    let fold = unpacked(&ward).len() / ward.bytes.len();
    assert!(fold >= 8, "{fold}");
}

#[tokio::test]
async fn refusals_are_read_by_who_takes_no_compression_too() {
    let server = Server::start().await;
    let missing = get(&server, "/v1/patients/nobody", "gzip").await;
    assert_eq!(missing.status, 404);
    let document: serde_json::Value =
        serde_json::from_slice(&unpacked(&missing)).expect("a document");
    assert_eq!(document["status"], 404);
    let missing = get(&server, "/v1/patients/nobody", "identity").await;
    assert_eq!(missing.json()["status"], 404);
}

#[tokio::test]
async fn an_event_leaves_at_once_and_not_compressed() {
    let server = Server::start().await;
    for path in ["/live", "/v1/events"] {
        let request = request("GET", path, "viewer").header("accept-encoding", "gzip");
        let reply = server.open(request.body(Full::default()).expect("valid"));
        let reply = reply.await;
        assert_eq!(reply.status(), 200, "{path}");
        assert!(!reply.headers().contains_key("content-encoding"), "{path}");
    }
}
