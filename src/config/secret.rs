//! Passwords: read from a file or the environment, never shown.

use std::io;
use std::path::Path;

use super::document::{At, Section};
use crate::server::Secret;

/// Where systemd looks for credentials that are named without a path.
const CREDENTIALS: &str = "/etc/credstore";

/// Where secrets come from.
pub struct Secrets<'a> {
    /// The folder that relative paths are below.
    pub folder: &'a Path,
    /// The environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Secrets<'_> {
    /// The secret that a key names; the problem is noted in the document.
    pub fn read(&self, section: &mut Section<'_, '_>, key: &'static str) -> Option<Secret> {
        let At { at, value } = section.text(key)?;
        let found = if let Some(path) = value.strip_prefix("file:") {
            let path = self.folder.join(path.trim_start_matches("//"));
            std::fs::read_to_string(&path)
                .map_err(|error| {
                    let what = format!("the file {} of {key} cannot be read: {error}", path.display());
                    (
                        what,
                        "put the password into this file, readable by the user that Pairdesk runs as"
                            .to_owned(),
                    )
                })
                .map(|text| first_line(&text))
        } else if let Some(name) = value.strip_prefix("env:") {
            (self.environment)(name).ok_or_else(|| {
                let what = format!("the environment has no {name}, which {key} names");
                (what, format!("set {name} where Pairdesk is started, or use \"file:/path\""))
            })
        } else if let Some(name) = value.strip_prefix("credential:") {
            self.credential(name, key)
        } else {
            // The value itself is not repeated: it may be the password.
            let remedy = format!(
                "write the password into a file that only Pairdesk can read and name it: {key} = \"file:/path\", or name \
                 an environment variable: {key} = \"env:NAME\", or a credential of the unit: {key} = \"credential:NAME\""
            );
            Err((format!("{key} stands in the configuration itself, where others can read it"), remedy))
        };
        match found {
            Ok(secret) if !secret.is_empty() => Some(Secret::new(secret)),
            Ok(_) => {
                section.document().problem(
                    at,
                    format!("what {key} names is empty"),
                    "put the password there",
                );
                None
            }
            Err((what, remedy)) => {
                section.document().problem(at, what, remedy);
                None
            }
        }
    }
    /// What systemd hands to the unit (systemd.exec(5), `LoadCredential=`); outside of it, what root may read of the store
    /// that systemd takes it from, so that commands work as the daemon does.
    fn credential(&self, name: &str, key: &str) -> Result<String, (String, String)> {
        let folder = (self.environment)("CREDENTIALS_DIRECTORY").unwrap_or_else(|| CREDENTIALS.to_owned());
        let file = !name.is_empty() && !name.contains('/') && name != "..";
        let path = Path::new(&folder).join(name);
        let read =
            if file { std::fs::read_to_string(&path) } else { Err(io::ErrorKind::InvalidInput.into()) };
        read.map(|text| first_line(&text)).map_err(|error| {
            (
                format!("the credential \"{name}\", which {key} names, cannot be read from {folder}: {error}"),
                format!(
                    "put the password into {CREDENTIALS}/{name}, and LoadCredential={name} into the unit (systemctl edit \
                     pairdesk); outside of the unit only root can read it"
                ),
            )
        })
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
