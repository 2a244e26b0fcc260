//! Enters wards, patients, watches and the receiver, through the API.

use crate::api::Api;
use crate::plan::{Plan, WANDERING, Way};
use crate::receiver::Receiver;
use futures::StreamExt;
use futures::stream;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use wardlight::engine::rfc3339;

/// Requests at once.
const AT_ONCE: usize = 16;
const HOUR_MS: i64 = 3_600_000;

/// Ports of a run.
pub(crate) struct Ports {
    pub(crate) api: u16,
    pub(crate) mqtt: u16,
}

/// The service's configuration: what differs from the defaults.
pub(crate) fn configuration(plan: &Plan, directory: &Path, ports: &Ports, receiver: u16) -> String {
    let way = match plan.way {
        Way::Broker => format!(
            "[mqtt.listener]\nenabled = false\n[mqtt.subscriber]\nenabled = true\n\
             host = \"127.0.0.1\"\nport = {}\nusername = \"wardlight\"\npassword = \"{}\"\n",
            ports.mqtt,
            password("wardlight")
        ),
        Way::Listener => format!("[mqtt.listener]\naddress = \"127.0.0.1:{}\"\n", ports.mqtt),
    };
    // Roll-up and snapshots come more often than as shipped, so that kills hit them too.
    format!(
        "[service]\ndata_dir = \"{}\"\n[api]\nlisten = \"127.0.0.1:{}\"\n\
         [engine]\nfold_rows_max = 5000\n[store]\nrollup_rows_min = 256\n\
         [webhooks]\ndangerous_allow_private_hosts = [\"127.0.0.1:{receiver}\"]\n{way}",
        directory.join("data").display(),
        ports.api,
    )
}

/// A broker's password of a name.
pub(crate) fn password(name: &str) -> String {
    format!("secret-of-{name}")
}

/// Every device with the patients that wear it, the first one first.
pub(crate) fn devices(plan: &Plan) -> Vec<(String, Vec<String>)> {
    let load = (0..plan.devices).map(|number| {
        let first = format!("load-patient-{number}");
        let mut wearers = vec![first.clone()];
        if number < WANDERING {
            wearers.push(format!("{first}-other"));
        }
        (Plan::device(number), wearers)
    });
    let episodes = (0..plan.episodes_max()).map(|number| {
        let patient = format!("fever-patient-{number}");
        (Plan::episode_device(number), vec![patient])
    });
    load.chain(episodes).collect()
}

/// Names and passwords for the broker.
pub(crate) fn broker_names(plan: &Plan) -> Vec<(String, String)> {
    let devices = devices(plan).into_iter().map(|(device, _)| device);
    std::iter::once("wardlight".to_owned())
        .chain(devices)
        .map(|name| (name.clone(), password(&name)))
        .collect()
}

/// Enters everything; gives the webhook's id and the passwords by device.
pub(crate) async fn enter(
    plan: &Plan,
    api: &Api,
    receiver: &Receiver,
) -> (String, BTreeMap<String, String>) {
    let ward = json!({ "label": "Ward of the test" });
    api.change("PUT", "/v1/wards/w", &ward).await;
    let hook = json!({
        "url": format!("http://127.0.0.1:{}/hook", receiver.port),
        "label": "receiver",
        "secret": receiver.secret,
    });
    let hook = api.change("POST", "/v1/webhooks", &hook).await;
    let made = stream::iter(devices(plan))
        .map(|(device, wearers)| enter_device(plan, api, device, wearers))
        .buffer_unordered(AT_ONCE);
    (text_of(&hook, "id"), made.collect().await)
}

async fn enter_device(
    plan: &Plan,
    api: &Api,
    device: String,
    wearers: Vec<String>,
) -> (String, String) {
    let start = rfc3339(plan.start_ms - HOUR_MS);
    for patient in &wearers {
        let path = format!("/v1/patients/{patient}");
        api.change("PUT", &path, &json!({ "label": patient, "ward": "w" }))
            .await;
        let path = format!("{path}/monitoring/start");
        api.change("POST", &path, &json!({ "start": start })).await;
    }
    let first = wearers.first().expect("somebody wears it");
    let assignment = json!({ "device": device, "patient": first, "start": start });
    api.change("POST", "/v1/assignments", &assignment).await;
    if plan.way == Way::Broker {
        return (device.clone(), password(&device));
    }
    let path = format!("/v1/devices/{device}/credential");
    let made = api.change("POST", &path, &json!({})).await;
    (device, text_of(&made, "password"))
}

fn text_of(answer: &str, name: &str) -> String {
    let answer: Value = serde_json::from_str(answer).expect("JSON");
    let text = answer.get(name).and_then(Value::as_str);
    text.expect("it is in the answer").to_owned()
}
