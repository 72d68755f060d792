//! `digest`: what concerns a person since their last digest, by hand.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::layout::plain;
use super::{Desk, count, load, print};
use crate::clock::Clock;
use crate::daemon;
use crate::directory::Directory;
use crate::effect::Effect;
use crate::message::Address;
use crate::schedule;
use crate::worker::tick;

/// Make digests now instead of at their hour, or look at one
#[derive(Debug, Args)]
pub struct Digest {
    /// Send everybody their digest now, when there is something to say; the next one begins from here
    #[arg(long, required_unless_present = "preview", conflicts_with = "preview")]
    now: bool,
    /// Print the digest that this person would get now, by their address or name; nothing is sent
    #[arg(long, value_name = "PERSON")]
    preview: Option<String>,
    /// Also write it to this file, as a mail program shows it; its buttons work for that person
    #[arg(long, value_name = "FILE", requires = "preview")]
    html: Option<PathBuf>,
}

impl Digest {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        match &self.preview {
            Some(person) => preview(&Desk::open(config).await?, person, self.html.as_deref()).await?,
            None => send(config).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn preview(desk: &Desk, wanted: &str, file: Option<&Path>) -> Result<()> {
    let person = person(&desk.directory, wanted)?;
    let clock = Clock::default();
    let now = clock.now();
    let agenda = desk.store.agenda(&[person], now).await?;
    let agenda = agenda.timed(&desk.config.policy, &desk.directory, now);
    let effects = schedule::digests(&[person], &agenda, &desk.directory, now, clock.seed());
    let letter = effects.into_iter().find_map(|effect| match effect {
        Effect::Send(letter) => Some(letter),
        _ => None,
    });
    let Some(letter) = letter else {
        let whom = plain(&person.to_string());
        return print(&format!("There is nothing to say to {whom}: no digest would be sent now.\n"));
    };
    desk.store.first_token_key(clock.key(), now).await?;
    let shown = desk.config.composer().with_keys(desk.store.token_keys().await?).show(&letter);
    if let Some(file) = file {
        std::fs::write(file, shown.html.unwrap_or_default())
            .with_context(|| format!("could not write the digest to {}", file.display()))?;
    }
    print(&format!(
        "To: {}\nSubject: {}\n\n{}\n",
        plain(&person.to_string()),
        plain(&shown.subject),
        shown.text.trim_end()
    ))
}

async fn send(config: Option<PathBuf>) -> Result<()> {
    let desk = daemon::desk(&load(config)?, Clock::System).await?;
    let to = tick::digest_now(&desk).await?;
    if to.is_empty() {
        return print("There is nothing new to say to anybody.\n");
    }
    let made = count(to.len(), "digest", "");
    let to: Vec<_> = to.iter().map(|person| format!("  {}\n", plain(&person.to_string()))).collect();
    print(&format!("{made} made; `pairdesk run` sends what waits in the outbox:\n{}", to.concat()))
}

/// The one person of the firm who is meant: by address, or by a part of the name.
pub fn person<'a>(directory: &'a Directory, wanted: &str) -> Result<&'a Address> {
    let wanted = wanted.trim().to_lowercase();
    let people = directory.people();
    if let Some(exact) = people.iter().find(|person| person.address == wanted) {
        return Ok(exact);
    }
    let like: Vec<&Address> = people
        .iter()
        .copied()
        .filter(|person| person.name.to_lowercase().contains(&wanted) || person.address.starts_with(&wanted))
        .collect();
    let names = |people: &[&Address]| {
        people.iter().map(|person| plain(&person.to_string())).collect::<Vec<_>>().join(", ")
    };
    match like[..] {
        [one] => Ok(one),
        [] if people.is_empty() => bail!("there is nobody yet; first: pairdesk accounts import FILE"),
        [] => bail!("nobody here is called {wanted}; there are {}", names(&people)),
        _ => bail!("{wanted} may be {}; give the address", names(&like)),
    }
}
