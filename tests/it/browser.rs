//! Debian's Chromium without a window, driven by chromedriver over WebDriver.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a condition on the page may take, ms.
const PATIENCE_MS: u64 = 60_000;
/// How long one page is asked for it at a stretch, ms; a script that outlives its page
/// by going elsewhere is given up after twice that.
const LOOK_MS: u64 = 2_000;

/// No window, no sandbox (tests also run as root), nothing asked of anybody.
const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser with one page, ended when dropped.
pub(crate) struct Browser {
    http: reqwest::Client,
    driver: Driver,
    profile: TempDir,
    /// Address of the session that commands go to.
    session: String,
}

/// chromedriver, ended with its browser when dropped.
struct Driver {
    process: Child,
    /// Stays open: chromedriver writes to its other end.
    said: BufReader<ChildStdout>,
    port: u16,
    session: Option<String>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A browser outlives a killed driver: it must be closed first. What
        // fails here fails after the test has its verdict.
        let _ = self.close_browser();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Driver {
    fn start(program: &Path) -> Self {
        let mut process = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut driver = Self {
            said: BufReader::new(process.stdout.take().expect("piped")),
            process,
            port: 0,
            session: None,
        };
        driver.port = driver.announced_port();
        driver
    }

    fn announced_port(&mut self) -> u16 {
        for line in self.said.by_ref().lines() {
            let line = line.expect("it speaks");
            if let Some((_, port)) = line.rsplit_once("successfully on port ") {
                return port.trim_end_matches('.').parse().expect("a port");
            }
        }
        panic!("chromedriver did not start");
    }

    /// Ends the session without the runtime, which may be gone already.
    fn close_browser(&self) -> std::io::Result<()> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "DELETE /session/{session} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\n\r\n",
            self.port
        )?;
        // It answers when the browser is gone, and keeps the connection all the same: waiting
        // for its end would take the whole time-out.
        let (mut answer, mut part) = (Vec::new(), [0; 1024]);
        while !answer.ends_with(b"}") {
            match stream.read(&mut part)? {
                0 => break,
                length => answer.extend(&part[..length]),
            }
        }
        Ok(())
    }
}

fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: {program} is not installed");
    }
    found
}

impl Browser {
    /// A browser with an empty profile; none, said loudly, where it is missing.
    pub(crate) async fn start() -> Option<Self> {
        let (chromium, chromedriver) = (installed("chromium")?, installed("chromedriver")?);
        let driver = Driver::start(&chromedriver);
        // The HTTP client wants one, though nothing here is encrypted; the
        // service may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut browser = Self {
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(Duration::from_millis(3 * PATIENCE_MS))
                .build()
                .expect("a client"),
            session: format!("http://127.0.0.1:{}/session", driver.port),
            driver,
            profile: tempfile::tempdir().expect("a temporary directory"),
        };
        browser.open_session(&chromium).await;
        Some(browser)
    }

    async fn open_session(&mut self, chromium: &Path) {
        let mut flags = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", self.profile.path().display()));
        let wanted = json!({
            "goog:chromeOptions": { "binary": chromium, "args": flags },
            "goog:loggingPrefs": { "performance": "ALL" },
            "timeouts": { "script": 2 * LOOK_MS, "pageLoad": PATIENCE_MS },
        });
        let body = json!({ "capabilities": { "alwaysMatch": wanted } });
        let opened = self.call("", body).await;
        let id = opened["sessionId"].as_str().expect("a session");
        self.session = format!("{}/{id}", self.session);
        self.driver.session = Some(id.to_owned());
    }

    /// One WebDriver command of this session.
    async fn call(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_call(path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer["value"].clone()
    }

    /// The same where a refusal is an answer, too.
    async fn try_call(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self
            .http
            .request(Method::POST, format!("{}{path}", self.session));
        let answer = request.body(body.to_string()).send().await;
        let answer = answer.expect("chromedriver answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).expect("JSON"))
    }

    /// A command of Chromium's own protocol.
    pub(crate) async fn chromium(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.call("/goog/cdp/execute", body).await;
    }

    /// The size of the page, as on a screen of that size.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
        });
        self.chromium("Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    /// Runs this before any script of the pages that are opened from now on.
    pub(crate) async fn before_every_page(&self, script: &str) {
        let source = json!({ "source": script });
        self.chromium("Page.addScriptToEvaluateOnNewDocument", source)
            .await;
    }

    pub(crate) async fn open(&self, url: &str) {
        self.call("/url", json!({ "url": url })).await;
    }

    /// What the body of a function of JavaScript returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let body = json!({ "script": script, "args": [] });
        self.call("/execute/sync", body).await
    }

    /// Waits in the page until the function returns something true. The page may go
    /// elsewhere meanwhile: then the next one is asked.
    pub(crate) async fn until(&self, script: &str) -> Value {
        let waiting = format!(
            "const done = arguments[arguments.length - 1];
             const end = Date.now() + {LOOK_MS};
             const condition = () => {{ {script} }};
             const look = () => {{
               const found = condition();
               if (found) done([found]);
               else if (Date.now() > end) done([null, document.body.innerText]);
               else setTimeout(look, 50);
             }};
             look();"
        );
        let end = Instant::now() + Duration::from_millis(PATIENCE_MS);
        loop {
            let body = json!({ "script": waiting, "args": [] });
            let (status, mut answer) = self.try_call("/execute/async", body).await;
            let found = answer["value"][0].take();
            if status == StatusCode::OK && !found.is_null() {
                return found;
            }
            assert!(Instant::now() < end, "never: {script}\nThe page: {answer}");
        }
    }

    /// Addresses on the network that were asked for since the last time.
    pub(crate) async fn asked_for(&self) -> Vec<String> {
        let log = self.call("/se/log", json!({ "type": "performance" })).await;
        let entries = log.as_array().expect("a list").iter();
        let messages = entries.map(|entry| {
            let text = entry["message"].as_str().expect("a text");
            serde_json::from_str::<Value>(text).expect("JSON")["message"].take()
        });
        messages
            .filter(|message| message["method"] == "Network.requestWillBeSent")
            .map(|message| {
                let url = message["params"]["request"]["url"].as_str();
                url.expect("an address").to_owned()
            })
            // Not what the browser brings along itself.
            .filter(|url| url.starts_with("http") || url.starts_with("ws"))
            .collect()
    }
}
