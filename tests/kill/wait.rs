//! Waiting for conditions, each with a deadline and words.

use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;
use wardlight::runtime::Clock;

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Now, epoch ms.
pub(crate) fn now_ms() -> i64 {
    Clock::real().wall().epoch_ms()
}

/// Looks until it is so.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    assert!(within(PATIENCE, &mut is_so).await, "never so: {what}");
}

/// Looks until it is so or time is up; says whether it was.
pub(crate) async fn within(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    while !is_so() {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    true
}

/// Looks all the time, for what is over in a millisecond.
pub(crate) async fn at_once(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "never so: {what}");
        tokio::task::yield_now().await;
    }
}

/// Asks until there is an answer.
pub(crate) async fn answered<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut ask: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "no answer: {what}");
        tokio::time::sleep(LOOK_EVERY * 5).await;
    }
}

/// A port nobody uses now.
pub(crate) fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("bound").port()
}
