use super::*;
use std::io::Read;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// What the scripted server got: request line, authorisation, lines.
#[derive(Debug, Clone, Default, PartialEq)]
struct Got {
    request: String,
    token: String,
    lines: String,
}

/// A server that answers each write with what `answer` says of its lines.
async fn serve(
    answer: impl Fn(&str, usize) -> &'static str + Send + 'static,
) -> (String, Arc<Mutex<Vec<Got>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let got = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&got);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let Some(request) = read_request(&mut stream).await else {
                continue;
            };
            let number = seen.lock().expect("ok").len();
            let said = answer(&request.lines, number);
            seen.lock().expect("ok").push(request);
            let text = format!("HTTP/1.1 {said}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(text.as_bytes()).await;
        }
    });
    (url, got)
}

async fn read_request<S: tokio::io::AsyncBufRead + Unpin>(stream: &mut S) -> Option<Got> {
    let mut got = Got::default();
    stream.read_line(&mut got.request).await.ok()?;
    let (mut length, mut gzip) = (0, false);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().expect("a length"),
            "content-encoding" => gzip = value == "gzip",
            "authorization" => value.clone_into(&mut got.token),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    if gzip {
        let mut decoder = flate2::read::GzDecoder::new(body.as_slice());
        decoder.read_to_string(&mut got.lines).expect("gzip");
    } else {
        got.lines = String::from_utf8(body).expect("text");
    }
    Some(got)
}

const GOOD: &str = "204 No Content";

#[tokio::test]
async fn lines_that_the_server_refuses_are_found_and_set_aside_and_the_others_arrive() {
    for refusal in ["422 Unprocessable Entity", "400 Bad Request"] {
        let marked = [row(7), row(60)].map(|row| row.readings[0].0.at.epoch_ms().to_string());
        let bad = marked.clone();
        let (url, got) = serve(move |lines, _| {
            let hit =
                |line: &str| line.starts_with("heart") && bad.iter().any(|b| line.ends_with(b));
            if lines.lines().any(hit) {
                refusal
            } else {
                GOOD
            }
        })
        .await;
        let mut sink = run(settings(url), &journal(100));
        for expected in &marked {
            let Input::SinkRejected { sink, line, .. } = sink.input().await else {
                panic!("a rejected line");
            };
            let line = String::from_utf8(line).expect("text");
            assert_eq!(sink, SINK_NAME);
            assert!(line.starts_with("heart_rate,") && line.trim_end().ends_with(expected));
        }
        sink.acknowledged(100).await;
        let counters = sink.handle.counters();
        assert_eq!((counters.rejected, counters.lines), (2, 198));
        let writes = got.lock().expect("ok").len();
        assert!(writes < 40, "halving needs few writes, not {writes}");
    }
}

#[tokio::test]
async fn a_busy_server_gets_the_very_same_lines_again() {
    let answers = ["500 Internal Server Error", "502 Bad Gateway", "503 Busy"];
    let (url, got) = serve(move |_, number| answers.get(number).copied().unwrap_or(GOOD)).await;
    let sink = run(settings(url), &journal(10));
    sink.acknowledged(10).await;
    let got = got.lock().expect("ok");
    assert_eq!(got.len(), 4);
    assert!(got.windows(2).all(|pair| pair[0].lines == pair[1].lines));
    assert_eq!(sink.handle.counters().failures, 3);
    assert_eq!(sink.handle.counters().rejected, 0);
}

#[tokio::test]
async fn a_point_beyond_an_old_servers_retention_is_set_aside_and_a_wrong_token_is_not_the_lines_fault()
 {
    let directory = tempfile::tempdir().expect("a directory");
    let token_file = directory.path().join("token");
    std::fs::write(&token_file, "wrong\n").expect("written");
    let (url, got) = serve(move |_, number| {
        if number == 0 {
            "401 Unauthorized"
        } else {
            GOOD
        }
    })
    .await;
    let sink = run(
        SinkSettings {
            token_file: Some(token_file.clone()),
            backoff_ms_first: 1000,
            ..settings(url)
        },
        &journal(10),
    );
    sink.health("refused", |h| h.last_error == Some("forbidden"))
        .await;
    std::fs::write(&token_file, "right\n").expect("written");
    sink.acknowledged(10).await;
    let got = got.lock().expect("ok");
    let tokens: Vec<&str> = got.iter().map(|got| got.token.as_str()).collect();
    assert_eq!(tokens, ["Token wrong", "Token right"]);
    assert!(got[0].request.contains("precision=ms") && got[0].request.contains("bucket=wardlight"));
    assert_eq!(sink.handle.counters().rejected, 0);
}

#[tokio::test]
async fn progress_is_reported_only_after_the_overlap() {
    let (url, _) = serve(|_, _| GOOD).await;
    let with_overlap = |overlap_seconds| SinkSettings {
        overlap_seconds,
        ..settings(url.clone())
    };
    let mut patient = run(with_overlap(3600), &journal(10));
    patient.acknowledged(10).await;
    assert!(patient.inbox.try_recv().is_err());
    assert_eq!(patient.handle.health.borrow().safe_seq, 0);
    let mut hasty = run(with_overlap(0), &journal(10));
    let Input::SinkProgress { sink, seq } = hasty.input().await else {
        panic!("progress");
    };
    assert_eq!((sink, seq), (SINK_NAME, 10));
}

#[tokio::test]
async fn a_sink_begins_where_its_cursor_stands() {
    let (url, got) = serve(|_, _| GOOD).await;
    let rows = Mutex::new((1..=10).map(row).collect());
    let sink = run(settings(url), &Arc::new(Journal { rows, cursor: 8 }));
    sink.acknowledged(10).await;
    let lines: usize = got
        .lock()
        .expect("ok")
        .iter()
        .map(|g| g.lines.lines().count())
        .sum();
    assert_eq!(lines, 4);
}

#[tokio::test]
async fn batches_keep_to_their_bounds() {
    let (url, got) = serve(|_, _| GOOD).await;
    let sink = run(
        SinkSettings {
            batch_lines: 30,
            batch_bytes: 4096,
            gzip: false,
            ..settings(url)
        },
        &journal(100),
    );
    sink.acknowledged(100).await;
    let got = got.lock().expect("ok");
    assert!(
        got.iter()
            .all(|g| g.lines.lines().count() <= 30 && g.lines.len() <= 4096)
    );
    assert_eq!(
        got.iter().map(|g| g.lines.lines().count()).sum::<usize>(),
        200
    );
}

#[test]
fn settings_that_cannot_work_are_named_all_at_once() {
    let wrong = SinkSettings {
        url: "http://host:8086/influx".to_owned(),
        batch_bytes: 1,
        ..SinkSettings::default()
    };
    assert_eq!(wrong.problems().len(), 2);
    let not_a_url = SinkSettings {
        url: "/3242/23".to_owned(),
        ..SinkSettings::default()
    };
    assert_eq!(not_a_url.problems().len(), 1);
    assert!(SinkSettings::default().problems().is_empty());
    assert!(!SinkSettings::default().enabled);
}
