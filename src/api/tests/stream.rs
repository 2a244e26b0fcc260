//! The event stream: live, resumed, too late, revoked, bounded, ended.

use super::harness::{Server, access_of, request, tokens};
use crate::api::Settings;
use crate::domain::WardId;
use crate::engine::Outcome;
use crate::store::AlertEventView;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

fn event(seq: u64, ward: &str) -> AlertEventView {
    AlertEventView {
        seq,
        event_type: String::from("alert.raised"),
        ward: WardId::new(ward).expect("valid"),
        document: format!(r#"{{"alert":"alr_{seq}","at":0}}"#),
    }
}

struct Stream {
    body: Incoming,
    text: String,
}

impl Stream {
    async fn open(server: &Server, uri: &str, resume: Option<&str>) -> Self {
        let mut request = request("GET", uri, "viewer");
        if let Some(id) = resume {
            request = request.header("last-event-id", id);
        }
        let response = server
            .open(request.body(Full::default()).expect("valid"))
            .await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            body: response.into_body(),
            text: String::new(),
        }
    }

    /// The next block up to its blank line; none when the stream has ended.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Some(block);
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame())
                .await
                .expect("in time")?;
            let bytes = frame.ok()?.into_data().expect("data");
            self.text
                .push_str(std::str::from_utf8(&bytes).expect("text"));
        }
    }

    async fn expect(&mut self, part: &str) -> String {
        let block = self.next().await.expect("an event");
        assert!(block.contains(part), "{block}");
        block
    }
}

#[tokio::test]
async fn a_stream_begins_now_and_shows_what_is_committed_then() {
    let server = Server::start().await;
    server.world.data().events = vec![event(1, "a"), event(2, "a")];
    let mut stream = Stream::open(&server, "/v1/events", None).await;
    insta::assert_snapshot!(stream.expect("ready").await, @r#"
    retry: 3000
    event: ready
    id: 2
    data: {"newest":2}
    "#);
    server.world.data().events.push(event(3, "a"));
    server
        .outcomes
        .send(Outcome::AlertEvents { newest: 3 })
        .expect("heard");
    insta::assert_snapshot!(stream.expect("alert.raised").await, @r#"
    id: 3
    event: alert.raised
    data: {"data":{"alert":"alr_3","at":"1970-01-01T00:00:00Z"},"seq":3,"type":"alert.raised","ward":"a"}
    "#);
    assert_eq!(server.reads(), ["viewer: stream alerts *"]);
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_event_that_was_seen() {
    let server = Server::start().await;
    server.world.data().events = (5..=9).map(|seq| event(seq, "a")).collect();
    let mut stream = Stream::open(&server, "/v1/events", Some("7")).await;
    stream.expect("event: ready").await;
    stream.expect("id: 8").await;
    stream.expect("id: 9").await;
    // The oldest that is kept follows directly on what was seen: nothing is lost.
    let mut stream = Stream::open(&server, "/v1/events", Some("4")).await;
    stream.expect("event: ready").await;
    stream.expect("id: 5").await;
}

#[tokio::test]
async fn a_stream_that_is_too_late_or_from_another_store_must_resync() {
    let server = Server::start().await;
    server.world.data().events = (5..=9).map(|seq| event(seq, "a")).collect();
    for seen in ["3", "10"] {
        let mut stream = Stream::open(&server, "/v1/events", Some(seen)).await;
        stream.expect("event: ready").await;
        let block = stream.expect("event: resync").await;
        assert!(block.contains("id: 9") && block.contains(r#"{"oldest":5,"newest":9}"#));
        server.world.data().events.push(event(10, "a"));
        server
            .outcomes
            .send(Outcome::AlertEvents { newest: 10 })
            .expect("heard");
        stream.expect("id: 10").await;
        server.world.data().events.pop();
    }
}

#[tokio::test]
async fn the_first_event_ever_is_no_resync() {
    let server = Server::start().await;
    let mut stream = Stream::open(&server, "/v1/events", None).await;
    stream.expect("ready").await;
    server.world.data().events.push(event(57, "a"));
    server
        .outcomes
        .send(Outcome::AlertEvents { newest: 57 })
        .expect("heard");
    stream.expect("id: 57").await;
}

#[tokio::test]
async fn a_stream_of_one_ward_shows_no_other() {
    let server = Server::start().await;
    server.world.data().events = vec![event(1, "a"), event(2, "b"), event(3, "a"), event(4, "b")];
    let mut stream = Stream::open(&server, "/v1/events?ward=b", Some("1")).await;
    stream.expect("event: ready").await;
    stream.expect("id: 2").await;
    stream.expect("id: 4").await;
}

#[tokio::test]
async fn a_receiver_that_fell_behind_reads_what_it_missed() {
    let server = Server::start().await;
    server.world.data().events = vec![event(1, "a")];
    let mut stream = Stream::open(&server, "/v1/events", None).await;
    stream.expect("ready").await;
    server.world.data().events.push(event(2, "a"));
    for _ in 0..200 {
        server.outcomes.send(Outcome::Deliveries).expect("heard");
    }
    server
        .outcomes
        .send(Outcome::AlertEvents { newest: 2 })
        .expect("heard");
    stream.expect("id: 2").await;
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_with_the_service() {
    let server = Server::start().await;
    let mut revoked = Stream::open(&server, "/v1/events", None).await;
    revoked.expect("ready").await;
    server.access.send_replace(access_of(&tokens()[1..]));
    assert_eq!(revoked.next().await, None);
    server.access.send_replace(access_of(&tokens()));
    let mut stopped = Stream::open(&server, "/v1/events", None).await;
    stopped.expect("ready").await;
    server.cancel.cancel();
    assert_eq!(stopped.next().await, None);
    tokio::time::timeout(PATIENCE, server.task)
        .await
        .expect("in time")
        .expect("no panic");
}

#[tokio::test]
async fn streams_are_bounded_and_a_closed_one_gives_its_place_back() {
    let settings = Settings {
        streams_at_once: 1,
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let stream = Stream::open(&server, "/v1/events", None).await;
    let refused = server.get("/v1/events", "viewer").await;
    assert_eq!(refused.problem(), "/problems/too-many-streams");
    drop(stream);
    let free = async {
        loop {
            let request = request("GET", "/v1/events", "viewer");
            let response = server
                .open(request.body(Full::default()).expect("valid"))
                .await;
            if response.status() == 200 {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, free)
        .await
        .expect("the place comes back");
}

#[tokio::test]
async fn a_last_event_id_that_is_none_is_refused() {
    let server = Server::start().await;
    let request = request("GET", "/v1/events", "viewer").header("last-event-id", "x");
    let reply = server
        .send(request.body(Full::default()).expect("valid"))
        .await;
    assert_eq!(reply.problem(), "/problems/invalid-parameter");
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_gets_a_comment_every_two_seconds() {
    use axum::body::Body;
    use hyper_util::service::TowerToHyperService;
    let server = Server::start().await;
    let service = TowerToHyperService::new(server.router.clone());
    let request = request("GET", "/v1/events", "viewer")
        .body(Body::empty())
        .expect("valid");
    let response = hyper::service::Service::call(&service, request)
        .await
        .expect("an answer");
    let mut body = response.into_body();
    let mut seen = Vec::new();
    let begun = tokio::time::Instant::now();
    while seen.len() < 3 {
        let frame = body.frame().await.expect("goes on").expect("no error");
        let text = String::from_utf8(frame.into_data().expect("data").to_vec()).expect("text");
        seen.push((begun.elapsed().as_secs(), text.starts_with(": keep-alive")));
    }
    assert_eq!(seen, [(0, false), (2, true), (4, true)]);
}
