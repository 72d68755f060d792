//! `digest`: what concerns a person since their last digest, by hand.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::layout::plain;
use super::{Desk, count, load, print};
use crate::clock::Clock;
use crate::compose::{Composer, House};
use crate::daemon;
use crate::directory::Directory;
use crate::effect::{Content, Letter};
use crate::message::{Address, ReadOptions, read};
use crate::schedule;
use crate::worker::tick;

/// Make digests now instead of at their hour, or look at one
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Digest {
    /// Send everybody their digest now, when there is something to say; the next one begins from here
    #[arg(long)]
    now: bool,
    /// Print the digest that this person would get, by their address or name; nothing is sent
    #[arg(long, value_name = "PERSON")]
    preview: Option<String>,
}

impl Digest {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        match &self.preview {
            Some(person) => preview(&Desk::open(config).await?, person).await?,
            None => send(config).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn preview(desk: &Desk, wanted: &str) -> Result<()> {
    let person = person(&desk.directory, wanted)?;
    let clock = Clock::default();
    let agenda = desk.store.agenda(&[person], clock.now()).await?;
    let letter = Letter {
        id: clock.seed().id(0),
        to: person.clone(),
        case: None,
        references: Vec::new(),
        at: clock.now(),
        content: Content::Digest(schedule::digest(person, &agenda, &desk.directory, clock.now())),
    };
    let mail = Composer::new(House::of(&desk.config.firm)).finish(&letter);
    let text = read(&mail.bytes, &ReadOptions::default()).text;
    print(&format!(
        "To: {}\nSubject: {}\n\n{}\n",
        plain(&person.to_string()),
        plain(&mail.subject),
        text.trim_end()
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
fn person<'a>(directory: &'a Directory, wanted: &str) -> Result<&'a Address> {
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
