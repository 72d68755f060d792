//! What all rooms that reach a mail server say alike: how the connection is protected, the password, and whether the
//! server is this machine.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use futures::future::BoxFuture;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (RFC 8314 §3), usually port 993 (IMAP) or 465 (SMTP).
    Implicit,
    /// By STARTTLS (RFC 9051 §6.2.1, RFC 3207), usually port 143 (IMAP) or 587 (SMTP); never used without.
    StartTls,
    /// Not at all: only to this machine itself.
    None,
}

/// A password. It shows itself as dots wherever it is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The password itself, for the one who logs in with it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

/// What proves who logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A password.
    Password(Secret),
    /// An access token (RFC 6750), fresh at each login.
    Token(Tokens),
}

impl From<Secret> for Credential {
    fn from(password: Secret) -> Self {
        Self::Password(password)
    }
}

/// Where access tokens come from. Clones share it.
#[derive(Clone)]
pub struct Tokens(Arc<Give>);

/// Gives an access token that is good now, and another one than that which a server has refused.
type Give = dyn Fn(Option<Secret>) -> BoxFuture<'static, Result<Secret, NoToken>> + Send + Sync;

/// Why there is no access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoToken {
    /// Whether it helps to try again soon; else people must do something first.
    pub passing: bool,
    /// What was being done, what was found and, behind the last semicolon, what to do. Holds no secret.
    pub text: String,
}

impl Tokens {
    /// Tokens that this gives.
    pub fn new(
        give: impl Fn(Option<Secret>) -> BoxFuture<'static, Result<Secret, NoToken>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(give))
    }

    /// An access token that is good now; where a server has refused one, another.
    pub async fn give(&self, refused: Option<Secret>) -> Result<Secret, NoToken> {
        (self.0)(refused).await
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tokens")
    }
}

impl PartialEq for Tokens {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Tokens {}

/// Whether a host is this machine, as it is written: names are not looked up.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for (host, loopback) in [
            ("localhost", true),
            ("Localhost", true),
            ("127.0.0.1", true),
            ("127.8.0.1", true),
            ("::1", true),
            ("[::1]", true),
            ("localhost.example.com", false),
            ("127.0.0.1.example.com", false),
            ("10.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), loopback, "{host}");
        }
    }

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "••• •••");
        assert_eq!(secret.expose(), "hunter2");
    }
}
