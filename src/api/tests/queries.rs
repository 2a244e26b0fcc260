//! Every parameter of every query: what is wrong with it is said in our own words.

use super::harness::Server;
use super::readings::patient;
use serde_json::Value;

/// Words of the libraries below us, and values that must not come back.
const NOT_OURS: [&str; 8] = [
    "deserialize",
    "digit",
    "unknown field",
    "missing field",
    "duplicate field",
    "expected",
    "yesterday",
    "no%20such",
];

/// A route with a query: its address for the test, and the parameters.
struct Route {
    uri: String,
    parameters: Vec<Value>,
}

async fn routes(server: &Server) -> Vec<Route> {
    let description = server.get("/openapi.json", "").await.json();
    let paths = description["paths"].as_object().expect("paths").iter();
    let routes = paths.filter_map(|(path, item)| {
        let given = item["get"]["parameters"].as_array()?.iter();
        let parameters: Vec<Value> = given.filter(|p| p["in"] == "query").cloned().collect();
        let id = if path.contains("webhooks") {
            "end_1"
        } else {
            "p-001"
        };
        let uri = path.replace("{id}", id);
        (!parameters.is_empty()).then_some(Route { uri, parameters })
    });
    routes.collect()
}

impl Route {
    fn names(&self) -> Vec<&str> {
        let names = self.parameters.iter().map(|p| p["name"].as_str());
        names.map(|name| name.expect("named")).collect()
    }

    /// The address with what it needs beside `name`, and with `more`.
    fn with(&self, name: &str, more: &str) -> String {
        let needed = self.parameters.iter().filter(|p| p["required"] == true);
        let needed = needed.filter(|p| p["name"] != name);
        let needed = needed.map(|p| format!("{}=60&", p["name"].as_str().expect("named")));
        format!("{}?{}{more}", self.uri, needed.collect::<String>())
    }
}

/// What a parameter of this form never is.
fn wrong_values(parameter: &Value) -> &'static [&'static str] {
    let form = parameter["schema"].to_string();
    if form.contains("integer") {
        &["", "x", "0", "-1", "1.5", "99999999999999999999"]
    } else if form.contains("Moment") || form.contains("date-time") {
        &["", "yesterday", "2026-03-04T10:16:02+01:00", "1e99"]
    } else {
        &["", "no%20such", "%FF", "%2F"]
    }
}

/// The refusals of a call, after a look at their form.
async fn refusals(server: &Server, uri: &str) -> Vec<(String, String)> {
    let reply = server.get(uri, "administrator").await;
    assert_eq!(reply.status, 400, "{uri}");
    assert_eq!(reply.problem(), "/problems/invalid-parameter", "{uri}");
    let document = reply.json();
    let words = document.to_string();
    for not_ours in NOT_OURS {
        assert!(!words.contains(not_ours), "{uri}: {words}");
    }
    let errors = document["errors"].as_array();
    let text = |error: &Value, part: &str| error[part].as_str().expect("a text").to_owned();
    let errors = errors.unwrap_or_else(|| panic!("{uri}: {words}")).iter();
    errors
        .map(|error| (text(error, "parameter"), text(error, "detail")))
        .collect()
}

async fn server() -> Server {
    let server = Server::start().await;
    server.world.data().patients.push(patient(1, "p-001"));
    server
}

#[tokio::test]
async fn every_wrong_value_is_named_with_what_it_must_be() {
    let server = server().await;
    let routes = routes(&server).await;
    assert_eq!(routes.len(), 19, "routes with a query came or went");
    for route in &routes {
        for parameter in &route.parameters {
            let name = parameter["name"].as_str().expect("named");
            for value in wrong_values(parameter) {
                let uri = route.with(name, &format!("{name}={value}"));
                let refusals = refusals(&server, &uri).await;
                let [(parameter, detail)] = refusals.as_slice() else {
                    panic!("{uri}: {refusals:?}");
                };
                assert_eq!(parameter, name, "{uri}");
                let says = ["must be ", "must have ", "has 1 to 64 ", "leave it out"];
                assert!(says.iter().any(|s| detail.contains(s)), "{uri}: {detail}");
            }
        }
    }
}

#[tokio::test]
async fn a_parameter_that_is_unknown_or_given_twice_is_named_on_every_route() {
    let server = server().await;
    for route in routes(&server).await {
        let names = route.names();
        let known = format!("is not known here; known are {}", names.join(", "));
        let uri = route.with("", "surprise=1");
        let surprised = [("surprise".to_owned(), known)];
        assert_eq!(refusals(&server, &uri).await, surprised, "{uri}");
        let name = names.first().expect("it has some");
        let uri = route.with(name, &format!("{name}=1&{name}=1"));
        let again = refusals(&server, &uri).await;
        let twice = "is given more than once; give it once".to_owned();
        assert!(again.contains(&((*name).to_owned(), twice)), "{uri}");
    }
}

#[tokio::test]
async fn what_is_missing_and_all_wrong_names_are_told_at_once() {
    let server = server().await;
    let uri = "/v1/patients/p-001/readings/summaries?limit=5&form=1";
    let told = refusals(&server, uri).await;
    let known = "is not known here; known are vitals, from, until, known_at, every_seconds";
    let missing = "is missing (length of a span, 1 to 86400; 20,000 spans at most in an answer)";
    let expected = [
        ("limit", known),
        ("form", known),
        ("every_seconds", missing),
    ];
    assert_eq!(
        told,
        expected.map(|(name, detail)| (name.to_owned(), detail.to_owned()))
    );
}

#[tokio::test]
async fn names_by_the_thousand_give_an_answer_of_bounded_length() {
    let server = server().await;
    let names: String = (0..2000)
        .map(|n| format!("{}{n}=1&", "x".repeat(20)))
        .collect();
    let long = format!("{}=1&{names}", "y".repeat(3000));
    let refusals = refusals(&server, &format!("/v1/devices?{long}")).await;
    assert_eq!(refusals.len(), 16);
    assert_eq!(refusals.first().map(|(name, _)| name.len()), Some(64));
}
