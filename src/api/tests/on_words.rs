//! Pages in another language: every text in brackets, so that what is left in English
//! shows.

use super::harness::{Reply, Server, WORDS};
use super::{actions, by_ward, handover, on_accounts, on_alert, on_channels, on_devices, on_pages};
use super::{on_patient, reports, scan, sign_in};
use crate::api::{Settings, WORDS as ENGLISH};
use crate::detect::Rules;
use crate::domain::ChannelFormat;
use std::collections::BTreeSet;
use toml::Value;

/// Names that are the same in every language, and those of the harness: its roles'
/// tokens, its zone.
const NAMES: &str = "Wardlight GMT UTC Europe London viewer nurse doctor ward administrator \
                     integrator auditor";

/// The file of words with every text in brackets.
fn bracketed() -> String {
    let mut file: toml::Table = toml::from_str(ENGLISH).expect("TOML");
    for (name, value) in &mut file {
        match name.as_str() {
            "language" => *value = Value::from("en-x-brackets"),
            "dates" => bracket(value.get_mut("months").expect("months")),
            _ => bracket(value),
        }
    }
    file.to_string()
}

fn bracket(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_empty() => *text = format!("⟦{text}⟧"),
        Value::Array(all) => all.iter_mut().for_each(bracket),
        Value::Table(all) => all.iter_mut().for_each(|(_, value)| bracket(value)),
        _ => {}
    }
}

/// What a page says outside of brackets, but for `data`.
fn outside(page: &str, data: &str) -> BTreeSet<String> {
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|letter: char| !letter.is_alphabetic());
        let words = words.filter(|word| word.chars().count() > 1);
        words.map(str::to_owned).collect()
    };
    let known = words(&format!("{NAMES} {data}"));
    let mut left = String::new();
    for piece in scan::bare(page) {
        let mut depth = 0_u32;
        for letter in piece.text.chars() {
            match letter {
                '⟦' => depth += 1,
                '⟧' => depth = depth.saturating_sub(1),
                letter if depth == 0 => left.push(letter),
                _ => {}
            }
        }
        left.push(' ');
    }
    words(&left).difference(&known).cloned().collect()
}

/// What is wrong with a page.
fn faults(reply: &Reply, what: &str, data: &str) -> Vec<String> {
    let page = on_pages::text(reply);
    assert!(
        page.contains("<html lang=\"en-x-brackets\">") && page.contains('⟦'),
        "{page}"
    );
    let left = outside(&page, data).into_iter();
    let left = left.map(|word| format!("{what}: {word}"));
    // What scripts say is filled in by them.
    let lines = page.lines().filter(|line| !line.contains("data-say-"));
    let page: String = lines.collect();
    let texts = page.split('⟦').skip(1);
    let texts = texts.map(|text| text.split('⟧').next().unwrap_or_default());
    let unfilled = texts.filter(|text| text.contains('{'));
    left.chain(unfilled.map(|text| format!("{what}: {text}")))
        .collect()
}

async fn faults_of(server: &Server, role: &str, pages: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, data) in pages {
        found.extend(faults(&server.get(path, role).await, path, data));
    }
    found
}

/// Servers that are started within speak it.
async fn in_brackets(check: impl AsyncFnOnce() -> Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("words.toml");
    std::fs::write(&path, bracketed()).expect("written");
    let faults = WORDS.scope(path, check()).await;
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn pages_of_who_runs_it_say_nothing_but_what_the_file_of_words_says() {
    in_brackets(async || {
        let mut found = Vec::new();
        let server = on_accounts::with_accounts().await;
        let person = "Ann Lee ann lee";
        let pages = [
            ("/accounts", person),
            ("/accounts/ann.lee?done=changed", person),
        ];
        found.extend(faults_of(&server, "administrator", &pages).await);
        let wrong = on_pages::send_form(&server, "/accounts", "administrator", "name=x").await;
        found.extend(faults(&wrong, "no role", person));
        let made = "name=zoe&label=Zoe&role=nurse&where=all";
        let made = on_pages::send_form(&server, "/accounts", "administrator", made).await;
        found.extend(faults(&made, "made", "Ann Lee ann lee zoe"));

        let server = on_channels::failing().await;
        let data = "Ward ward slack hooks example https";
        let pages = [
            ("/channels", data),
            ("/channels/ward?done=replay&count=1", data),
        ];
        found.extend(faults_of(&server, "ward_administrator", &pages).await);

        let server = on_pages::server_with_audit().await;
        found.extend(faults_of(&server, "nurse", &[("/audit", ""), ("/rules", &rules())]).await);
        let lines = "Ann Lee Zoe acknowledge alert alr put patient label Bed read board";
        let pages = [("/audit", lines), ("/audit?author=nobody", "")];
        found.extend(faults_of(&server, "auditor", &pages).await);
        found
    })
    .await;
}

/// What rules are called and say stands in their files; thresholds have the names of
/// the configuration.
fn rules() -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(root.join("src/detect/clinical/rules")).expect("rules");
    let texts = files.map(|file| std::fs::read_to_string(file.expect("a file").path()));
    let texts: String = texts.map(|text| text.expect("a text")).collect();
    texts
        + &serde_json::to_string(&Rules::default())
            .expect("JSON")
            .replace('_', " ")
}

#[tokio::test]
async fn pages_of_the_ward_say_nothing_but_what_the_file_of_words_says() {
    in_brackets(async || {
        let mut found = Vec::new();
        let server = by_ward::two_wards().await;
        let data = "watch Bed somebody Example";
        let pages = [
            ("/devices?done=assigned&count=1", data),
            ("/devices?device=x", data),
        ];
        found.extend(faults_of(&server, "ward_administrator", &pages).await);
        let wrong =
            on_pages::send_form(&server, "/devices", "ward_administrator", "action=end").await;
        found.extend(faults(&wrong, "no assignment", data));
        let server = on_devices::with_quarantine().await;
        let data = "watch devices vitals";
        found.extend(faults_of(&server, "ward_administrator", &[("/quarantine", data)]).await);

        let server = handover::server().await;
        let pages = [
            ("/handover", "Bed oncology"),
            ("/handover?at=x", "oncology"),
        ];
        found.extend(faults_of(&server, "nurse", &pages).await);
        let server = reports::two_days().await;
        let pages = [("/burden", ""), ("/burden?from=x", "")];
        found.extend(faults_of(&server, "nurse", &pages).await);
        found
    })
    .await;
}

#[tokio::test]
async fn pages_of_patients_say_nothing_but_what_the_file_of_words_says() {
    in_brackets(async || {
        let mut found = Vec::new();
        let server = on_alert::server("open").await;
        let data = "Bed Temperature now It began Silenced by sil Step of nurses endpoint end Zoe \
                    script score min fever on treatment Cycle day oncology";
        let pages = [("/alerts/alr_1", data), ("/alerts/alr_1/explanation", data)];
        found.extend(faults_of(&server, "nurse", &pages).await);
        let wrong = on_pages::send_form(&server, "/alerts/alr_1", "nurse", "answer=assign").await;
        found.extend(faults(&wrong, "to nobody", data));
        let server = on_patient::server().await;
        let data = "Bed watch Model somebody Dr Ray frail scan fever on treatment raise at \
                    Cycle day expected nadir oncology NEWS";
        let pages = [("/patients/p-001", data), ("/patients/p-001?from=x", data)];
        found.extend(faults_of(&server, "nurse", &pages).await);
        found
    })
    .await;
}

#[test]
fn a_file_of_words_that_does_not_fit_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = |text: &str| {
        let words = folder.path().join("words.toml");
        std::fs::write(&words, text).expect("written");
        Settings {
            words,
            ..Settings::default()
        }
    };
    assert_eq!(settings(&bracketed()).problems(), [""; 0]);
    let problems = settings(&bracketed().replace("\"Sign out\"", "\"Sign off\"")).problems();
    let [problem] = &problems[..] else {
        panic!("{problems:?}");
    };
    for part in [
        "`words` names ",
        "check-config --words",
        "missing: pages.\"Sign out\"",
    ] {
        assert!(problem.contains(part), "{part}: {problem}");
    }
    let nowhere = Settings {
        words: "/nowhere/words.toml".into(),
        ..Settings::default()
    };
    assert!(nowhere.problems().concat().contains("cannot be read"));
}

#[tokio::test]
async fn who_comes_from_outside_is_spoken_to_in_the_same_language() {
    in_brackets(async || {
        let mut found = Vec::new();
        let server = sign_in::server(crate::registry::Role::Nurse).await;
        found.extend(faults_of(&server, "", &[("/sign-in", "")]).await);
        let wrong = sign_in::form("/sign-in", "name=ann.lee&password=wrong", &[]);
        found.extend(faults(&server.send(wrong).await, "wrong password", ""));
        let kept = sign_in::form("/channels/end_1", "reason=because&action=off", &[]);
        found.extend(faults(&server.send(kept).await, "kept", ""));
        let body = "name=ann.lee&password=three+random+words&kept_path=/channels/end_1&kept=reason%3Dbecause";
        let kept = sign_in::form("/sign-in", body, &[]);
        found.extend(faults(&server.send(kept).await, "not sent yet", "Ann Lee ann lee because"));
        let cookie = sign_in::session(&server).await;
        let own = sign_in::with_cookie(&server, "GET", "/password", &cookie).await;
        found.extend(faults(&own, "/password", "Ann Lee ann lee"));

        let server = actions::server(ChannelFormat::Slack, "open").await;
        for action in ["acknowledge", "snooze:30", "resolve"] {
            let page = server.get(&actions::link(action), "").await;
            let page = String::from_utf8(page.bytes.to_vec()).expect("UTF-8");
            found.extend(outside(&page, ""));
        }
        found
    })
    .await;
}
