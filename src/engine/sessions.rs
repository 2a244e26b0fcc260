//! Durable MQTT sessions of the listener, as far as they must survive a crash.

use super::batch::Reply;
use super::core::Core;
use super::input::{OpenExchange, SessionInput, SessionOpened};
use crate::store::Write;
use std::collections::{BTreeSet, HashMap};

/// Sessions kept, each with its open QoS 2 packet ids.
#[derive(Default)]
pub(super) struct Sessions {
    open: HashMap<Box<str>, BTreeSet<u16>>,
}

impl Sessions {
    /// The sessions a store kept.
    pub(super) fn new(stored: impl IntoIterator<Item = (Box<str>, Vec<u16>)>) -> Self {
        let open = stored
            .into_iter()
            .map(|(client, packets)| (client, packets.into_iter().collect()));
        Self {
            open: open.collect(),
        }
    }

    /// Notes an exchange as open.
    pub(super) fn open_packet(&mut self, client: &str, packet: u16) {
        if let Some(packets) = self.open.get_mut(client) {
            packets.insert(packet);
        }
    }

    fn opened(&mut self, client: &str, clean_start: bool) -> SessionOpened {
        if clean_start {
            self.open.remove(client);
        }
        let present = self.open.contains_key(client);
        let packets = self.open.entry(client.into()).or_default();
        SessionOpened {
            present,
            open_packets: packets.iter().copied().collect(),
        }
    }
}

impl Core {
    pub(super) fn on_session(&mut self, input: SessionInput) {
        match input {
            SessionInput::Open {
                client,
                clean_start,
                expiry_seconds,
                will,
                at,
                reply,
            } => {
                let opened = self.sessions.opened(&client, clean_start);
                let fresh = !opened.present;
                self.batch.write(Write::SessionOpened {
                    client,
                    fresh,
                    expiry_seconds,
                    will,
                    at,
                });
                self.batch.replies.push(Reply::Session(reply, opened));
                self.batch.urgent = true;
            }
            SessionInput::Closed {
                client,
                expiry_seconds,
                keep_will,
                at,
            } => {
                let write = Write::SessionClosed {
                    client,
                    expiry_seconds,
                    keep_will,
                    at,
                };
                self.batch.write(write);
            }
            SessionInput::WillDone { client } => {
                self.batch.write(Write::SessionWillDone { client })
            }
            SessionInput::Release(OpenExchange { client, packet }) => {
                if let Some(packets) = self.sessions.open.get_mut(&client) {
                    packets.remove(&packet);
                }
                self.batch.write(Write::PacketReleased { client, packet });
            }
            SessionInput::Expired { client } => {
                self.sessions.open.remove(&client);
                self.batch.write(Write::SessionExpired { client });
            }
        }
    }
}
