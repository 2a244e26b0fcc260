//! The printed record of a period, read back with poppler's own programs.

use super::by_ward::two_wards;
use super::harness::{Reply, Server};
use super::on_course::server;
use super::on_notes::note;
use std::path::Path;
use std::process::Command;

const PATH: &str = "/patients/p-001/record.pdf";

/// What a program of poppler-utils says of a file; none, said loudly, without it.
fn poppler(program: &str, file: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.arg(file);
    if program == "pdftotext" {
        command.args(["-layout", "-"]);
    }
    let Ok(output) = command.output() else {
        eprintln!("SKIPPED: {program} is not installed, the printed record is not read back");
        return None;
    };
    let faults = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && faults.is_empty(),
        "{program}: {faults}"
    );
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

async fn record(server: &Server, query: &str) -> Reply {
    let reply = server.get(&format!("{PATH}{query}"), "nurse").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "application/pdf");
    reply
}

/// The record's text and what is said of the file.
fn read_back(reply: &Reply) -> Option<(String, String)> {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("record.pdf");
    std::fs::write(&file, &reply.bytes).expect("is written");
    if let Some(kept) = std::env::var_os("WARDLIGHT_KEEP_RECORD") {
        std::fs::write(kept, &reply.bytes).expect("is kept");
    }
    Some((poppler("pdftotext", &file)?, poppler("pdfinfo", &file)?))
}

/// Blanks and ends of lines are the layout's.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_record_says_whose_it_is_of_when_and_who_printed_it() {
    let server = server().await;
    {
        let mut data = server.world.data();
        data.patients[0].label = "Łukasz Ünal-Ελένη, Bett 1".to_owned();
        let written = note(2, 1, 65, "Юлия: 38,5 °C – müde, SpO₂ ok\n東京 <b>bold</b>");
        data.notes.push(written);
    }
    let reply = record(&server, "?span=6h").await;
    let named = "attachment; filename=\"record-p-001.pdf\"";
    assert_eq!(reply.header("content-disposition"), named);
    assert_eq!(server.reads(), ["nurse: print patient p-001"]);
    let Some((text, info)) = read_back(&reply) else {
        return;
    };
    let text = flat(&text);
    for part in [
        "Record of Łukasz Ünal-Ελένη, Bett 1",
        "SIMULATED DATA: this is not a real patient",
        "Period 4 Mar 2026, 03:16:02 GMT to 4 Mar 2026, 09:16:02 GMT",
        "Times in Europe/London",
        "Printed by nurse",
        "Wardlight is not a certified medical device",
        "131 | 131 | 131",
        "26 | 26 | 26, late",
        "6 to 18",
        "acknowledged by Nurse Joy",
        "Юлия: 38,5 °C – müde, SpO₂ ok",
        "\u{fffd}\u{fffd} <b>bold</b>",
        "this document's font does not have",
        "<script>alert(1)</script>",
        "Page 1 of",
        "Heart rate /min",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(
        info.contains("Page size:       595.28 x 841.89 pts (A4)"),
        "{info}"
    );
    let pages = info.lines().find_map(|line| line.strip_prefix("Pages:"));
    let pages: usize = pages.expect("a count").trim().parse().expect("a number");
    assert!(text.contains(&format!("Page {pages} of {pages}")), "{text}");
    assert!(info.contains("Title:           Record of p-001"), "{info}");
}

#[tokio::test]
async fn a_record_of_nothing_is_a_record() {
    let server = server().await;
    {
        let mut data = server.world.data();
        data.points.clear();
        data.notes.clear();
        data.told.clear();
        data.assignments.clear();
        data.orders.clear();
    }
    let reply = record(&server, "?from=2026-03-01T08:00&until=2026-03-01T09:00").await;
    let Some((text, _)) = read_back(&reply) else {
        return;
    };
    let text = flat(&text);
    for part in [
        "Nothing was measured in this time.",
        "Nothing is recorded.",
        "Nobody wrote a note in this time.",
        "No watch was given to this patient.",
        "Not monitored",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn long_notes_go_on_over_pages_and_lose_nothing() {
    let server = server().await;
    let long = (0..400)
        .map(|line| format!("x{line}\n"))
        .collect::<String>();
    {
        let mut data = server.world.data();
        data.notes = (1..=20).map(|id| note(id, 1, 60, &long)).collect();
    }
    let reply = record(&server, "").await;
    let Some((text, info)) = read_back(&reply) else {
        return;
    };
    let found = text
        .split_whitespace()
        .filter(|word| *word == "x399")
        .count();
    assert_eq!(found, 20, "{info}");
}

#[tokio::test]
async fn a_record_is_for_who_may_see_the_patient() {
    let server = two_wards().await;
    for (path, token, status) in [
        (PATH, "", 303),
        (PATH, "auditor", 403),
        (PATH, "viewer", 200),
        ("/patients/p-002/record.pdf", "nurse", 404),
    ] {
        assert_eq!(
            server.get(path, token).await.status,
            status,
            "{path} {token}"
        );
    }
}
