//! One folder of an IMAP server, over one connection that is made anew whenever it broke.

mod afterwards;
mod alone;
mod batch;
mod census;
mod idle;

use std::time::Duration;

use jiff::Timestamp;

use super::login::{Capabilities, is_passing, log_in};
use super::wire::{Response, SMALL_LITERAL, Status, Token, Wire, Word};
use super::{Afterwards, Folder, How, ImapSettings, MailboxError, Start, cursor, folder_name};
use crate::message::Cursor;
use alone::Failures;

pub use afterwards::keyword_is_valid;

/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// How much of a mail above `max_mail_size` is fetched, in bytes.
pub(super) const FIRST_PART: u64 = 256 << 10;

/// A folder of an IMAP server.
pub(super) struct ImapFolder {
    settings: ImapSettings,
    folder: Folder,
    place: String,
    connection: Option<Connection>,
    /// UIDVALIDITY of the folder, as last seen.
    validity: u32,
    /// UIDNEXT when the reading was begun from a date: what lies below is held against that date exactly.
    exact_below: u32,
    failures: Failures,
}

struct Connection {
    wire: Wire,
    capabilities: Capabilities,
    /// UIDs in the folder above some cursor, in order, as of the last search.
    uids: Vec<u32>,
    /// Whether the server has announced mail since the last search.
    news: bool,
    idle: Idle,
    /// Whether the server refused to IDLE.
    idle_refused: bool,
}

/// Whether the server idles, and so waits for DONE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Idle {
    No,
    Asked,
    Granted,
}

impl ImapFolder {
    pub fn new(settings: &ImapSettings, folder: &Folder) -> Self {
        Self {
            place: format!("{}/{}", settings.name, folder.name),
            settings: settings.clone(),
            folder: folder.clone(),
            connection: None,
            validity: 0,
            exact_below: 0,
            failures: Failures::default(),
        }
    }

    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is done to a mail once it is stored: never anything in a folder of sent mail.
    fn afterwards(&self) -> &Afterwards {
        if self.folder.sent { &Afterwards::Nothing } else { &self.settings.afterwards }
    }

    /// Connects where there is no working connection, opens the folder, and decides from where to read.
    pub async fn sync_start(
        &mut self,
        stored: Option<Cursor>,
        now: Timestamp,
    ) -> Result<Start, MailboxError> {
        if let Afterwards::Keyword(keyword) = self.afterwards()
            && !keyword_is_valid(keyword)
        {
            return Err(MailboxError::configuration(format!(
                "{keyword:?} cannot be an IMAP keyword; use letters, digits, `-`, `_` and `$`"
            )));
        }
        if self.connected().is_err() {
            self.connection = None;
            let (wire, capabilities) = log_in(&self.settings).await?;
            tracing::info!(
                mailbox.name = self.place,
                mailbox.host = self.settings.host,
                "connected to the mailbox"
            );
            self.connection = Some(Connection {
                wire,
                capabilities,
                uids: Vec::new(),
                news: false,
                idle: Idle::No,
                idle_refused: false,
            });
        }
        let selected = self.select().await?;
        self.check_afterwards(&selected).await?;
        let (validity, uid_next) = (selected.validity, selected.uid_next);
        if self.validity != validity {
            self.validity = validity;
            self.failures = Failures::default();
            self.exact_below = 0;
        }
        let plan = cursor::plan(stored, validity, uid_next, self.settings.since, now);
        let mut start = plan.start;
        if let Some(day) = plan.search {
            self.exact_below = uid_next;
            let uids = self.search(&format!("SINCE {}", cursor::search_date(day))).await?;
            if let Some(first) = uids.first() {
                start.cursor.last_uid = first - 1;
            }
        }
        match start.how {
            How::ValidityChanged { before } => tracing::warn!(
                mailbox.name = self.place,
                mailbox.validity.before = before,
                mailbox.validity.now = validity,
                "the server has numbered the folder's mails anew (UIDVALIDITY changed); reading all since the first \
                 start again, which does nothing twice"
            ),
            How::Resumed if uid_next <= start.cursor.last_uid => tracing::warn!(
                mailbox.name = self.place,
                mailbox.uid.next = uid_next,
                mailbox.uid.last = start.cursor.last_uid,
                "the folder ends before what was already read; if the server was restored from a backup, new mail \
                 with old numbers may be passed over"
            ),
            How::Resumed | How::First => {}
        }
        Ok(start)
    }

    /// Opens the folder: read-only where nothing is done afterwards.
    async fn select(&mut self) -> Result<Selected, MailboxError> {
        let command = if *self.afterwards() == Afterwards::Nothing { "EXAMINE" } else { "SELECT" };
        let command = format!("{command} {}", folder_name::on_the_wire(&self.folder.name));
        let mut selected = Selected::default();
        let connection = self.connected()?;
        connection.uids.clear();
        let status = connection
            .wire
            .command(&command, SMALL_LITERAL, |response| {
                if let Response::Status(status) = response {
                    selected.note(&status);
                }
            })
            .await?;
        connection.news = true;
        match status.word {
            Word::Ok => {}
            _ if is_passing(&status) => {
                return Err(status.refusal(format!("the folder cannot be opened now: {}", status.said())));
            }
            _ => {
                return Err(MailboxError::configuration(format!(
                    "the folder cannot be opened: {}; correct `folders` (`pairdesk check` lists what is there)",
                    status.said()
                )));
            }
        }
        selected.note(&status);
        if selected.validity == 0 {
            connection.wire.broken = true;
            return Err(MailboxError::network(
                "the server opened the folder without telling its UIDVALIDITY",
            ));
        }
        if selected.uid_next == 0 {
            // RFC 9051 §7.1 asks for UIDNEXT; old servers omit it.
            selected.uid_next = self.search("UID *").await?.last().map_or(1, |last| last.saturating_add(1));
        }
        Ok(selected)
    }

    /// Says goodbye, if there is a connection, and leaves the server a moment to answer.
    pub async fn close(&mut self) {
        let Some(Connection { mut wire, idle, .. }) = self.connection.take() else { return };
        if wire.broken && idle == Idle::No {
            return;
        }
        let goodbye = async {
            // DONE may come only once the server idles (RFC 2177 §3).
            while idle == Idle::Asked && wire.response(SMALL_LITERAL).await? != Response::Continue {}
            if idle != Idle::No {
                wire.send(b"DONE\r\n").await?;
            }
            wire.begin("LOGOUT").await?;
            // Up to BYE, which is an error.
            loop {
                wire.response(SMALL_LITERAL).await?;
            }
        };
        let _: Result<Result<(), MailboxError>, _> = tokio::time::timeout(GOODBYE, goodbye).await;
    }

    /// Leaves without a word.
    pub fn hang_up(&mut self) {
        self.connection = None;
    }

    /// Mails of this folder that were set aside unread.
    pub fn try_again(&mut self, keys: &[String]) {
        self.failures.set_aside(keys.iter().filter_map(|key| key.parse().ok()));
    }

    async fn search(&mut self, what: &str) -> Result<Vec<u32>, MailboxError> {
        let mut uids: Vec<u32> = Vec::new();
        let status = self
            .command(&format!("UID SEARCH {what}"), SMALL_LITERAL, |response| {
                if let Response::Data(tokens) = response
                    && tokens.first().is_some_and(|token| token.is("SEARCH"))
                {
                    uids.extend(tokens.iter().filter_map(Token::number::<u32>).filter(|&uid| uid > 0));
                }
            })
            .await?;
        if status.word != Word::Ok {
            return Err(status.refusal(format!("the server does not search the folder: {}", status.said())));
        }
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    async fn expect_ok(&mut self, command: &str) -> Result<(), MailboxError> {
        let status = self.command(command, SMALL_LITERAL, |_| {}).await?;
        if status.word == Word::Ok {
            return Ok(());
        }
        Err(status.refusal(format!("the server does not carry out {command:?}: {}", status.said())))
    }

    /// Runs a command; notes what the server says beside it.
    async fn command(
        &mut self,
        command: &str,
        largest_literal: u64,
        mut each: impl FnMut(Response),
    ) -> Result<Status, MailboxError> {
        let validity = self.validity;
        let connection = self.connected()?;
        let mut renumbered = false;
        let news = &mut connection.news;
        let status = connection
            .wire
            .command(command, largest_literal, |response| {
                *news |= announces(&response);
                if let Response::Status(status) = &response {
                    let now = status.code_value("UIDVALIDITY").and_then(|value| value.parse::<u32>().ok());
                    renumbered |= now.is_some_and(|now| now != validity);
                }
                each(response);
            })
            .await?;
        if renumbered && validity != 0 {
            connection.wire.broken = true;
            return Err(MailboxError::network(
                "the server numbered the mails anew while they were read; connecting anew",
            ));
        }
        Ok(status)
    }

    /// Whether there is a working connection.
    pub fn is_connected(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| !connection.wire.broken)
    }

    fn connected(&mut self) -> Result<&mut Connection, MailboxError> {
        self.connection
            .as_mut()
            .filter(|connection| !connection.wire.broken)
            .ok_or_else(|| MailboxError::network("there is no connection; begin with sync_start"))
    }
}

/// What the server says of a folder that it opens.
#[derive(Debug, Default)]
struct Selected {
    validity: u32,
    uid_next: u32,
    read_only: bool,
    /// The flags that can be kept; `\*` stands for any keyword. None when the server does not say.
    flags: Option<Vec<String>>,
}

impl Selected {
    fn note(&mut self, status: &Status) {
        let number = |name| status.code_value(name).and_then(|value| value.parse().ok());
        self.validity = number("UIDVALIDITY").unwrap_or(self.validity);
        self.uid_next = number("UIDNEXT").unwrap_or(self.uid_next);
        self.read_only |= status.code_value("READ-ONLY").is_some();
        if let Some(flags) = status.code_value("PERMANENTFLAGS") {
            self.flags =
                Some(flags.trim_matches(['(', ')']).split(' ').map(str::to_ascii_lowercase).collect());
        }
    }

    fn takes_keyword(&self, keyword: &str) -> bool {
        let keyword = keyword.to_ascii_lowercase();
        self.flags.as_ref().is_none_or(|flags| flags.iter().any(|flag| *flag == keyword || flag == "\\*"))
    }
}

/// Whether a response says that the folder has got mail.
fn announces(response: &Response) -> bool {
    matches!(response, Response::Data(tokens) if tokens.get(1).is_some_and(|token| token.is("EXISTS")))
}
