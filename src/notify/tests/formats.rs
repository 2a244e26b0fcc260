//! Every form of a message, kept as a file.

use crate::domain::{ChannelFormat, ClinicalTime, EndpointId};
use crate::notify::format::{FormatError, Request, Told, render};
use crate::notify::mailer::compose;
use crate::notify::{ActionLinks, ChartLinks};
use crate::registry::Endpoint;
use serde_json::{Value, json};

/// What somebody typed to make every receiver do something.
const TYPED: &str = "<!channel> **b** <script>alert(1)</script> [x](https://evil) {{DATE()}}\r\nBcc: a@evil.example & \"q\"";

/// Seven seconds after the fever, epoch seconds.
const NOW: i64 = 1_795_356_427;

fn endpoint(format: ChannelFormat) -> Endpoint {
    let mut endpoint = Endpoint {
        id: EndpointId::new("ward").unwrap(),
        url: "https://hooks.example.org/ward".to_owned(),
        label: "Ward".to_owned(),
        secrets: vec!["0123456789abcdef0123456789abcdef".to_owned()],
        event_types: Vec::new(),
        wards: Vec::new(),
        disabled: None,
        author: "test".to_owned(),
        created: ClinicalTime::from_epoch_ms(0),
        channel: Default::default(),
        trouble: None,
    };
    endpoint.channel.format = format;
    endpoint.channel.recipients = vec!["Night nurse <night@example.org>".to_owned()];
    endpoint
}

fn fever() -> Value {
    json!({
        "type": "alert.raised",
        "timestamp": "2026-11-22T14:07:00.000Z",
        "data": {
            "alert": "alr_0a1b2c3d_7_2", "href": "/v1/alerts/alr_0a1b2c3d_7_2",
            "patient": "p-0007", "ward": "oncology", "kind": "fever_on_treatment",
            "vital": null, "rule": null, "priority": "high", "condition": "active",
            "handling": "open", "raised_at": "2026-11-22T14:07:00.000Z",
            "began_at": "2026-11-22T13:55:00.000Z", "physiological": true, "simulated": true,
            "treatment": { "summary": "Day 9 of cycle 2; inside the expected nadir, days 7 to 14" },
        },
        "detail": {
            "event": 5, "author": null, "comment": null, "ended_at": null,
            "time_zone": "Europe/London",
            "evidence": {
                "rule": "fever_on_treatment", "rule_version": 1,
                "summary": "temperature 38.4 °C, on treatment",
                "values": [{
                    "vital": "body_temperature", "unit": "Cel", "value": 38.44,
                    "measured": "2026-11-22T14:05:00.000Z", "arrived": "2026-11-22T14:07:00.000Z",
                    "age_seconds": 120, "limit": 38.0, "quality": "good",
                }],
                "missing": ["systolic_pressure"], "figures": [], "chance": null,
            },
        },
    })
}

fn channel_failing() -> Value {
    json!({
        "type": "system.channel_failing",
        "timestamp": "2026-11-22T14:07:00.000Z",
        "data": {
            "channel": "end_1", "label": "Pager", "format": "pagerduty", "priority": "high",
            "since": "2026-11-22T14:04:00.000Z", "error": "timeout", "switched_off": false,
            "simulated": false, "href": "/v1/webhooks/end_1",
        },
    })
}

fn digest() -> Value {
    let member = |number: u32, priority: &str| {
        json!({
            "patient": format!("p-{number:04}"), "ward": "oncology", "priority": priority,
            "kind": "silent", "vital": "heart_rate", "rule": null,
            "alert": format!("alr_0a1b2c3d_{number}_1"), "simulated": true,
        })
    };
    let mut members: Vec<_> = (1..=12).map(|number| member(number, "low")).collect();
    members[11] = member(12, "medium");
    json!({
        "type": "alert.digest",
        "timestamp": "2026-11-22T14:07:00.000Z",
        "data": { "count": 120, "priority": "medium", "alerts": members, "simulated": true },
    })
}

fn sent(format: ChannelFormat, document: &Value) -> String {
    let charts = ChartLinks::new(b"test", 24);
    let actions = ActionLinks::new(b"test", 24, 30);
    let bytes = document.to_string().into_bytes();
    let told = Told {
        id: "msg_0a1b2c3d_42",
        document: &bytes,
        now: NOW,
        public_url: Some("https://wardlight.example.org"),
        from: Some("Wardlight <wardlight@example.org>"),
        charts: Some(&charts),
        actions: Some(&actions),
    };
    let endpoint = endpoint(format);
    let request = render(&endpoint, told).unwrap();
    assert_eq!(
        render(&endpoint, told),
        Ok(request.clone()),
        "every attempt the same"
    );
    match request {
        Request::Http(http) => {
            let body: Value = serde_json::from_slice(&http.body).unwrap();
            format!(
                "POST {}\ncontent-type: {}\nauthorization: {}\n\n{:#}",
                http.url,
                http.content_type,
                http.authorization.as_deref().unwrap_or("none"),
                body
            )
        }
        Request::Mail(mail) => String::from_utf8(compose(&mail).unwrap().formatted())
            .unwrap()
            .replace('\r', "")
            // Lines as they were before they were folded for the wire.
            .replace("=\n", ""),
    }
}

#[test]
fn every_format_is_kept_as_a_file() {
    for format in ChannelFormat::ALL {
        insta::assert_snapshot!(format!("{}_alert", format.name()), sent(format, &fever()));
        let failing = sent(format, &channel_failing());
        insta::assert_snapshot!(format!("{}_channel", format.name()), failing);
    }
    let digest = sent(ChannelFormat::Email, &digest());
    insta::assert_snapshot!("email_digest", digest);
}

#[test]
fn a_message_that_stands_for_several_names_the_most_urgent_and_counts_the_others() {
    for format in ChannelFormat::ALL
        .into_iter()
        .filter(|format| format.wants_detail() && *format != ChannelFormat::StandardFull)
    {
        let sent = sent(format, &digest());
        for part in ["120 alerts", "p-0012", "110 more", "No heart rate any more"] {
            assert!(sent.contains(part), "{format:?} without {part}: {sent}");
        }
        assert!(!sent.contains("p-0010"), "the most urgent first: {sent}");
    }
}

#[test]
fn thin_formats_hold_no_value_and_no_word_of_the_detail() {
    for format in [ChannelFormat::Standard, ChannelFormat::Cloudevents] {
        let sent = sent(format, &fever());
        assert!(!sent.contains("38.4") && !sent.contains("detail"), "{sent}");
    }
}

#[test]
fn a_label_and_a_ward_are_named_only_where_the_engine_put_them() {
    let mut told = fever();
    told["detail"]["patient_label"] = "Zoe Example".into();
    told["detail"]["ward_label"] = "Acute oncology".into();
    for format in ChannelFormat::ALL
        .into_iter()
        .filter(|format| format.wants_detail())
    {
        let (without, with) = (sent(format, &fever()), sent(format, &told));
        assert!(!without.contains("Zoe"), "{format:?}");
        assert!(
            with.contains("Zoe Example") && with.contains("Acute oncology"),
            "{with}"
        );
    }
}

#[test]
fn what_people_typed_stays_text_in_every_format() {
    let mut told = fever();
    told["type"] = "alert.commented".into();
    told["detail"]["author"] = TYPED.into();
    told["detail"]["comment"] = TYPED.into();
    told["detail"]["patient_label"] = TYPED.into();
    told["detail"]["evidence"]["summary"] = TYPED.into();
    let slack = sent(ChannelFormat::Slack, &told);
    assert!(
        !slack.contains("<!channel>") && !slack.contains("<script>"),
        "{slack}"
    );
    assert!(slack.contains("&lt;!channel&gt;"), "{slack}");
    let teams = sent(ChannelFormat::Teams, &told);
    assert!(!teams.contains("{{"), "{teams}");
    let body: Value = serde_json::from_str(teams.split_once("\n\n").unwrap().1).unwrap();
    let blocks = body["attachments"][0]["content"]["body"]
        .as_array()
        .unwrap();
    assert!(
        blocks.iter().all(|block| block["type"] != "TextBlock"),
        "no Markdown: {blocks:?}"
    );
    let mail = sent(ChannelFormat::Email, &told);
    let (head, _) = mail.split_once("\n\n").unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    let (_, html) = mail.split_once("text/html").unwrap();
    assert!(!html.contains("<script"), "{html}");
    for format in [ChannelFormat::Ntfy, ChannelFormat::Pagerduty] {
        let sent = sent(format, &told);
        assert!(!sent.contains("\\r"), "one line each: {sent}");
    }
}

#[test]
fn pagerduty_follows_how_the_alert_stands_whatever_the_event() {
    let action = |event: &str, handling: &str| {
        let mut told = fever();
        told["type"] = event.into();
        told["data"]["handling"] = handling.into();
        let sent = sent(ChannelFormat::Pagerduty, &told);
        let body: Value = serde_json::from_str(sent.split_once("\n\n").unwrap().1).unwrap();
        assert_eq!(body["dedup_key"], "alr_0a1b2c3d_7_2");
        body["event_action"].as_str().unwrap().to_owned()
    };
    assert_eq!(action("alert.raised", "open"), "trigger");
    assert_eq!(action("alert.acknowledged", "acknowledged"), "acknowledge");
    assert_eq!(action("alert.commented", "resolved"), "resolve");
    assert_eq!(action("alert.something_new", "acknowledged"), "acknowledge");
    assert_eq!(action("alert.entered_in_error", "open"), "resolve");
}

#[test]
fn what_cannot_be_put_into_form_is_refused_not_sent_half() {
    let told = |document| Told {
        id: "msg_1",
        document,
        now: NOW,
        public_url: None,
        from: None,
        charts: None,
        actions: None,
    };
    let bytes = fever().to_string().into_bytes();
    for format in ChannelFormat::ALL {
        let refused = render(&endpoint(format), told(b"not a document"));
        assert_eq!(refused, Err(FormatError::Document), "{format:?}");
    }
    let mut pager = endpoint(ChannelFormat::Pagerduty);
    pager.secrets.clear();
    assert_eq!(render(&pager, told(&bytes)), Err(FormatError::Endpoint));
    let mail = render(&endpoint(ChannelFormat::Email), told(&bytes));
    assert_eq!(mail, Err(FormatError::NoMail));
}

#[test]
fn the_least_that_may_be_stored_is_told_in_every_format() {
    for format in ChannelFormat::ALL {
        let least = json!({ "type": "alert.handed_over", "timestamp": "soon", "data": {} });
        let sent = sent(format, &least);
        assert!(sent.contains("anded"), "{sent}");
    }
}

#[test]
fn what_is_told_of_the_canary_says_what_to_do_and_is_one_matter() {
    let canary = |event: &str, data: Value| json!({ "type": event, "timestamp": "2026-11-22T14:07:00.000Z", "data": data });
    let late = || canary("system.canary_late", json!({ "label": "Round trip" }));
    let unrecorded = canary("system.canary_late", json!({ "recorded": false }));
    let off = canary("system.canary_switched_off", json!({}));
    for format in [ChannelFormat::Slack, ChannelFormat::Email] {
        let words = [
            (late(), "did not become a message in time"),
            (unrecorded.clone(), "can store nothing"),
            (off.clone(), "no longer tested"),
        ];
        for (document, words) in words {
            let sent = sent(format, &document);
            assert!(sent.contains(words), "{format:?}: {sent}");
        }
    }
    for (document, action) in [
        (late(), "trigger"),
        (unrecorded, "trigger"),
        (off, "resolve"),
    ] {
        let sent = sent(ChannelFormat::Pagerduty, &document);
        assert!(sent.contains("wardlight-canary"), "{sent}");
        assert!(sent.contains(action), "{sent}");
    }
}

/// What of a message leads to an answer.
fn action_links(format: ChannelFormat, document: &Value, allowed: bool, public: bool) -> usize {
    let actions = ActionLinks::new(b"test", 24, 30);
    let bytes = document.to_string().into_bytes();
    let told = Told {
        id: "msg_0a1b2c3d_42",
        document: &bytes,
        now: NOW,
        public_url: public.then_some("https://wardlight.example.org"),
        from: Some("Wardlight <wardlight@example.org>"),
        charts: None,
        actions: Some(&actions),
    };
    let mut endpoint = endpoint(format);
    endpoint.channel.actions = allowed;
    let text = match render(&endpoint, told).unwrap() {
        Request::Http(http) => String::from_utf8(http.body).unwrap(),
        Request::Mail(mail) => {
            let links = |text: &str| text.matches("/actions/").count();
            assert_eq!(links(&mail.text), links(&mail.html));
            mail.text
        }
    };
    text.matches("https://wardlight.example.org/actions/")
        .count()
}

#[test]
fn messages_that_people_read_hold_links_to_answer_where_the_endpoint_allows_it() {
    for format in ChannelFormat::ALL {
        let read = matches!(
            format,
            ChannelFormat::Slack
                | ChannelFormat::Teams
                | ChannelFormat::Ntfy
                | ChannelFormat::Email
        );
        let links =
            |document: &Value, allowed, public| action_links(format, document, allowed, public);
        assert_eq!(
            links(&fever(), true, true),
            if read { 3 } else { 0 },
            "{format:?}"
        );
        assert_eq!(
            links(&fever(), false, true),
            0,
            "{format:?}: off by default"
        );
        assert_eq!(links(&fever(), true, false), 0, "{format:?}: nowhere to go");
        assert_eq!(links(&channel_failing(), true, true), 0, "{format:?}");
        assert_eq!(links(&digest(), true, true), 0, "{format:?}");
    }
}

#[test]
fn a_button_says_what_it_does() {
    let mut endpoint = endpoint(ChannelFormat::Ntfy);
    endpoint.channel.actions = true;
    let actions = ActionLinks::new(b"test", 24, 30);
    let bytes = fever().to_string().into_bytes();
    let told = Told {
        id: "msg_1",
        document: &bytes,
        now: NOW,
        public_url: Some("https://w.example"),
        from: None,
        charts: None,
        actions: Some(&actions),
    };
    let Ok(Request::Http(http)) = render(&endpoint, told) else {
        panic!("ntfy is HTTP");
    };
    let body: Value = serde_json::from_slice(&http.body).unwrap();
    let labels: Vec<_> = body["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["label"])
        .collect();
    assert_eq!(labels, ["Acknowledge", "Snooze 30 min", "Resolve"]);
    assert!(
        body["actions"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["action"] == "view")
    );
}
