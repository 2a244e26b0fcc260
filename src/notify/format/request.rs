//! What is sent, and by whose rules.

use super::notice::Notice;
use super::{Mail, cloudevents, email, ntfy, pagerduty, slack, standard, teams};
use crate::domain::{ChannelFormat, OrderWay};
use crate::notify::action_links::ActionLink;
use crate::notify::chart_links::Chart;
use crate::registry::Endpoint;

/// One request, ready but for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::notify) enum Request {
    /// A POST.
    Http(HttpRequest),
    /// A mail.
    Mail(Mail),
}

/// A POST.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::notify) struct HttpRequest {
    pub(in crate::notify) url: String,
    pub(in crate::notify) content_type: &'static str,
    /// `Authorization`, where the receiver wants it.
    pub(in crate::notify) authorization: Option<String>,
    pub(in crate::notify) body: Vec<u8>,
}

impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpRequest(…)")
    }
}

impl HttpRequest {
    pub(super) fn json(url: &str, body: &serde_json::Value) -> Self {
        Self {
            url: url.to_owned(),
            content_type: "application/json",
            authorization: None,
            body: body.to_string().into_bytes(),
        }
    }
}

/// A delivery to be put into form.
#[derive(Clone, Copy)]
pub(in crate::notify) struct Told<'a> {
    /// The `webhook-id`.
    pub(in crate::notify) id: &'a str,
    /// What the engine stored.
    pub(in crate::notify) document: &'a [u8],
    /// When this attempt is made on the clinical clock, epoch seconds: from then
    /// on links live.
    pub(in crate::notify) now: i64,
    /// Where the live page answers, without a slash at its end.
    pub(in crate::notify) public_url: Option<&'a str>,
    /// Who the mail is from.
    pub(in crate::notify) from: Option<&'a str>,
    /// Signs links to charts.
    pub(in crate::notify) charts: Option<&'a crate::notify::ChartLinks>,
    /// Signs links by which its reader answers.
    pub(in crate::notify) actions: Option<&'a crate::notify::ActionLinks>,
}

impl Told<'_> {
    /// The picture that belongs to it.
    pub(super) fn chart(&self) -> Option<Chart> {
        self.charts?.link(self.public_url?, self.document, self.now)
    }

    /// How its reader answers: nowhere unless the endpoint allows it and people
    /// read it.
    pub(super) fn action_links(&self, endpoint: &Endpoint) -> Vec<ActionLink> {
        let channel = &endpoint.channel;
        let allowed = channel.actions && channel.format.answers_by() == Some(OrderWay::Link);
        match (self.actions.filter(|_| allowed), self.public_url) {
            (Some(actions), Some(url)) => actions.links(url, &endpoint.id, self.document, self.now),
            _ => Vec::new(),
        }
    }
}

/// Why a delivery cannot be put into form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::notify) enum FormatError {
    /// What was stored is not one of our documents.
    #[error("the stored document cannot be read")]
    Document,
    /// The endpoint lacks what its format needs.
    #[error("the endpoint is not fit for its format")]
    Endpoint,
    /// There is no SMTP server.
    #[error("no SMTP server is configured")]
    NoMail,
}

/// Puts a delivery into the form of its endpoint.
///
/// # Errors
/// [`FormatError`] when the document or the endpoint is not fit for it.
pub(in crate::notify) fn render(
    endpoint: &Endpoint,
    told: Told<'_>,
) -> Result<Request, FormatError> {
    if endpoint.channel.format == ChannelFormat::Standard {
        return standard::thin(endpoint, told).map(Request::Http);
    }
    let notice: Notice =
        serde_json::from_slice(told.document).map_err(|_| FormatError::Document)?;
    let http = match endpoint.channel.format {
        ChannelFormat::Standard => standard::thin(endpoint, told),
        ChannelFormat::StandardFull => standard::full(endpoint, told, &notice),
        ChannelFormat::Cloudevents => cloudevents::request(endpoint, told),
        ChannelFormat::Slack => Ok(slack::request(endpoint, told, &notice)),
        ChannelFormat::Teams => Ok(teams::request(endpoint, told, &notice)),
        ChannelFormat::Pagerduty => pagerduty::request(endpoint, told, &notice),
        ChannelFormat::Ntfy => ntfy::request(endpoint, told, &notice),
        ChannelFormat::Email => return email::mail(endpoint, told, &notice).map(Request::Mail),
    };
    http.map(Request::Http)
}
