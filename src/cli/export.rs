//! `export`: what is held about a person, to be handed to them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::Serialize;

use super::forget::wanted;
use super::layout::{plain, time};
use super::{Desk, count, print};
use crate::clock::Clock;
use crate::store::{About, MailLine, OutboxLine};

/// Write down all that is held about a person, to hand it to them
///
/// FOLDER gets summary.md to read, data.json with every row, mails/ with the mails that they wrote
/// and letters/ with those of ours to them, as .eml files. Of what others wrote, only is said where
/// they are named. Read it before you hand it on.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Export {
    /// Their mail addresses
    #[arg(required = true, value_name = "ADDRESS")]
    addresses: Vec<String>,
    /// A name that they are known by, beside those that their mails bear
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// A folder that is not there yet
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// What data.json holds.
#[derive(Serialize)]
struct Data<'a> {
    addresses: &'a [String],
    names: &'a [String],
    exported_at: String,
    rows: &'a BTreeMap<String, Vec<BTreeMap<String, String>>>,
    mails_of_others_that_name_them: &'a [i64],
}

impl Export {
    pub async fn run(self, config: Option<PathBuf>) -> Result<ExitCode> {
        let desk = Desk::open(config).await?;
        let about = desk.store.about(&wanted(&desk, &self.addresses, &self.name)?).await?;
        let out = &self.out;
        if out.exists() {
            bail!("{} is there already; name a folder that is not", out.display());
        }
        folder(out)?;
        for name in ["mails", "letters"] {
            folder(&out.join(name))?;
        }
        let mut mails = Vec::new();
        for &id in &about.mails {
            mails.extend(desk.store.mail(id).await?.map(|detail| detail.mail));
            if let Some(raw) = desk.store.raw_mail(id).await?.filter(|raw| !raw.is_empty()) {
                file(&out.join(format!("mails/{id}.eml")), &raw)?;
            }
        }
        let mut letters = Vec::new();
        for &id in &about.letters {
            letters.extend(desk.store.outgoing_line(id).await?);
            if let Some(bytes) = desk.store.outgoing_bytes(id).await?.filter(|bytes| !bytes.is_empty()) {
                file(&out.join(format!("letters/{id}.eml")), &bytes)?;
            }
        }
        let data = Data {
            addresses: about.person.addresses(),
            names: about.person.names(),
            exported_at: Clock::default().now().to_string(),
            rows: &about.rows,
            mails_of_others_that_name_them: &about.named_in,
        };
        file(&out.join("data.json"), &serde_json::to_vec_pretty(&data)?)?;
        file(&out.join("summary.md"), summary(&desk, &about, &mails, &letters).await?.as_bytes())?;
        print(&format!(
            "Written to {}: {}, {}, {}. Read summary.md before you hand it on.\n",
            out.display(),
            count(mails.len(), "mail", ""),
            count(letters.len(), "letter", ""),
            count(about.rows.values().map(Vec::len).sum(), "row", ""),
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// For this user alone.
fn folder(path: &Path) -> Result<()> {
    let made = fs::DirBuilder::new().mode(0o700).create(path);
    made.with_context(|| format!("cannot make the folder {}", path.display()))
}

fn file(path: &Path, bytes: &[u8]) -> Result<()> {
    let opened = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened
        .and_then(|mut file| std::io::Write::write_all(&mut file, bytes))
        .with_context(|| format!("cannot write {}", path.display()))
}

async fn summary(desk: &Desk, about: &About, mails: &[MailLine], letters: &[OutboxLine]) -> Result<String> {
    let timezone = &desk.directory.firm().timezone;
    let mut text = format!("# What is held about {}\n\n", about.person.addresses().join(", "));
    let names = about.person.names();
    if !names.is_empty() {
        let _ = writeln!(text, "Known as: {}\n", plain(&names.join(", ")));
    }
    let _ = writeln!(text, "## Mails that they wrote: {}\n", mails.len());
    for mail in mails {
        let (at, subject) = (time(mail.came_at, timezone), plain(&mail.subject));
        let _ = writeln!(
            text,
            "- {at}, mail {} in {}: {subject} ({})",
            mail.id,
            mail.mailbox,
            mail.disposition.key()
        );
    }
    let _ = writeln!(text, "\n## Cases about them: {}\n", about.cases.len());
    for &number in &about.cases {
        let Some(detail) = desk.store.case_detail(number).await? else { continue };
        let case = &detail.case;
        let (opened, kind, state) = (time(case.opened_at, timezone), case.kind.words(), case.state.key());
        let _ = writeln!(text, "- #{number}, {kind}, {state}, opened {opened}: {}", plain(&case.subject));
        if !case.evidence.is_empty() {
            let _ = writeln!(text, "  - read as such by: \"{}\"", plain(&case.evidence));
        }
        for (entry, _) in &detail.entries {
            let _ = writeln!(
                text,
                "  - {}, {}: {}",
                time(entry.at, timezone),
                plain(&entry.who),
                plain(&entry.what)
            );
        }
    }
    let _ = writeln!(text, "\n## Letters to them: {}\n", letters.len());
    for letter in letters {
        let (at, subject) = (time(letter.written_at, timezone), plain(&letter.subject));
        let _ =
            writeln!(text, "- {at}, {}, {}: {subject}", letter.sort.replace('_', " "), letter.state.key());
    }
    text.push_str("\n## All rows, by table (data.json)\n\n");
    for (table, rows) in &about.rows {
        let _ = writeln!(text, "- {table}: {}", rows.len());
    }
    let _ = writeln!(text, "\nMails of others whose bytes name them: {}.", about.named_in.len());
    let retention = desk.config.policy.retention;
    let kept = |length: Option<_>| length.map_or_else(|| "for ever".to_owned(), crate::schedule::days);
    let _ = writeln!(text, "Kept: bytes {}, texts {}.", kept(retention.raw), kept(retention.text));
    Ok(text)
}
