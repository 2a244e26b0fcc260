//! The demonstration's page: it makes things happen, and is nowhere else.

use super::by_ward::{FOREIGN, two_wards_on};
use super::harness::Server;
use super::on_pages::{send_form, text};
use super::on_ward::Line;
use super::world::NOW;
use crate::api::{Play, PlayRefused, Running, Stage};
use crate::domain::PatientId;
use futures::future::BoxFuture;
use std::sync::{Arc, Mutex};

const FEVER: &str = "action=play&play=fever&patient=p-001";

/// Notes what is played; everybody but p-009 is simulated.
#[derive(Default)]
struct Actors {
    played: Mutex<Vec<(Play, String)>>,
    refusal: Mutex<Option<PlayRefused>>,
}

impl Stage for Actors {
    fn running(&self, patient: &PatientId) -> Option<Vec<Running>> {
        let running = |words, from, until: Option<i64>| Running {
            words,
            from: NOW.plus_ms(from),
            until: until.map(|until| NOW.plus_ms(until)),
        };
        let all = vec![
            running("Fever", -3 * 60_000, None),
            running("Off the wrist", -60_000, Some(3_600_000)),
            running("Over", -120_000, Some(-60_000)),
            running("Low oxygen", 1_800_000, None),
        ];
        (patient.as_str() != "p-009").then_some(all)
    }

    fn play<'a>(
        &'a self,
        play: Play,
        patient: &'a PatientId,
    ) -> BoxFuture<'a, Result<(), PlayRefused>> {
        let refusal = self.refusal.lock().expect("not poisoned").take();
        let mut played = self.played.lock().expect("not poisoned");
        played.push((play, patient.as_str().to_owned()));
        Box::pin(async move { refusal.map_or(Ok(()), Err) })
    }
}

async fn demonstration() -> (Server, Arc<Actors>) {
    let actors = Arc::new(Actors::default());
    let server = Server::staged(Arc::<Actors>::clone(&actors)).await;
    (two_wards_on(server), actors)
}

#[tokio::test]
async fn where_patients_are_real_there_is_no_such_page_and_no_way_to_it() {
    let server = Server::start().await;
    assert_eq!(server.get("/demo", "administrator").await.status, 404);
    let reply = send_form(&server, "/demo", "administrator", FEVER).await;
    assert_eq!(reply.status, 404);
    let page = text(&server.get("/", "administrator").await);
    assert!(!page.contains("/demo"), "{page}");
}

#[tokio::test]
async fn the_page_says_what_happens_what_can_and_how_soon_it_is_told() {
    let (server, _) = demonstration().await;
    server.world.data().patients[0].label = "<b>Bed</b>".to_owned();
    let page = text(&server.get("/demo?patient=p-001", "nurse").await);
    for part in [
        "<strong class=\"wl-sim\">SIMULATED</strong>",
        "SIMULATED DATA: these are not real patients",
        "<a href=\"/demo\" aria-current=\"page\">Demonstration</a>",
        "1 second is 60 clinical seconds",
        "✓ 60 times",
        "<option value=\"p-001\" selected>&#60;b&#62;Bed&#60;/b&#62;",
        "● Fever since 4 Mar 09:13 GMT (3 min ago)",
        "● Off the wrist since 4 Mar 09:15 GMT",
        ", until 4 Mar 10:16 GMT",
        "Low oxygen from 4 Mar 09:46 GMT",
        "Alert “Watch is not worn” within 61 min, here 61 s.",
        "Alert “Watch sends nothing” within 16 min, here 16 s.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Over") && !page.contains("<b>Bed"), "{page}");
    assert!(FOREIGN.iter().all(|other| !page.contains(other)), "{page}");
    assert_eq!(server.reads(), ["nurse: list patients *"]);
    // Markup in the address is nobody's name.
    let page = text(
        &server
            .get("/demo?patient=%22%3E%3Cscript%3E", "nurse")
            .await,
    );
    assert!(!page.contains("<script"), "{page}");
}

#[tokio::test]
async fn a_button_makes_it_happen_is_noted_each_time_and_comes_back_with_a_word() {
    let (server, actors) = demonstration().await;
    let reply = send_form(&server, "/demo", "nurse", FEVER).await;
    let back = "/demo?patient=p-001&done=fever&count=1";
    assert_eq!((reply.status, reply.header("location")), (303, back));
    let page = text(&server.get(back, "nurse").await);
    assert!(page.contains("✓ The fever begins."), "{page}");
    send_form(&server, "/demo", "nurse", FEVER).await;
    let played = actors.played.lock().expect("not poisoned").clone();
    assert_eq!(played, vec![(Play::Fever, "p-001".to_owned()); 2]);
    let noted = server.reads();
    let plays = noted
        .iter()
        .filter(|line| *line == "nurse: simulate fever p-001");
    assert_eq!(plays.count(), 2, "{noted:?}");
}

#[tokio::test]
async fn what_cannot_happen_is_refused_in_words() {
    let (server, actors) = demonstration().await;
    let refusal = |refused| *actors.refusal.lock().expect("not poisoned") = Some(refused);
    refusal(PlayRefused::RunsAlready);
    let reply = send_form(&server, "/demo", "nurse", FEVER).await;
    assert_eq!(reply.status, 409);
    let page = text(&reply);
    assert!(
        page.contains("Not done: that happens to this patient already"),
        "{page}"
    );
    assert!(page.contains("<option value=\"p-001\" selected"), "{page}");
    refusal(PlayRefused::NoAnswer);
    assert_eq!(
        send_form(&server, "/demo", "nurse", FEVER).await.status,
        503
    );
    let before = actors.played.lock().expect("not poisoned").len();
    for (body, status) in [
        ("action=play&play=plague&patient=p-001", 422),
        ("action=play&play=fever&patient=%3Cb%3E", 404),
        // Of another ward, and nobody at all.
        ("action=play&play=fever&patient=p-002", 404),
        ("action=play&play=fever&patient=p-777", 404),
        ("action=speed&speed=0", 422),
        ("action=speed&speed=6000", 422),
    ] {
        let reply = send_form(&server, "/demo", "nurse", body).await;
        assert_eq!(reply.status, status, "{body}");
    }
    assert_eq!(actors.played.lock().expect("not poisoned").len(), before);
    // Who sees no patients sees no play either; who is not signed in is asked to.
    assert_eq!(
        send_form(&server, "/demo", "auditor", FEVER).await.status,
        403
    );
    assert_eq!(server.get("/demo", "").await.status, 303);
}

#[tokio::test]
async fn the_speed_changes_while_it_runs_and_time_goes_on_from_where_it_was() {
    let (server, _) = demonstration().await;
    for speed in [1, 600, 10] {
        let before = server.clock.clinical();
        let body = format!("action=speed&speed={speed}");
        let reply = send_form(&server, "/demo", "nurse", &body).await;
        let back = format!("/demo?done=speed&count={speed}");
        assert_eq!(
            (reply.status, reply.header("location")),
            (303, back.as_str())
        );
        assert_eq!(server.clock.scale(), f64::from(speed));
        assert!(server.clock.clinical() >= before);
        let page = text(&server.get(&back, "nurse").await);
        let many = if speed == 1 { "" } else { "s" };
        let said = format!("1 second is {speed} clinical second{many} from now on.");
        assert!(page.contains(&said), "{page}");
    }
    let noted = server.reads();
    assert!(
        noted.contains(&"nurse: set simulated speed 600".to_owned()),
        "{noted:?}"
    );
}

#[tokio::test]
async fn open_pages_take_the_new_speed_with_their_next_sign_of_life() {
    let (server, _) = demonstration().await;
    let mut line = Line::open(&server, "/live").await;
    line.until("event: ready").await;
    send_form(&server, "/demo", "nurse", "action=speed&speed=600").await;
    line.until("\"scale\":600.0}").await;
    assert!(
        line.heard.contains("event: sign\ndata: {\"at\":17"),
        "{}",
        line.heard
    );
}
