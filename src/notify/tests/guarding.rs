//! What the guard lets pass, at registration and at connect.

use super::world::{World, status};
use crate::notify::{AddressGuard, Lookup, Settings, SystemLookup, UrlError};
use futures::future::BoxFuture;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Gives one answer after the other, then the last again.
struct Scripted {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl Scripted {
    fn new(answers: Vec<Vec<&'static str>>) -> Arc<Self> {
        let asked = AtomicUsize::new(0);
        Arc::new(Self { answers, asked })
    }
}

impl Lookup for Scripted {
    fn lookup<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = &self.answers[turn.min(self.answers.len() - 1)];
        let addresses = answer.iter().map(|a| a.parse().unwrap()).collect();
        Box::pin(async move { Ok(addresses) })
    }
}

fn guard(allowed: &[&str], lookup: Arc<dyn Lookup>) -> AddressGuard {
    let settings = Settings {
        dangerous_allow_private_hosts: allowed.iter().map(|h| (*h).to_owned()).collect(),
        ..Settings::default()
    };
    assert_eq!(settings.problems(), Vec::<String>::new());
    AddressGuard::new(&settings, lookup)
}

#[tokio::test]
async fn urls_that_lead_inside_or_disguise_their_host_are_refused() {
    let guard = guard(&[], Arc::new(SystemLookup));
    for (url, refused_as) in [
        ("http://2130706433/", "NotHttps"),
        ("https://2130706433/", "Private"),
        ("https://0x7f.1/", "Private"),
        ("https://0177.0.0.1/", "Private"),
        ("https://127.1/", "Private"),
        ("https://0/", "Private"),
        ("https://[::1]/", "Private"),
        ("https://[::]/", "Private"),
        ("https://[::ffff:127.0.0.1]/", "Private"),
        ("https://[::ffff:7f00:1]/", "Private"),
        ("https://[64:ff9b::a00:1]/", "Private"),
        ("https://[fd00::1]:8443/", "Private"),
        ("https://169.254.169.254/latest/meta-data/", "Private"),
        ("https://１２７.0.0.1/", "Private"),
        ("https://localhost/", "Private"),
        ("https://8.8.8.8@127.0.0.1/", "UserInfo"),
        ("https://user:password@8.8.8.8/", "UserInfo"),
        ("https://8.8.8.8:443@[::1]/", "UserInfo"),
        ("http://8.8.8.8/", "NotHttps"),
        ("ftp://8.8.8.8/", "NotHttps"),
        ("file:///etc/passwd", "NoHost"),
        ("https://", "Malformed"),
        ("8.8.8.8/hook", "Malformed"),
        ("", "Malformed"),
    ] {
        let refused = guard.check(url).await.expect_err(url);
        assert!(
            format!("{refused:?}").starts_with(refused_as),
            "{url}: {refused:?}"
        );
    }
    let long = format!("https://8.8.8.8/{}", "a".repeat(2_100));
    assert!(matches!(
        guard.check(&long).await,
        Err(UrlError::Length { .. })
    ));
    for url in [
        "https://8.8.8.8/hook",
        "https://[2606:4700::1111]:8443/a?b=c",
    ] {
        assert!(guard.check(url).await.is_ok(), "{url}");
    }
}

#[tokio::test]
async fn a_host_allowed_by_name_may_be_private_and_plain_at_its_port_only() {
    let lookup = Scripted::new(vec![vec!["10.0.0.5"]]);
    let guard = guard(
        &["receiver.local:8080", "127.0.0.1:9000", "[::1]:9000"],
        lookup,
    );
    for url in [
        "http://receiver.local:8080/hook",
        "http://RECEIVER.local:8080/hook",
        "https://receiver.local:8080/hook",
        "http://127.0.0.1:9000/",
        "http://2130706433:9000/",
        "http://[::1]:9000/",
    ] {
        assert!(guard.check(url).await.is_ok(), "{url}");
    }
    for url in [
        "http://receiver.local/hook",
        "http://receiver.local:8081/hook",
        "https://receiver.local/hook",
        "http://receiver.local:8080@evil.example/",
        "http://receiver.local.evil.example:8080/",
        "https://127.0.0.1:9001/",
        "https://127.0.0.2:9000/",
    ] {
        assert!(guard.check(url).await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn one_private_address_among_public_ones_refuses_the_name() {
    let mixed = Scripted::new(vec![vec!["8.8.8.8", "10.0.0.1"]]);
    let refused = guard(&[], mixed).check("https://mixed.example/").await;
    assert!(matches!(refused, Err(UrlError::Private)));
    let nothing = Scripted::new(vec![vec![]]);
    let refused = guard(&[], nothing).check("https://nothing.example/").await;
    assert!(matches!(refused, Err(UrlError::Unresolved(_))));
}

#[tokio::test]
async fn a_name_that_moves_inside_after_registration_is_refused_at_connect() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    let rebinding = Scripted::new(vec![vec!["8.8.8.8"], vec!["127.0.0.1"]]);
    let url = format!("https://rebinding.example:{}/", world.address.port());
    let lookup: Arc<dyn Lookup> = Arc::<Scripted>::clone(&rebinding);
    let registering = guard(&[], lookup);
    assert!(registering.check(&url).await.is_ok());

    world.register_at("moved", &url);
    world.deliver("moved", "dlv_1");
    world.start_with(Settings::default(), Arc::<Scripted>::clone(&rebinding));
    world
        .shared
        .until("a report", |facts| !facts.reports.is_empty())
        .await;
    world.shared.with(|facts| {
        assert_eq!(facts.reports[0].error, Some("address_refused"));
        assert_eq!(facts.reports[0].status, None);
        assert_eq!(facts.got.len(), 0);
    });
}

#[tokio::test]
async fn a_private_address_literal_is_refused_before_it_is_dialled() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    let url = format!("https://127.0.0.1:{}/", world.address.port());
    world.register_at("inside", &url);
    world.deliver("inside", "dlv_1");
    world.start(Settings::default());
    world
        .shared
        .until("a report", |facts| !facts.reports.is_empty())
        .await;
    let error = world.shared.with(|facts| facts.reports[0].error);
    assert_eq!(error, Some("address_refused"));
}

#[tokio::test]
async fn a_name_without_address_is_reported_as_such() {
    let mut world = World::new(Box::new(|_, _| status(200))).await;
    world.register_at("nowhere", "https://nowhere.example/");
    world.deliver("nowhere", "dlv_1");
    world.start_with(Settings::default(), Scripted::new(vec![vec![]]));
    world
        .shared
        .until("a report", |facts| !facts.reports.is_empty())
        .await;
    let error = world.shared.with(|facts| facts.reports[0].error);
    assert_eq!(error, Some("name_not_resolved"));
}
