//! "What did we know at 03:10": a course drawn at random, what the pages said on its
//! way, and the same pages asked afterwards about those moments.

use crate::service::{Service, directory};
use crate::watch::{Answer, Watch};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const PATIENTS: [&str; 3] = ["ada", "bea", "cyd"];
const MINUTE: i64 = 60_000;

/// A number after another, the same for the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// What was said at a moment.
#[derive(PartialEq, Debug)]
struct Said {
    ward: Vec<String>,
    patients: Vec<String>,
    alerts: Vec<(String, String)>,
    api: Vec<Value>,
}

struct Course {
    service: Service,
    draw: Draw,
    seq: u64,
}

/// From `from` up to before `to`.
fn part(page: &str, from: &str, to: &str) -> String {
    let begin = page.find(from).unwrap_or_else(|| panic!("{from}: {page}"));
    let rest = &page[begin..];
    rest[..rest.find(to).expect("an end")].to_owned()
}

impl Course {
    async fn page(&self, path: &str, at: Option<i64>) -> String {
        let at = at.map_or_else(String::new, |at| format!("at={at}"));
        let sign = if path.contains('?') { '&' } else { '?' };
        let (status, body) = self
            .service
            .ask(Method::GET, &format!("{path}{sign}{at}"), None)
            .await;
        assert_eq!(status, StatusCode::OK, "{path} {at}: {body}");
        let text = body["text"].as_str().expect("a page").to_owned();
        assert_eq!(text.contains("The past: what was known"), !at.is_empty());
        without_links(&text)
    }

    async fn api(&self, path: &str, at: Option<i64>) -> Value {
        let at = at.map_or_else(String::new, |at| format!("?known_at={at}"));
        let mut answer = self.service.get(&format!("{path}{at}")).await;
        // Neither is kept for every moment.
        if let Some(scores) = answer.as_object_mut() {
            scores.remove("baselines");
            scores.remove("simulated");
        }
        answer
    }

    /// Everything, of now or of then; alerts that there were then.
    async fn said(&self, alerts: &[String], at: Option<i64>) -> Said {
        let mut said = Said {
            ward: Vec::new(),
            patients: Vec::new(),
            alerts: Vec::new(),
            api: Vec::new(),
        };
        for path in [
            "/?ward=oncology",
            "/?ward=surgery&view=rows",
            "/?state=unanswered",
        ] {
            let page = self.page(path, at).await;
            said.ward
                .push(part(&page, "<p class=\"wl-counts\">", "</p>"));
            said.ward
                .push(part(&page, "id=\"tiles\">", "{end}").replace("\n\n", "\n"));
        }
        for patient in PATIENTS {
            let page = self.page(&format!("/patients/{patient}"), at).await;
            for section in ["newest", "news2"] {
                let begin = format!("aria-labelledby=\"{section}\"");
                said.patients.push(part(&page, &begin, "</section>"));
            }
            for of in ["latest", "scores"] {
                let path = format!("/v1/patients/{patient}/{of}");
                said.api.push(self.api(&path, at).await);
            }
        }
        for alert in alerts {
            let page = self.page(&format!("/alerts/{alert}"), at).await;
            let stands = part(&page, "<dl class=\"nhsuk-summary-list", "</dl>");
            let course = part(&page, "<ol class=\"wl-course\">", "</ol>");
            said.alerts.push((alert.clone(), stands + &course));
        }
        said
    }

    async fn alerts(&self, filter: &str) -> Vec<String> {
        let alerts = self.service.get(&format!("/v1/alerts{filter}")).await;
        let items = alerts["items"].as_array().expect("a list").iter();
        let ids = items.map(|alert| alert["id"].as_str().expect("an id").to_owned());
        ids.collect()
    }

    /// A message of a watch, now or late.
    async fn measure(&mut self, late: i64) {
        let which = self.draw.below(3) as usize;
        let patient = PATIENTS[which];
        let mut watch = Watch::connect(&self.service, &format!("watch-{patient}")).await;
        self.seq += 1;
        // Nobody jumps: of a jump that a late value confirms, the engine and the stored
        // qualities do not tell the same.
        let temperature = [36.8, 38.6, 37.4][which];
        let told = json!({ "session": 1, "seq": self.seq, "t": self.service.now() - late * MINUTE,
            "hr": 104 + self.draw.below(12), "rr": 19 + self.draw.below(4), "temp": temperature,
            "spo2": 92 + self.draw.below(3) });
        assert_eq!(watch.say(&told).await, Answer::Puback(0));
    }

    /// A person does something, where there is something to do.
    async fn answer(&mut self) {
        let until = self.service.now() + 15 * MINUTE;
        let (filter, what, body) = match self.draw.below(4) {
            0 => ("?handling=open", "acknowledge", json!({})),
            1 => (
                "?handling=open",
                "snooze",
                json!({ "until": until, "reason": "<i>tea</i>" }),
            ),
            2 => (
                "?handling=acknowledged",
                "resolve",
                json!({ "outcome": "seen" }),
            ),
            _ => ("", "comments", json!({ "text": "looked in" })),
        };
        if let Some(alert) = self.alerts(filter).await.first() {
            let path = format!("/v1/alerts/{alert}/{what}");
            let (status, _) = self.service.ask(Method::POST, &path, Some(body)).await;
            assert!(
                status.is_success() || status == StatusCode::CONFLICT,
                "{path}: {status}"
            );
        }
    }

    async fn order(&mut self) {
        let patient = PATIENTS[self.draw.below(3) as usize];
        let now = self.service.now();
        let (method, path, body) = match self.draw.below(3) {
            0 => {
                let ward = ["oncology", "surgery"][self.draw.below(2) as usize];
                let team = ["", "blue"][self.draw.below(2) as usize];
                let path = format!("/v1/patients/{patient}");
                (
                    Method::PUT,
                    path,
                    json!({ "ward": ward, "team": team, "oxygen": true }),
                )
            }
            1 => {
                let path = format!("/v1/patients/{patient}/monitoring/pause");
                (
                    Method::POST,
                    path,
                    json!({ "end": now + 20 * MINUTE, "reason": "a scan" }),
                )
            }
            _ => {
                let path = format!("/v1/patients/{patient}/observations");
                let values = json!({ "systolic_pressure": 95, "consciousness": "A" });
                (
                    Method::POST,
                    path,
                    json!({ "measured_at": now, "values": values }),
                )
            }
        };
        let (status, answer) = self.service.ask(method, &path, Some(body)).await;
        assert!(
            status.is_success() || status == StatusCode::CONFLICT,
            "{path}: {answer}"
        );
    }

    /// Half an hour of a watch was nobody's after all.
    async fn take_back(&self) {
        let worn = self.service.get("/v1/assignments?patient=ada").await;
        let id = &worn["items"][0]["id"];
        let end = json!({ "end": self.service.now() - 30 * MINUTE });
        self.service
            .post(&format!("/v1/assignments/{id}/end"), end)
            .await;
    }

    async fn step(&mut self) {
        match self.draw.below(10) {
            0..=3 => self.measure(0).await,
            4 | 5 => {
                let late = 2 + self.draw.below(90) as i64;
                self.measure(late).await;
            }
            6 => self.answer().await,
            7 => self.order().await,
            _ => {
                let minutes = 1 + self.draw.below(10);
                self.service.pass(minutes).await;
            }
        }
        self.service.settle().await;
    }
}

/// The page without what differs by intent: links that stay in the past, and words
/// that say that it is the past. Its end is marked.
fn without_links(page: &str) -> String {
    let mut text = page.to_owned();
    for (then, now) in [
        ("nothing known then", "never received"),
        ("Nothing was known then.", "Nothing was received yet."),
        ("Newest values then", "Newest values"),
        ("NEWS2 then", "NEWS2"),
    ] {
        text = text.replace(then, now);
    }
    while let Some(begin) = text.find("?at=") {
        let rest = &text[begin..];
        let end = begin + rest.find('"').expect("an attribute");
        text.replace_range(begin..end, "");
    }
    let aloud = "<p class=\"nhsuk-u-visually-hidden\" id=\"announcement\" aria-live=\"assertive\"";
    let body = text.split(aloud).next();
    let body = body
        .and_then(|body| body.split("</main>").next())
        .expect("a page");
    let lines: Vec<_> = body
        .trim_end()
        .trim_end_matches("</div>")
        .trim_end()
        .lines()
        .collect();
    lines.join("\n") + "{end}"
}

async fn course(seed: u64) {
    let data = directory();
    let service = Service::start(data.path(), &[]).await;
    service.enter(&PATIENTS).await;
    let ward = json!({ "label": "Surgery" });
    let (status, _) = service
        .ask(Method::PUT, "/v1/wards/surgery", Some(ward))
        .await;
    assert!(status.is_success());
    let mut course = Course {
        service,
        draw: Draw(seed),
        seq: 0,
    };
    course.service.pass(1).await;
    let mut remembered = Vec::new();
    for step in 0..60 {
        course.step().await;
        if step == 45 {
            course.take_back().await;
        }
        if step % 9 == 8 {
            let alerts = course.alerts("?limit=1000").await;
            let said = course.said(&alerts, None).await;
            remembered.push((course.service.now(), alerts, said));
            // What comes next comes later.
            course.service.pass(1).await;
        }
    }
    let later = course.service.now();
    let mut any = 0;
    for (at, alerts, said) in &remembered {
        assert_eq!(
            course.said(alerts, Some(*at)).await,
            *said,
            "seed {seed}, {}",
            later - at
        );
        any += alerts.len();
    }
    assert!(any > 0, "a course with alerts");
    course.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_of_a_moment_say_afterwards_what_they_said_at_it() {
    for seed in [1, 2, 3] {
        course(seed).await;
    }
}
