//! The forms that a provider is asked with.

use std::fmt::Write as _;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Flow, Login, Provider};
use crate::server::{NoToken, Secret};

/// The fields of a form, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form(pub Vec<(&'static str, Secret)>);

/// One visit of a person to the provider's page (RFC 8252 §7.3, RFC 7636).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Where the browser goes afterwards: on this machine.
    pub url: String,
    /// What the browser must bring back, so that nobody else's grant is taken (RFC 6749 §10.12).
    pub state: Secret,
    /// What only this program knows, and the code is worth nothing without (RFC 7636 §4.1).
    pub verifier: Secret,
}

impl Form {
    fn new(fields: impl IntoIterator<Item = (&'static str, Secret)>) -> Self {
        Self(fields.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// Asks for an access token, with the refresh token where the flow has one.
    ///
    /// # Errors
    /// When there is no refresh token yet, or an assertion cannot be signed.
    pub fn token(login: &Login, refresh: Option<&Secret>, now: Timestamp) -> Result<Self, NoToken> {
        let client = &login.client;
        let (grant, more) = match &client.flow {
            Flow::ClientCredentials => ("client_credentials", vec![("scope", Secret::new(&*client.scope))]),
            Flow::ServiceAccount(account) => {
                let assertion = account.assertion(&client.token_url, &client.scope, &client.user, now)?;
                return Ok(Self::new([
                    ("grant_type", Secret::new("urn:ietf:params:oauth:grant-type:jwt-bearer")),
                    ("assertion", assertion),
                ]));
            }
            // Without a scope the grant is as before (RFC 6749 §6).
            Flow::Device | Flow::Browser => {
                let Some(refresh) = refresh else {
                    let (place, name) = (login.words(), &login.name);
                    let text = format!("nobody has logged in for {place} yet; log in: pairdesk login {name}");
                    return Err(NoToken { passing: false, text });
                };
                ("refresh_token", vec![("refresh_token", refresh.clone())])
            }
        };
        Ok(Self::new([("grant_type", Secret::new(grant))].into_iter().chain(more).chain(who(login))))
    }

    /// Asks for a device's code (RFC 8628 §3.1).
    pub fn device(login: &Login) -> Self {
        let client = &login.client;
        Self::new([("client_id", Secret::new(&*client.client_id)), ("scope", Secret::new(&*client.scope))])
    }

    /// Asks whether the person has finished with a device's code (RFC 8628 §3.4).
    pub fn poll(login: &Login, device_code: &Secret) -> Self {
        let grant = Secret::new("urn:ietf:params:oauth:grant-type:device_code");
        Self::new([("grant_type", grant), ("device_code", device_code.clone())].into_iter().chain(who(login)))
    }

    /// Asks for tokens with the code that a browser brought (RFC 6749 §4.1.3, RFC 7636 §4.5).
    pub fn code(login: &Login, redirect: &Redirect, code: &Secret) -> Self {
        let own = [
            ("grant_type", Secret::new("authorization_code")),
            ("code", code.clone()),
            ("redirect_uri", Secret::new(&*redirect.url)),
            ("code_verifier", redirect.verifier.clone()),
        ];
        Self::new(own.into_iter().chain(who(login)))
    }
}

/// Who asks. The secret goes in the form, as both providers want it (RFC 6749 §2.3.1).
fn who(login: &Login) -> [(&'static str, Secret); 2] {
    let client = &login.client;
    let secret = client.client_secret.clone().unwrap_or_else(|| Secret::new(""));
    [("client_id", Secret::new(&*client.client_id)), ("client_secret", secret)]
}

impl Redirect {
    /// A visit that comes back to this port of this machine; `key` is random.
    pub fn new(provider: Provider, port: u16, key: &[u8; 32]) -> Self {
        // Microsoft lets the port be any for localhost, Google for 127.0.0.1.
        let host = if provider == Provider::Microsoft { "localhost" } else { "127.0.0.1" };
        let state = BASE64URL_NOPAD.encode(&Sha256::digest([b"state", &key[..]].concat())[..16]);
        Self {
            url: format!("http://{host}:{port}"),
            state: Secret::new(state),
            verifier: Secret::new(BASE64URL_NOPAD.encode(key)),
        }
    }

    /// The page for the person (RFC 6749 §4.1.1, RFC 7636 §4.3).
    pub fn page(&self, login: &Login) -> String {
        let client = &login.client;
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(self.verifier.expose()));
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", &client.client_id),
            ("redirect_uri", &self.url),
            ("scope", &client.scope),
            ("state", self.state.expose()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("login_hint", &client.user),
        ];
        if client.provider == Provider::Google {
            // Without both, Google gives a refresh token only the first time
            // (https://developers.google.com/identity/protocols/oauth2/web-server#offline).
            fields.extend([("access_type", "offline"), ("prompt", "consent")]);
        }
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("{}?{}", client.authorize_url.as_deref().unwrap_or_default(), fields.join("&"))
    }
}

/// The code in the address, or the request's first line, that a browser was sent to; what went wrong otherwise
/// (RFC 6749 §4.1.2).
pub fn redirected(redirect: &Redirect, address: &str) -> Result<Secret, String> {
    let query = address.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let query = query.split([' ', '#']).next().unwrap_or_default().trim();
    let field = |name: &str| {
        let value = query.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        value.map(decoded)
    };
    if let Some(error) = field("error") {
        let error: String = error.chars().filter(|c| !c.is_control()).take(120).collect();
        return Err(format!("the provider did not grant access: {error}"));
    }
    match (field("code"), field("state")) {
        (Some(code), Some(state)) if state == redirect.state.expose() && !code.is_empty() => {
            Ok(Secret::new(code))
        }
        (Some(_), _) => {
            Err("the address belongs to another login; use the one that this login led to".to_owned())
        }
        (None, _) => Err("the address holds no code; copy it whole, from http to its end".to_owned()),
    }
}

/// RFC 3986 §2.1.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            // Writing to a text cannot fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |rest: &std::str::Bytes<'_>| {
            let two: Vec<u8> = rest.clone().take(2).collect();
            u8::from_str_radix(std::str::from_utf8(&two).ok()?, 16).ok().filter(|_| two.len() == 2)
        };
        match (byte, hex(&rest)) {
            (b'%', Some(value)) => {
                bytes.push(value);
                rest.nth(1);
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::tests::login;

    fn fields(form: &Form) -> Vec<(&str, &str)> {
        form.0.iter().map(|(name, value)| (*name, value.expose())).collect()
    }

    #[test]
    fn each_flow_asks_with_its_form() {
        let now = Timestamp::UNIX_EPOCH;
        let own = login(Flow::ClientCredentials);
        assert_eq!(
            fields(&Form::token(&own, None, now).unwrap()),
            [
                ("grant_type", "client_credentials"),
                ("scope", "https://outlook.office365.com/.default"),
                ("client_id", "the-app"),
                ("client_secret", "the-secret"),
            ]
        );
        let mut person = login(Flow::Device);
        person.client.client_secret = None;
        let refresh = Secret::new("r1");
        assert_eq!(
            fields(&Form::token(&person, Some(&refresh), now).unwrap()),
            [("grant_type", "refresh_token"), ("refresh_token", "r1"), ("client_id", "the-app")]
        );
        let missing = Form::token(&person, None, now).unwrap_err();
        assert_eq!(
            (missing.passing, missing.text.as_str()),
            (false, "nobody has logged in for the mailbox service yet; log in: pairdesk login service")
        );
        assert_eq!(fields(&Form::poll(&person, &Secret::new("d")))[1], ("device_code", "d"));
    }

    #[test]
    fn a_browser_is_sent_with_a_challenge_and_comes_back_with_a_code() {
        let redirect = Redirect::new(Provider::Google, 4711, &[7; 32]);
        let mut login = login(Flow::Browser);
        login.client.provider = Provider::Google;
        let page = redirect.page(&login);
        for part in [
            "redirect_uri=http%3A%2F%2F127.0.0.1%3A4711",
            "code_challenge_method=S256",
            "access_type=offline",
        ] {
            assert!(page.contains(part), "{page}");
        }
        assert!(!page.contains(redirect.verifier.expose()));
        let state = redirect.state.expose();
        let code = |address: &str| redirected(&redirect, address);
        assert_eq!(
            code(&format!("GET /?state={state}&code=4%2F0A+b&scope=x HTTP/1.1")).unwrap().expose(),
            "4/0A b"
        );
        assert_eq!(code(&format!("http://127.0.0.1:4711/?code=c&state={state}#x")).unwrap().expose(), "c");
        assert!(code("http://127.0.0.1:4711/?code=c&state=other").unwrap_err().contains("another login"));
        assert!(
            code(&format!("http://127.0.0.1/?error=access%5Fdenied&state={state}"))
                .unwrap_err()
                .contains("access_denied")
        );
        for nonsense in ["", "?", "?code", "?code=&state=", "?%", "?code=%zz%"] {
            assert!(code(nonsense).is_err(), "{nonsense}");
        }
    }
}
