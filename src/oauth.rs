//! OAuth2 in words (RFC 6749): who asks a provider for tokens, with which forms, and what the answers say. No I/O.
//!
//! ```text
//! client credentials   the application for itself (§4.4); the mailbox is named in the SASL user
//! service account      the application for a user of its domain (RFC 7523 §2.1)
//! device               somebody logs in once, in any browser, with a code (RFC 8628); then refresh tokens (§6)
//! browser              somebody logs in once, in a browser (RFC 8252, RFC 7636); then refresh tokens
//! ```

mod answer;
mod assertion;
mod form;
mod sasl;

use std::path::PathBuf;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::server::Secret;

pub use answer::{Answer, DeviceCode, Granted, Refusal, RefusalKind, device_code, granted, retry_after};
pub use assertion::ServiceAccount;
pub use form::{Form, Redirect, redirected};
pub use sasl::{OAUTHBEARER, XOAUTH2, bearer, refused, xoauth2};

/// What a mailbox, or sending, logs in by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The name of the mailbox, or [`SENDING`]. Tokens are kept by it.
    pub name: String,
    /// Who asks for tokens.
    pub client: Client,
}

/// The name of the login for sending.
pub const SENDING: &str = "smtp";

/// Who asks which provider for tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Whose endpoints and habits these are.
    pub provider: Provider,
    /// Where tokens are asked for (RFC 6749 §3.2).
    pub token_url: String,
    /// Where a device's code is asked for (RFC 8628 §3.1).
    pub device_url: Option<String>,
    /// Where a person grants access (RFC 6749 §3.1).
    pub authorize_url: Option<String>,
    /// For what, as the provider calls it; may be empty where the provider knows.
    pub scope: String,
    /// The application.
    pub client_id: String,
    /// What proves the application; a public client has none.
    pub client_secret: Option<Secret>,
    /// How tokens are got.
    pub flow: Flow,
    /// The mailbox's user: whom a service account acts for, and whom the provider may greet.
    pub user: String,
    /// Certificates (PEM) to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// The last day of the secret, where somebody wrote it down: no provider tells it.
    pub secret_expires: Option<Date>,
}

/// Whose endpoints and habits these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Microsoft Entra, for Exchange Online.
    Microsoft,
    /// Google, for Gmail and Google Workspace.
    Google,
    /// Any other.
    Other,
}

/// How tokens are got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 7523 §2.1, with the account's key.
    ServiceAccount(ServiceAccount),
    /// RFC 8628.
    Device,
    /// RFC 6749 §4.1 with RFC 8252 and RFC 7636.
    Browser,
}

impl Flow {
    /// Whether somebody must log in once.
    pub fn wants_a_person(&self) -> bool {
        matches!(self, Self::Device | Self::Browser)
    }
}

impl Login {
    /// What tells this client from another under the same name: tokens of another are not used.
    pub fn fingerprint(&self) -> String {
        let Client { token_url, scope, client_id, flow, user, .. } = &self.client;
        let flow = match flow {
            Flow::ClientCredentials => "client credentials",
            Flow::ServiceAccount(_) => "service account",
            Flow::Device | Flow::Browser => "person",
        };
        let words = [token_url, scope, client_id, flow, user];
        let digest = Sha256::digest(words.join("\0"));
        data_encoding::HEXLOWER.encode(&digest[..16])
    }

    /// What it is called to people.
    pub fn words(&self) -> String {
        if self.name == SENDING { "sending".to_owned() } else { format!("the mailbox {}", self.name) }
    }
}

impl Provider {
    /// The endpoints for tokens, devices and people. `tenant` is Microsoft's.
    ///
    /// Microsoft: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code> and
    /// `v2-oauth2-client-creds-grant-flow`; Google: <https://developers.google.com/identity/protocols/oauth2/native-app>.
    pub fn endpoints(self, tenant: &str) -> Option<[String; 3]> {
        match self {
            Self::Microsoft => Some(
                ["token", "devicecode", "authorize"]
                    .map(|end| format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/{end}")),
            ),
            Self::Google => Some(
                [
                    "https://oauth2.googleapis.com/token",
                    "https://oauth2.googleapis.com/device/code",
                    "https://accounts.google.com/o/oauth2/v2/auth",
                ]
                .map(str::to_owned),
            ),
            Self::Other => None,
        }
    }

    /// The scope that IMAP and SMTP want.
    ///
    /// Microsoft:
    /// <https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth>;
    /// Google: <https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>.
    pub fn scope(self, flow: &Flow) -> &'static str {
        match (self, flow) {
            (Self::Microsoft, Flow::Device | Flow::Browser) => {
                "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
            }
            (Self::Microsoft, _) => "https://outlook.office365.com/.default",
            (Self::Google, _) => "https://mail.google.com/",
            (Self::Other, _) => "",
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A client of Microsoft's with this flow.
    pub(crate) fn login(flow: Flow) -> Login {
        let [token_url, device_url, authorize_url] = Provider::Microsoft.endpoints("firm.example").unwrap();
        let client = Client {
            provider: Provider::Microsoft,
            token_url,
            device_url: Some(device_url),
            authorize_url: Some(authorize_url),
            scope: Provider::Microsoft.scope(&flow).to_owned(),
            client_id: "the-app".to_owned(),
            client_secret: Some(Secret::new("the-secret")),
            flow,
            user: "service@firm.example".to_owned(),
            ca_file: None,
            secret_expires: None,
        };
        Login { name: "service".to_owned(), client }
    }

    #[test]
    fn tokens_of_another_application_or_user_are_told_apart() {
        let one = login(Flow::Device);
        assert_eq!(one.fingerprint(), login(Flow::Device).fingerprint());
        assert_ne!(one.fingerprint(), login(Flow::ClientCredentials).fingerprint());
        let other = Client { user: "other@firm.example".to_owned(), ..one.client.clone() };
        assert_ne!(one.fingerprint(), Login { client: other, ..one.clone() }.fingerprint());
        let renewed = Client { client_secret: Some(Secret::new("a new one")), ..one.client.clone() };
        assert_eq!(one.fingerprint(), Login { client: renewed, ..one.clone() }.fingerprint());
    }
}
