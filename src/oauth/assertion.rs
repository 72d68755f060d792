//! What a service account signs: that it acts for a user of its domain (RFC 7523 §2.1), as Google wants it
//! (<https://developers.google.com/identity/protocols/oauth2/service-account#httprest>).

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use rustls::SignatureScheme;
use rustls::sign::SigningKey;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::json;

use crate::server::{NoToken, Secret};

/// How long an assertion is good, in seconds: Google takes at most an hour.
const GOOD: i64 = 3_600;

/// A service account with its key.
#[derive(Clone)]
pub struct ServiceAccount {
    /// Its address.
    email: String,
    /// The number of the key.
    key_id: String,
    key: Arc<dyn SigningKey>,
}

impl ServiceAccount {
    /// Reads the key file that Google makes (JSON).
    ///
    /// # Errors
    /// What is missing in it.
    pub fn read(file: &Secret) -> Result<Self, &'static str> {
        let json: serde_json::Value = serde_json::from_str(file.expose()).map_err(|_| "it is no JSON")?;
        let text = |key: &str| json[key].as_str().map(str::to_owned);
        let email = text("client_email").ok_or("it has no client_email")?;
        let pem = text("private_key").ok_or("it has no private_key")?;
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| "its private_key is no PEM")?;
        let key = rustls::crypto::ring::sign::any_supported_type(&der)
            .map_err(|_| "its private_key is none of RSA")?;
        let rsa = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).is_some();
        if !rsa {
            return Err("its private_key is none of RSA");
        }
        Ok(Self { email, key_id: text("private_key_id").unwrap_or_default(), key })
    }

    /// Its address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// A signed assertion (JWT, RS256) that it acts for the user.
    pub fn assertion(
        &self,
        token_url: &str,
        scope: &str,
        user: &str,
        now: Timestamp,
    ) -> Result<Secret, NoToken> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id});
        let at = now.as_second();
        let claims = json!({
            "iss": self.email, "sub": user, "scope": scope, "aud": token_url, "iat": at, "exp": at + GOOD,
        });
        let part = |value: serde_json::Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self
            .key
            .choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256])
            .and_then(|signer| signer.sign(signed.as_bytes()).ok());
        let Some(signature) = signature else {
            let text = "the key of the service account signs nothing; make a new one".to_owned();
            return Err(NoToken { passing: false, text });
        };
        Ok(Secret::new(format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))))
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount").field("email", &self.email).finish_non_exhaustive()
    }
}

impl PartialEq for ServiceAccount {
    fn eq(&self, other: &Self) -> bool {
        (&self.email, &self.key_id) == (&other.email, &other.key_id)
    }
}

impl Eq for ServiceAccount {}
