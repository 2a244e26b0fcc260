//! Real clients: mosquitto_pub, paho (Python), mqtt.js (Node).

use super::double::{Harness, Seen};
use std::process::{Command, Output};

/// Runs a command beside the listener; none, said loudly, when it is missing.
pub(super) async fn run(mut command: Command) -> Option<Output> {
    let name = command.get_program().to_owned();
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap();
    match output {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: {} is not installed", name.display());
            None
        }
        Err(error) => panic!("{} does not start: {error}", name.display()),
    }
}

fn check(output: &Output) {
    let text = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy);
    assert!(output.status.success(), "{text:?}");
}

fn stored(harness: &Harness) -> Vec<Option<u16>> {
    let seen = harness.disk.seen().into_iter();
    let vitals = |seen| match seen {
        Seen::Vitals { packet, .. } => Some(packet),
        _ => None,
    };
    seen.filter_map(vitals).collect()
}

#[tokio::test]
async fn mosquitto_pub_publishes_at_every_qos() {
    let harness = Harness::start().await;
    let port = harness.address.port().to_string();
    for version in ["mqttv311", "mqttv5"] {
        for qos in ["0", "1", "2"] {
            let before = stored(&harness).len();
            let mut command = Command::new("mosquitto_pub");
            command.args(["-h", "127.0.0.1", "-p", &port, "-V", version, "-q", qos]);
            command.args(["-i", "w1", "-u", "w1", "-P", "secret of w1"]);
            command.args([
                "-t",
                "wardlight/v1/w1/vitals",
                "-m",
                r#"{"hr": 70}"#,
                "--repeat",
                "20",
            ]);
            let Some(output) = run(command).await else {
                return;
            };
            check(&output);
            let all = |seen: &[Seen]| {
                let vitals = seen.iter().filter(|s| matches!(s, Seen::Vitals { .. }));
                vitals.count() == before + 20
            };
            harness.disk.until("twenty messages more", all).await;
        }
    }
    assert_eq!(
        stored(&harness).iter().flatten().count(),
        40,
        "QoS 2 ids are kept"
    );
}

#[tokio::test]
async fn mosquitto_pub_with_a_wrong_password_is_refused() {
    let harness = Harness::start().await;
    let port = harness.address.port().to_string();
    for version in ["mqttv311", "mqttv5"] {
        let mut command = Command::new("mosquitto_pub");
        command.args(["-h", "127.0.0.1", "-p", &port, "-V", version, "-q", "1"]);
        command.args(["-i", "w1", "-u", "w1", "-P", "guess", "-t", "a", "-m", "b"]);
        let Some(output) = run(command).await else {
            return;
        };
        assert!(!output.status.success());
    }
}

const PAHO: &str = r#"
import sys, threading
import paho.mqtt.client as mqtt
port, version, qos = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if hasattr(mqtt, "CallbackAPIVersion"):
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION1, client_id="w1", protocol=version)
else:
    client = mqtt.Client(client_id="w1", protocol=version)
client.username_pw_set("w1", "secret of w1")
client.will_set("wardlight/v1/w1/status", '{"online": false}', qos=1)
connected = threading.Event()
client.on_connect = lambda *a: connected.set()
client.connect("127.0.0.1", port, keepalive=60)
client.loop_start()
assert connected.wait(10)
infos = [client.publish("wardlight/v1/w1/vitals", '{"hr": %d}' % (60 + i % 40), qos=qos) for i in range(200)]
for info in infos:
    info.wait_for_publish(10)
    assert info.is_published()
client.loop_stop()
if len(sys.argv) > 4:
    client._sock_close()
else:
    client.disconnect()
"#;

fn python() -> Option<&'static str> {
    let found = ["/usr/bin/python3", "python3"].into_iter().find(|python| {
        let probe = Command::new(python)
            .args(["-c", "import paho.mqtt.client"])
            .output();
        probe.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        eprintln!("SKIPPED: python3-paho-mqtt is not installed");
    }
    found
}

#[tokio::test]
async fn paho_publishes_at_every_qos_and_its_will_works() {
    let Some(python) = python() else { return };
    for version in ["4", "5"] {
        for qos in ["0", "1", "2"] {
            let harness = Harness::start().await;
            let port = harness.address.port().to_string();
            let mut command = Command::new(python);
            command.args(["-c", PAHO, &port, version, qos]);
            check(&run(command).await.expect("python was found"));
            let all = |seen: &[Seen]| {
                seen.iter()
                    .filter(|s| matches!(s, Seen::Vitals { .. }))
                    .count()
                    == 200
            };
            harness.disk.until("two hundred messages", all).await;
            assert_eq!(harness.count("wills", ""), 0);
        }
    }
    let harness = Harness::start().await;
    let port = harness.address.port().to_string();
    let mut command = Command::new(python);
    command.args(["-c", PAHO, &port, "4", "1", "lost"]);
    check(&run(command).await.expect("python was found"));
    harness
        .until(Seen::Status {
            device: "w1".to_owned(),
            online: false,
        })
        .await;
}

const MQTT_JS: &str = r#"
const mqtt = require("mqtt");
const [port, version, qos] = process.argv.slice(1).map(Number);
const client = mqtt.connect("mqtt://127.0.0.1:" + port, {
  protocolVersion: version, clientId: "w1", username: "w1", password: "secret of w1",
  clean: false, properties: version === 5 ? { sessionExpiryInterval: 60 } : undefined,
  reconnectPeriod: 0,
});
setTimeout(() => { console.error("timed out"); process.exit(1); }, 20000);
client.on("error", (error) => { console.error(error); process.exit(1); });
client.on("connect", () => {
  let left = 200;
  for (let i = 0; i < 200; i++) {
    client.publish("wardlight/v1/w1/vitals", JSON.stringify({ hr: 60 + i % 40 }), { qos }, (error) => {
      if (error) { console.error(error); process.exit(1); }
      left -= 1;
      if (left === 0) client.end(false, () => process.exit(0));
    });
  }
});
"#;

#[tokio::test]
async fn mqtt_js_publishes_at_every_qos() {
    // Debian's modules, for a node that is not Debian's.
    let node = || {
        let mut node = Command::new("node");
        node.env("NODE_PATH", "/usr/share/nodejs");
        node
    };
    let mut probe = node();
    probe.args(["-e", "require('mqtt')"]);
    match run(probe).await {
        Some(output) if output.status.success() => {}
        _ => return eprintln!("SKIPPED: mqtt.js (Debian's node-mqtt) is not installed"),
    }
    for version in ["4", "5"] {
        for qos in ["0", "1", "2"] {
            let harness = Harness::start().await;
            let port = harness.address.port().to_string();
            let mut command = node();
            command.args(["-e", MQTT_JS, &port, version, qos]);
            check(&run(command).await.expect("node was found"));
            let all = |seen: &[Seen]| {
                seen.iter()
                    .filter(|s| matches!(s, Seen::Vitals { .. }))
                    .count()
                    == 200
            };
            harness.disk.until("two hundred messages", all).await;
        }
    }
}
