use super::harness::Server;
use super::readings::{patient, point};
use super::world::NOW;
use crate::domain::*;
use crate::store::*;
use serde_json::json;

#[tokio::test(flavor="multi_thread")]
async fn show() {
    if std::env::var("LOOK").is_err() { return; }
    let server = Server::start().await;
    {
        let mut data = server.world.data();
        let mut n = 0u64;
        for i in 1..=12u32 {
            let mut p = patient(i, &format!("p-{i:03}"));
            p.label = format!("Patient {i}");
            p.context.expected.push(ExpectedVital{vital: Vital::HeartRate, every_seconds: 5});
            p.context.expected.push(ExpectedVital{vital: Vital::RespiratoryRate, every_seconds: 60});
            if i == 5 { p.context.pauses.push(Pause{start: NOW.plus_ms(-1000), end: NOW.plus_ms(7200_000), reason: "scan".into()}); }
            if i == 6 { p.context.monitoring.clear(); }
            data.patients.push(p);
            let late = if i == 3 { 4000 } else { 3 };
            let mk = |v, s, x| { let mut q = point(v, s, x); q.device = DeviceNumber(i); q };
            if i != 9 {
                data.points.push(mk(Vital::HeartRate, late, 70.0 + f64::from(i)*3.0));
                if i != 4 { data.points.push(mk(Vital::RespiratoryRate, late + 20, 14.0 + f64::from(i % 5))); }
                data.points.push(mk(Vital::OxygenSaturation, late + 40, 99.0 - f64::from(i % 4)));
                data.points.push(mk(Vital::BodyTemperature, 5400, if i == 1 { 38.6 } else { 36.7 }));
                data.points.push(mk(Vital::SkinTemperature, late + 10, 33.1));
                data.points.push(mk(Vital::Worn, late, if i == 7 {0.0} else {1.0}));
                data.points.push(mk(Vital::BatteryLevel, late + 100, 80.0 - f64::from(i)));
            }
            if i < 3 {
                data.points.push(mk(Vital::SystolicPressure, 500, 104.0));
                data.points.push(mk(Vital::DiastolicPressure, 500, 62.0));
                data.points.push(mk(Vital::Consciousness, 500, 0.0));
            }
        }
        data.scores = Some(json!({"news2": {"lower": 2, "upper": 5, "missing": ["consciousness"]}}));
        let mut alert = |p: u32, kind: serde_json::Value, prio: &'static str, handling: &'static str, cond: &str, began: i64| {
            n += 1;
            let mut doc = json!({"priority": prio, "handling": handling, "condition": cond, "began_at": NOW.epoch_ms() - began*1000, "raised_at": NOW.epoch_ms() - began*1000 + 65_000});
            doc.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
            let view = AlertView { id: AlertId::new(&format!("alr_{n}")).unwrap(), patient: PatientId::new(&format!("p-{p:03}")).unwrap(), newest_event: n, document: doc.to_string() };
            (view, handling, prio)
        };
        let list = vec![
            alert(1, json!({"kind":"fever_on_treatment"}), "high", "open", "active", 840),
            alert(2, json!({"kind":"news2"}), "high", "acknowledged", "ended", 8000),
            alert(10, json!({"kind":"baseline_deviation","vital":"heart_rate"}), "medium", "open", "active", 3000),
            alert(3, json!({"kind":"silent","vital":"heart_rate"}), "medium", "open", "active", 4000),
            alert(7, json!({"kind":"not_worn"}), "low", "open", "active", 1200),
            alert(4, json!({"kind":"never_heard","vital":"respiratory_rate"}), "low", "acknowledged", "active", 90000),
        ];
        data.alerts = list;
    }
    eprintln!("LOOK at http://{}/", server.address);
    std::fs::write("/tmp/look-address", server.address.to_string()).unwrap();
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        server.clock.advance(std::time::Duration::from_millis(250));
    }
}
