//! The way back from a commit to whoever waits for it.

use std::sync::Arc;

/// Where settled deliveries go back to: one for each connection (its generation).
pub trait Settlements: Send + Sync {
    /// Called on the engine's thread after the commit, with the tokens of this
    /// connection in the order they were received. Must not block.
    fn settle(&self, tokens: &[u64]);
}

/// One MQTT delivery that waits for its commit.
///
/// Dropping it unsettled leaves the message unacknowledged, and the broker or
/// the watch sends it again.
#[must_use = "an unsettled delivery is sent again"]
pub struct Delivery {
    to: Arc<dyn Settlements>,
    token: u64,
}

impl Delivery {
    /// A delivery that goes back `to` its connection under `token` (the packet
    /// id and whatever else the connection needs).
    pub fn new(to: Arc<dyn Settlements>, token: u64) -> Self {
        Self { to, token }
    }

    /// Settles all `deliveries` in order, one call for each run of one connection.
    pub fn settle_all(deliveries: &mut Vec<Self>) {
        let mut tokens = Vec::with_capacity(deliveries.len());
        let mut run: Option<Arc<dyn Settlements>> = None;
        for delivery in deliveries.drain(..) {
            match &run {
                Some(to) if Arc::ptr_eq(to, &delivery.to) => {}
                _ => {
                    if let Some(to) = run.replace(delivery.to) {
                        to.settle(&tokens);
                        tokens.clear();
                    }
                }
            }
            tokens.push(delivery.token);
        }
        if let Some(to) = run {
            to.settle(&tokens);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Seen(Mutex<Vec<Vec<u64>>>);

    impl Settlements for Seen {
        fn settle(&self, tokens: &[u64]) {
            self.0.lock().expect("not poisoned").push(tokens.to_vec());
        }
    }

    #[test]
    fn deliveries_go_back_to_their_connection_in_the_order_received() {
        let (first, second) = (Arc::new(Seen::default()), Arc::new(Seen::default()));
        let to_first: Arc<dyn Settlements> = Arc::<Seen>::clone(&first);
        let to_second: Arc<dyn Settlements> = Arc::<Seen>::clone(&second);
        let mut waiting = vec![
            Delivery::new(Arc::clone(&to_first), 1),
            Delivery::new(Arc::clone(&to_first), 2),
            Delivery::new(Arc::clone(&to_second), 9),
            Delivery::new(Arc::clone(&to_first), 3),
        ];
        Delivery::settle_all(&mut waiting);
        assert_eq!(*first.0.lock().expect("ok"), vec![vec![1, 2], vec![3]]);
        assert_eq!(*second.0.lock().expect("ok"), vec![vec![9]]);
    }
}
