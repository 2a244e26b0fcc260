//! Hands mails to the configured SMTP server.

use super::EmailSettings;
use super::client::{Answer, SendError};
use super::format::Mail;
use super::taken_by::TakenBy;
use crate::telemetry::Event as _;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use std::time::{Duration, SystemTime};

/// What a mail server says when it took a mail.
const ACCEPTED: u16 = 250;

/// Why mails cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// A file cannot be read.
    #[error("failed to read {}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file lacks its two lines.
    #[error(
        "`credentials_file` must hold the user name on its first line and the password on its second"
    )]
    Credentials,
    /// TLS cannot be prepared, or the file of authorities holds no certificates.
    #[error("failed to prepare TLS for mail")]
    Tls(#[source] SmtpError),
}

/// The way to the mail server.
pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    timeout: Duration,
    taken_by: TakenBy,
}

/// What became of a mail, recipient by recipient.
#[derive(Default)]
struct Tally {
    taken: Vec<Address>,
    /// Refused for good.
    refused: usize,
    /// Why others are to be tried again.
    error: Option<SendError>,
}

impl Tally {
    fn note(&mut self, who: Vec<Address>, result: Result<(), SendError>) {
        match result {
            Ok(()) => self.taken.extend(who),
            Err(SendError::MailRefused) => self.refused += who.len(),
            Err(error) => self.error = Some(error),
        }
    }

    /// Whether the server, not a recipient, is the trouble.
    fn is_broken(&self) -> bool {
        self.error
            .is_some_and(|error| error != SendError::MailDeferred)
    }
}

impl Mailer {
    /// Prepares mails; none when no server is configured.
    pub(super) fn new(settings: &EmailSettings) -> Result<Option<Self>, MailerError> {
        let Some(server) = &settings.server else {
            return Ok(None);
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.as_str());
        let timeout = Duration::from_secs(settings.timeout_seconds.into());
        let mut builder = builder
            .port(settings.port)
            .timeout(Some(timeout))
            .tls(tls(settings, server)?);
        if let Some((user, password)) = credentials(settings)? {
            builder = builder.credentials(Credentials::new(user, password));
        }
        let transport = builder.build();
        Ok(Some(Self {
            transport,
            timeout,
            taken_by: TakenBy::default(),
        }))
    }

    /// Sends one mail to all its recipients. One whom the server refuses, for good
    /// or for now, must not keep it from the others: then each gets a mail of its
    /// own. Refused for good by some, it counts as delivered; where some are to be
    /// tried again, only they are.
    pub(super) async fn send(&self, mail: &Mail) -> Result<Answer, SendError> {
        let message = compose(mail).map_err(|()| SendError::Format)?;
        let bytes = message.formatted();
        let taken = self.taken_by.of(&mail.message_id);
        let to = message.envelope().to().iter();
        let left: Vec<_> = to.filter(|to| !taken.contains(to)).cloned().collect();
        let mut tally = Tally {
            taken,
            ..Tally::default()
        };
        let from = message.envelope().from();
        match self.hand_over(from, &left, &bytes).await {
            Err(SendError::MailRefused | SendError::MailDeferred) if left.len() > 1 => {
                for one in left {
                    let one = vec![one];
                    let result = self.hand_over(from, &one, &bytes).await;
                    tally.note(one, result);
                    if tally.is_broken() {
                        break;
                    }
                }
            }
            result => tally.note(left, result),
        }
        self.conclude(&mail.message_id, tally)
    }

    fn conclude(&self, mail: &str, tally: Tally) -> Result<Answer, SendError> {
        let Tally {
            taken,
            refused,
            error,
        } = tally;
        let some = !taken.is_empty();
        if let Some(error) = error {
            self.taken_by.remember(mail, taken);
            return Err(match error {
                SendError::MailDeferred if some => SendError::MailDeferredBySome,
                other => other,
            });
        }
        self.taken_by.forget(mail);
        if !some {
            return Err(SendError::MailRefused);
        }
        if refused > 0 {
            super::events::RecipientsRefused { count: refused }.emit();
        }
        Ok(accepted())
    }

    /// One exchange with the server. The transport bounds its steps, but not
    /// the farewell after a failed handshake.
    async fn hand_over(
        &self,
        from: Option<&Address>,
        to: &[Address],
        bytes: &[u8],
    ) -> Result<(), SendError> {
        let envelope = Envelope::new(from.cloned(), to.to_vec());
        let envelope = envelope.map_err(|_| SendError::Format)?;
        let sending = self.transport.send_raw(&envelope, bytes);
        match tokio::time::timeout(self.timeout, sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(classify(&error)),
            Err(_) => Err(SendError::Timeout),
        }
    }
}

const fn accepted() -> Answer {
    Answer {
        status: ACCEPTED,
        retry_after: None,
    }
}

fn classify(error: &SmtpError) -> SendError {
    if error.is_permanent() {
        SendError::MailRefused
    } else if error.is_transient() {
        SendError::MailDeferred
    } else if error.is_timeout() {
        SendError::Timeout
    } else if error.is_tls() {
        SendError::Tls
    } else if error.is_client() || error.is_response() {
        SendError::MailRefused
    } else {
        SendError::Connect
    }
}

fn credentials(settings: &EmailSettings) -> Result<Option<(String, String)>, MailerError> {
    let Some(path) = &settings.credentials_file else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(path).map_err(|source| MailerError::File {
        path: path.clone(),
        source,
    })?;
    let mut lines = text.lines().map(str::trim);
    match (lines.next(), lines.next()) {
        (Some(user), Some(password)) if !user.is_empty() => {
            Ok(Some((user.to_owned(), password.to_owned())))
        }
        _ => Err(MailerError::Credentials),
    }
}

fn tls(settings: &EmailSettings, server: &str) -> Result<Tls, MailerError> {
    if settings.dangerous_no_tls {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(server.to_owned());
    if let Some(path) = &settings.authorities_file {
        let pem = std::fs::read(path).map_err(|source| MailerError::File {
            path: path.clone(),
            source,
        })?;
        let certificate = Certificate::from_pem(&pem).map_err(MailerError::Tls)?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters.build_rustls().map_err(MailerError::Tls)?;
    Ok(match settings.tls {
        super::MailTls::Starttls => Tls::Required(parameters),
        super::MailTls::Implicit => Tls::Wrapper(parameters),
    })
}

/// The mail as it goes over the wire; the same bytes at every attempt but for
/// links, which live from the attempt on.
pub(super) fn compose(mail: &Mail) -> Result<Message, ()> {
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|_| ());
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(mail.date);
    let mut message = Message::builder()
        .from(mailbox(&mail.from)?)
        .subject(mail.subject.as_str())
        .message_id(Some(mail.message_id.clone()))
        .references(mail.references.clone())
        .date(date);
    for recipient in &mail.to {
        message = message.to(mailbox(recipient)?);
    }
    if mail.urgent {
        let header = |name, value: &str| HeaderValue::new(name, value.to_owned());
        message = message
            .raw_header(header(HeaderName::new_from_ascii_str("Importance"), "high"))
            .raw_header(header(HeaderName::new_from_ascii_str("X-Priority"), "1"));
    }
    // Taken from the id, for a drawn one would change with each attempt.
    let id = mail.message_id.trim_matches(['<', '>']);
    let id = id.split('@').next().unwrap_or(id);
    let parts = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("=_{id}"))
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    message.multipart(parts).map_err(|_| ())
}

fn part(media_type: ContentType, text: &str) -> SinglePart {
    SinglePart::builder()
        .header(media_type)
        .body(text.to_owned())
}

/// Whether `text` is a sender, with or without a name.
pub(super) fn is_sender(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}
