//! The page of the rules in force.

use super::harness::Server;
use super::on_pages::text;
use std::time::Duration;

#[tokio::test]
async fn rules_are_shown_with_whose_they_are_since_when_and_every_threshold() {
    let server = Server::start().await;
    let page = text(&server.get("/rules", "nurse").await);
    for part in [
        "<h3 id=\"rule-qsofa\">qSOFA</h3>",
        "“{met} of 3 criteria hold, {possible} may”",
        "Version 1, valid from 2026-11-22. Priority: medium. By Wardlight; came with Wardlight",
        "To be looked at again by 2027-11-22.",
        "Sepsis-3: breathing 22/min or more",
        "when = &#34;met &#62;= 2&#34;",
        "Fever on cancer treatment",
        "<th scope=\"row\">high, limit</th><td>38.0</td>",
        "Source: Royal College of Physicians, NEWS2, 2017",
        "Trust in single readings",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("SIRS</h3>"), "it is switched off: {page}");
    assert!(
        !page.contains("<form method=\"post\" action=\"/rules"),
        "{page}"
    );
}

#[tokio::test]
async fn rules_are_for_who_is_signed_in() {
    let server = Server::start().await;
    assert_eq!(server.get("/rules", "").await.status, 303);
    assert_eq!(server.get("/rules", "integrator").await.status, 200);
}

#[tokio::test]
async fn a_review_that_is_overdue_is_said() {
    let server = Server::start().await;
    let two_years = Duration::from_secs(2 * 366 * 86_400);
    server.clock.advance(two_years);
    let page = text(&server.get("/rules", "nurse").await);
    assert!(page.contains("▲ Its review is overdue:"), "{page}");
}
