//! Asking an OAuth2 provider: one form over HTTPS, one answer, within its time and size.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Error};

use crate::oauth::{Answer, Form};
use crate::server::{NoToken, is_loopback};

/// How long asking may take, all in all.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// The largest answer, in bytes: tokens are a few kilobytes.
const LARGEST: u64 = 64 << 10;

/// Sends a form and gives the answer, whatever its status. Redirects are not followed: a form with secrets goes where
/// the configuration says, or nowhere.
pub async fn ask(url: &str, form: Form, ca_file: Option<&Path>) -> Result<Answer, NoToken> {
    let (url, ca_file) = (url.to_owned(), ca_file.map(Path::to_owned));
    let asked = tokio::task::spawn_blocking(move || {
        let agent = agent(&url, ca_file.as_deref())?;
        post(&agent, &url, &form).map_err(|error| unanswered(&url, &error))
    });
    asked.await.unwrap_or_else(|_| {
        Err(NoToken {
            passing: true,
            text: "asking the provider was broken off; it is tried again".to_owned(),
        })
    })
}

fn agent(url: &str, ca_file: Option<&Path>) -> Result<Agent, NoToken> {
    let host = url.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let tls = TlsConfig::builder()
        .root_certs(roots(ca_file)?)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .https_only(!is_loopback(host))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .user_agent(concat!("pairdesk/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls)
        .build();
    Ok(config.new_agent())
}

fn post(agent: &Agent, url: &str, form: &Form) -> Result<Answer, Error> {
    let fields = form.0.iter().map(|(name, value)| (*name, value.expose()));
    let mut response = agent.post(url).header("Accept", "application/json").send_form(fields)?;
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let retry_after = retry_after.map(str::to_owned);
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(LARGEST).read_to_vec()?;
    Ok(Answer { status, retry_after, body })
}

/// The certificates of the system, and those of the file.
fn roots(ca_file: Option<&Path>) -> Result<RootCerts, NoToken> {
    let system = rustls_native_certs::load_native_certs().certs;
    let mut roots: Vec<_> = system.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    if let Some(path) = ca_file {
        let bad = |why: String| NoToken {
            passing: false,
            text: format!(
                "cannot read certificates from {} ({why}); ca_file must be a PEM file",
                path.display()
            ),
        };
        let own = CertificateDer::pem_file_iter(path).map_err(|error| bad(error.to_string()))?;
        for certificate in own {
            let certificate = certificate.map_err(|error| bad(error.to_string()))?;
            roots.push(Certificate::from_der(&certificate).to_owned());
        }
    }
    Ok(RootCerts::Specific(Arc::new(roots)))
}

/// Why there is no answer. Never what was sent or received.
fn unanswered(url: &str, error: &Error) -> NoToken {
    let (passing, why, remedy) = match error {
        Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => {
            (true, format!("its answer is larger than {LARGEST} bytes"), "check the URL")
        }
        Error::RequireHttpsOnly(_) => {
            (false, "it is no https:// URL".to_owned(), "correct it: secrets go over it")
        }
        Error::BadUri(_) | Error::Http(_) => (false, "it is no URL".to_owned(), "correct it"),
        Error::Timeout(_) => {
            (true, format!("no answer within {PATIENCE:?}"), "check the network and the firewall")
        }
        Error::Rustls(rustls::Error::InvalidCertificate(why)) => (
            false,
            format!("its certificate is not accepted ({why})"),
            "check the URL, or name the authority's certificates in ca_file",
        ),
        Error::HostNotFound => {
            (true, "there is no such host".to_owned(), "check the URL and the name server")
        }
        Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(why)) => (
                false,
                format!("its certificate is not accepted ({why})"),
                "check the URL, or name the authority's certificates in ca_file",
            ),
            _ => (true, error.to_string(), "check the network and the firewall"),
        },
        _ => (true, "the connection failed".to_owned(), "check the URL, the network and the firewall"),
    };
    NoToken { passing, text: format!("the provider at {url} cannot be asked: {why}; {remedy}") }
}
