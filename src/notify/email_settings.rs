//! What of mail can be configured.

use super::mailer;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Section `[email]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailSettings {
    /// The SMTP server; none: no mail.
    pub server: Option<String>,
    /// Its port.
    pub port: u16,
    /// How TLS begins.
    pub tls: MailTls,
    /// User name and password, a line each.
    pub credentials_file: Option<PathBuf>,
    /// Who mails are from.
    pub from: Option<String>,
    /// Certificate (PEM) of an authority trusted beside the system's.
    pub authorities_file: Option<PathBuf>,
    /// For one exchange with the server.
    pub timeout_seconds: u32,
    /// Sends without TLS.
    pub dangerous_no_tls: bool,
}

/// How TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// After STARTTLS, never without.
    Starttls,
    /// At once.
    Implicit,
}

impl Default for EmailSettings {
    fn default() -> Self {
        Self {
            server: None,
            port: 587,
            tls: MailTls::Starttls,
            credentials_file: None,
            from: None,
            authorities_file: None,
            timeout_seconds: 20,
            dangerous_no_tls: false,
        }
    }
}

impl EmailSettings {
    /// What is wrong, each naming its key.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.server.is_some() && self.from.is_none() {
            problems.push("`from` is needed when `server` is given".to_owned());
        }
        if let Some(from) = self.from.as_deref().filter(|from| !mailer::is_sender(from)) {
            problems.push(format!(
                "`from` is `{from}`; write `ward@example.org` or `Name <ward@example.org>`"
            ));
        }
        if !(1..=120).contains(&self.timeout_seconds) {
            problems.push(format!(
                "`timeout_seconds` is {}; give 1 to 120",
                self.timeout_seconds
            ));
        }
        if self.dangerous_no_tls && self.credentials_file.is_some() {
            problems.push(
                "`credentials_file` needs TLS: the password would be sent in the clear".to_owned(),
            );
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_needs_a_sender_and_a_password_needs_tls() {
        assert_eq!(EmailSettings::default().problems(), Vec::<String>::new());
        let settings = EmailSettings {
            server: Some("smtp.example.org".to_owned()),
            credentials_file: Some("secret".into()),
            dangerous_no_tls: true,
            timeout_seconds: 0,
            ..EmailSettings::default()
        };
        let problems = settings.problems().join("\n");
        for key in ["from", "timeout_seconds", "credentials_file"] {
            assert!(problems.contains(&format!("`{key}`")), "{key}: {problems}");
        }
        let settings = EmailSettings {
            from: Some("nobody\r\nBcc: x@example.org".to_owned()),
            ..EmailSettings::default()
        };
        assert_eq!(settings.problems().len(), 1);
    }
}
