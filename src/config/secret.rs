//! Passwords: read from a file or the environment, never shown.

use std::path::Path;

use super::document::{At, Section};
use crate::server::Secret;

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
                .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
        } else if let Some(name) = value.strip_prefix("env:") {
            (self.environment)(name).ok_or_else(|| {
                let what = format!("the environment has no {name}, which {key} names");
                (what, format!("set {name} where Pairdesk is started, or use \"file:/path\""))
            })
        } else {
            // The value itself is not repeated: it may be the password.
            let remedy = format!(
                "write the password into a file that only Pairdesk can read and name it: {key} = \"file:/path\", or name \
                 an environment variable: {key} = \"env:NAME\""
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
}
