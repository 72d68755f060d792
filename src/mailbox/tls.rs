//! TCP and TLS to a server, each within its time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::wire::Stream;
use super::{ImapSettings, MailboxError, Tls};
use crate::server::is_loopback;

/// Connects by TCP. Refuses a connection that is configured to be plain and leaves the machine.
pub(super) async fn connect(settings: &ImapSettings) -> Result<Box<dyn Stream>, MailboxError> {
    if settings.tls == Tls::None && !is_loopback(&settings.host) {
        return Err(MailboxError::configuration(
            "tls is switched off for a server that is not on this machine, and the password would go over the network \
             in plain text; use implicit TLS (port 993) or STARTTLS (port 143)",
        ));
    }
    let (host, port) = (settings.host.as_str(), settings.port);
    let stream = match timeout(settings.timeout, TcpStream::connect((host, port))).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            return Err(MailboxError::network(format!(
                "cannot connect to {host}:{port} ({error}); check host, port and firewall"
            )));
        }
        Err(_) => {
            return Err(MailboxError::network(format!(
                "no connection to {host}:{port} within {:?}; check host, port and firewall",
                settings.timeout
            )));
        }
    };
    // Commands are short and wait for their answers.
    stream.set_nodelay(true).ok();
    Ok(Box::new(stream))
}

/// Lays TLS over a connection and checks the server's certificate.
pub(super) async fn protect(
    stream: Box<dyn Stream>,
    settings: &ImapSettings,
) -> Result<Box<dyn Stream>, MailboxError> {
    let host = settings.host.clone();
    let name = ServerName::try_from(host).map_err(|_| {
        MailboxError::configuration("the host is neither a name nor an address; correct `host`")
    })?;
    let connector = TlsConnector::from(Arc::new(client_config(settings.extra_ca.as_deref())?));
    match timeout(settings.timeout, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(handshake_error(&error)),
        Err(_) => Err(stalled(settings.timeout)),
    }
}

fn stalled(limit: Duration) -> MailboxError {
    MailboxError::network(format!(
        "no TLS handshake within {limit:?}; check that the port speaks TLS from the start (993), or use STARTTLS (143)"
    ))
}

fn handshake_error(error: &std::io::Error) -> MailboxError {
    let certificate = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match certificate {
        Some(rustls::Error::InvalidCertificate(why)) => MailboxError::configuration(format!(
            "the server's certificate is not accepted ({why}); check `host`, or name the firm's own authority in `ca_file`"
        )),
        _ => MailboxError::network(format!(
            "the TLS handshake failed ({error}); check that the port speaks TLS from the start (993), or use STARTTLS (143)"
        )),
    }
}

fn client_config(extra_ca: Option<&Path>) -> Result<ClientConfig, MailboxError> {
    let mut roots = RootCertStore::empty();
    // What the system's store holds beside good certificates is the system's affair.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = extra_ca {
        let unreadable = |why: String| {
            MailboxError::configuration(format!(
                "cannot read certificates from {} ({why}); `ca_file` must be a PEM file",
                path.display()
            ))
        };
        let before = roots.len();
        for certificate in
            CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?
        {
            let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
        }
        if roots.len() == before {
            return Err(unreadable("it holds none".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| MailboxError::configuration(format!("TLS cannot be set up: {error}")))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
