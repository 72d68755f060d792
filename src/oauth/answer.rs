//! What a provider answers: tokens, a device's code, or why not.

use std::time::Duration;

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Flow, Login, Provider};
use crate::server::Secret;

/// How long an access token is taken to last when the provider does not say: short, since a refused one is replaced.
const UNSAID: SignedDuration = SignedDuration::from_mins(30);
/// The longest that anything is believed to last.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);
/// The longest pause that a provider may ask for.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// The longest token, in bytes: SMTP takes no longer line in AUTH (RFC 4954 §4).
const LONGEST_TOKEN: usize = 8_000;

/// An answer as it came over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header Retry-After (RFC 9110 §10.2.3).
    pub retry_after: Option<String>,
    /// The body, cut at the size that is read.
    pub body: Vec<u8>,
}

/// What was granted (RFC 6749 §5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The access token.
    pub access: Secret,
    /// How long it lasts.
    pub lasts: SignedDuration,
    /// The refresh token that is good from now on; none means that the one before stays good (§6).
    pub refresh: Option<Secret>,
    /// How long the refresh token lasts, where the provider says so (Google: `refresh_token_expires_in`).
    pub refresh_lasts: Option<SignedDuration>,
}

/// What a device shows (RFC 8628 §3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    /// What is asked with.
    pub device_code: Secret,
    /// What a person types.
    pub user_code: String,
    /// Where.
    pub url: String,
    /// How long both are good.
    pub lasts: Duration,
    /// How long to wait between two questions.
    pub interval: Duration,
}

/// Why nothing was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What sort of refusal.
    pub kind: RefusalKind,
    /// What the provider said; holds no secret.
    pub said: String,
    /// When to ask again at the earliest, where the provider says so.
    pub retry_after: Option<Duration>,
}

/// What sort of refusal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The person has not finished yet (RFC 8628 §3.5).
    Pending,
    /// The same, and questions come too fast (RFC 8628 §3.5).
    SlowDown,
    /// The provider cannot, at present.
    Passing,
    /// The grant, the client or the request is not good: people must do something.
    People,
}

/// Reads the answer to a question for tokens.
pub fn granted(answer: &Answer, now: Timestamp) -> Result<Granted, Refusal> {
    let json = json(answer, now)?;
    let access = token(&json, "access_token").ok_or_else(|| odd("it has no access_token"))?;
    let bearer = json["token_type"].as_str().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    if !bearer {
        return Err(odd("the token is no bearer token"));
    }
    Ok(Granted {
        access,
        lasts: seconds(&json["expires_in"]).unwrap_or(UNSAID),
        refresh: token(&json, "refresh_token"),
        refresh_lasts: seconds(&json["refresh_token_expires_in"]),
    })
}

/// Reads the answer to a question for a device's code.
pub fn device_code(answer: &Answer, now: Timestamp) -> Result<DeviceCode, Refusal> {
    let json = json(answer, now)?;
    // Google says verification_url.
    let url = json["verification_uri"].as_str().or(json["verification_url"].as_str());
    let (Some(device_code), Some(user_code), Some(url)) =
        (token(&json, "device_code"), json["user_code"].as_str(), url)
    else {
        return Err(odd("it has no device_code, user_code or verification_uri"));
    };
    let length = |value, usual| {
        seconds(value)
            .and_then(|length| Duration::try_from(length).ok())
            .unwrap_or(Duration::from_secs(usual))
    };
    Ok(DeviceCode {
        device_code,
        user_code: printable(user_code, 60),
        url: printable(url, 300),
        lasts: length(&json["expires_in"], 900),
        interval: length(&json["interval"], 5).min(Duration::from_mins(5)),
    })
}

/// A pause that a provider asks for: seconds, or an instant (RFC 9110 §10.2.3).
pub fn retry_after(header: Option<&str>, now: Timestamp) -> Option<Duration> {
    let header = header?.trim();
    let pause = if let Ok(seconds) = header.parse() {
        Duration::from_secs(seconds)
    } else {
        let at = rfc2822::parse(header).ok()?.timestamp();
        Duration::try_from(at.duration_since(now)).unwrap_or_default()
    };
    Some(pause.clamp(Duration::from_secs(1), LONGEST_PAUSE))
}

/// The object of a good answer; what the others mean.
fn json(answer: &Answer, now: Timestamp) -> Result<Value, Refusal> {
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok().filter(Value::is_object);
    let error = json.as_ref().and_then(|json| json["error"].as_str());
    if answer.status == 200 && error.is_none() {
        return json.ok_or_else(|| odd("it is no JSON object"));
    }
    let retry_after = retry_after(answer.retry_after.as_deref(), now);
    let passes = matches!(answer.status, 408 | 425 | 429 | 500..=599);
    let kind = match error {
        Some("authorization_pending") => RefusalKind::Pending,
        Some("slow_down") => RefusalKind::SlowDown,
        Some("temporarily_unavailable" | "server_error") => RefusalKind::Passing,
        _ if passes => RefusalKind::Passing,
        Some(_) => RefusalKind::People,
        // No word of OAuth2: a proxy, a captive portal, a redirect, a page that has moved.
        None => RefusalKind::Passing,
    };
    let description = json.as_ref().and_then(|json| json["error_description"].as_str()).unwrap_or_default();
    // Microsoft adds trace numbers and instants, in lines or sentences of their own.
    let description = description.split(['\r', '\n']).next().unwrap_or_default();
    let description = printable(description.split(" Trace ID:").next().unwrap_or_default(), 240);
    let description = description.trim_end_matches('.');
    let said = match (error, description) {
        (Some(error), "") => format!("{} (HTTP {})", printable(error, 60), answer.status),
        (Some(error), description) => format!("{}: {description}", printable(error, 60)),
        (None, _) => format!("HTTP {} without a word of OAuth2", answer.status),
    };
    Err(Refusal { kind, said, retry_after })
}

fn odd(what: &str) -> Refusal {
    let said = format!("the answer is none of OAuth2 ({what})");
    Refusal { kind: RefusalKind::Passing, said, retry_after: None }
}

/// A token: printable ASCII (RFC 6749 appendix A.12), so that it can do no harm in a command.
fn token(json: &Value, key: &str) -> Option<Secret> {
    let text = json[key].as_str()?;
    let good =
        !text.is_empty() && text.len() <= LONGEST_TOKEN && text.bytes().all(|b| (b' '..=b'~').contains(&b));
    good.then(|| Secret::new(text))
}

/// A length in seconds; some providers write numbers as texts.
fn seconds(value: &Value) -> Option<SignedDuration> {
    let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    (seconds > 0).then(|| SignedDuration::from_secs(seconds).min(LONGEST))
}

fn printable(text: &str, longest: usize) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(longest)
        .collect::<String>()
        .trim()
        .to_owned()
}

impl Refusal {
    /// What to do about it.
    pub fn remedy(&self, login: &Login) -> String {
        let Login { name, client } = login;
        if self.kind != RefusalKind::People {
            return "it is tried again by itself".to_owned();
        }
        if self.said.starts_with("invalid_client") {
            let date = match client.provider {
                Provider::Microsoft => " (a secret of Microsoft Entra ends on its day)",
                Provider::Google | Provider::Other => "",
            };
            return format!("make a new client secret{date}, and check client_id and client_secret");
        }
        match &client.flow {
            Flow::Device | Flow::Browser => format!("log in again: pairdesk login {name}"),
            Flow::ClientCredentials => {
                "check tenant, client_id and the consent of the application, as docs/providers.md says"
                    .to_owned()
            }
            Flow::ServiceAccount(_) => format!(
                "check that the service account may act for {} in the whole domain, as docs/providers.md says",
                client.user
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::tests::login;

    fn now() -> Timestamp {
        "2026-11-05T08:00:00Z".parse().unwrap()
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, retry_after: None, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn tokens_are_read_from_a_good_answer() {
        let full = r#"{"token_type":"Bearer","scope":"x","expires_in":3599,"access_token":"eyJ0","refresh_token":"0.AX"}"#;
        let granted = granted(&answer(200, full), now()).unwrap();
        assert_eq!((granted.access.expose(), granted.lasts), ("eyJ0", SignedDuration::from_secs(3599)));
        assert_eq!(granted.refresh.unwrap().expose(), "0.AX");
        let bare = super::granted(&answer(200, r#"{"access_token":"a","expires_in":"60"}"#), now()).unwrap();
        assert_eq!((bare.lasts, bare.refresh), (SignedDuration::from_mins(1), None));
        assert_eq!(super::granted(&answer(200, r#"{"access_token":"a"}"#), now()).unwrap().lasts, UNSAID);
    }

    #[test]
    fn whatever_is_no_good_answer_passes_and_is_never_quoted() {
        for (status, body) in [
            (200, "<html>hunter2"),
            (200, "[]"),
            (200, "{}"),
            (200, r#"{"access_token":""}"#),
            (200, r#"{"access_token":"a\r\nb hunter2"}"#),
            (200, r#"{"access_token":"hunter2","token_type":"mac"}"#),
            (200, r#"{"access_token":7}"#),
            (302, "hunter2"),
            (404, "hunter2"),
            (500, r#"{"error":"invalid_grant"}"#),
        ] {
            let refusal = granted(&answer(status, body), now()).unwrap_err();
            assert_eq!(refusal.kind, RefusalKind::Passing, "{body}");
            assert!(!refusal.said.contains("hunter2"), "{}", refusal.said);
        }
        let long = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(LONGEST_TOKEN + 1));
        assert_eq!(granted(&answer(200, &long), now()).unwrap_err().kind, RefusalKind::Passing);
    }

    #[test]
    fn refusals_say_whether_time_or_people_help() {
        for (status, body, kind) in [
            (400, r#"{"error":"authorization_pending"}"#, RefusalKind::Pending),
            (428, r#"{"error":"authorization_pending"}"#, RefusalKind::Pending),
            (403, r#"{"error":"slow_down"}"#, RefusalKind::SlowDown),
            (400, r#"{"error":"invalid_grant"}"#, RefusalKind::People),
            (401, r#"{"error":"invalid_client"}"#, RefusalKind::People),
            (400, r#"{"error":"authorization_declined"}"#, RefusalKind::People),
            (400, r#"{"error":"temporarily_unavailable"}"#, RefusalKind::Passing),
            (429, "", RefusalKind::Passing),
            (503, "<html>", RefusalKind::Passing),
        ] {
            assert_eq!(granted(&answer(status, body), now()).unwrap_err().kind, kind, "{status} {body}");
        }
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app 'x' are expired. Trace ID: 1 Correlation ID: 2"}"#;
        let refusal = granted(&answer(401, body), now()).unwrap_err();
        assert_eq!(
            refusal.said,
            "invalid_client: AADSTS7000222: The provided client secret keys for app 'x' are expired"
        );
        assert!(refusal.remedy(&login(Flow::ClientCredentials)).contains("new client secret"));
        let dead = granted(&answer(400, r#"{"error":"invalid_grant"}"#), now()).unwrap_err();
        assert_eq!(dead.remedy(&login(Flow::Device)), "log in again: pairdesk login service");
    }

    #[test]
    fn a_pause_is_a_number_or_an_instant_and_never_long() {
        let pause = |header| retry_after(Some(header), now());
        assert_eq!(pause("120"), Some(Duration::from_mins(2)));
        assert_eq!(pause(" Thu, 05 Nov 2026 08:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(pause("Thu, 05 Nov 2026 07:00:30 GMT"), Some(Duration::from_secs(1)));
        assert_eq!(pause("99999999"), Some(LONGEST_PAUSE));
        assert_eq!((pause("soon"), pause("-3"), retry_after(None, now())), (None, None, None));
    }

    #[test]
    fn a_device_s_code_is_read_from_both_providers() {
        let microsoft = r#"{"user_code":"EZ2","device_code":"dev","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":5,"message":"x"}"#;
        let google = r#"{"device_code":"dev","user_code":"GQVQ-JKEC","verification_url":"https://www.google.com/device","expires_in":1800}"#;
        let read = |body| device_code(&answer(200, body), now()).unwrap();
        assert_eq!(
            (read(microsoft).user_code, read(microsoft).lasts),
            ("EZ2".to_owned(), Duration::from_mins(15))
        );
        assert_eq!(read(google).url, "https://www.google.com/device");
        assert_eq!(read(google).interval, Duration::from_secs(5), "RFC 8628 §3.2");
        assert!(device_code(&answer(200, "{}"), now()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_an_answer_and_no_token_holds_a_line_end(
            status in 0_u16..1000,
            body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
            word in "\\PC{0,40}",
        ) {
            let words = serde_json::json!({
                "access_token": word, "refresh_token": word, "error": word, "error_description": word,
                "device_code": word, "user_code": word, "verification_uri": word, "expires_in": word, "interval": -1,
            });
            for body in [body, words.to_string().into_bytes()] {
                let answer = Answer { status, retry_after: Some(word.clone()), body };
                if let Ok(granted) = granted(&answer, now()) {
                    proptest::prop_assert!(granted.access.expose().bytes().all(|byte| (b' '..=b'~').contains(&byte)));
                }
                if let Ok(code) = device_code(&answer, now()) {
                    proptest::prop_assert!(!code.user_code.contains(char::is_control));
                }
            }
        }
    }
}
