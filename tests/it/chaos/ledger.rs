//! What was delivered, held against what is stored, what was written for it, and what went out.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use pairdesk::clock::Clock;
use pairdesk::config::Config;
use pairdesk::effect::Disposition;
use pairdesk::message::{Arrival, Cursor, Place};
use pairdesk::store::{ContentHash, OutboxLine, OutboxState, Status, Store, content_hash};
use pairdesk::worker::receive;

use crate::harness::random::Random;
use crate::harness::sink::Accepted;

/// The sorts of mail that come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A client who is about to leave.
    Severe,
    /// A client who asks for more.
    Extra,
    /// A client's delivery note, with lines that look like commands.
    Routine,
    /// The same with an attachment of 200 kB.
    Large,
    /// Somebody whom nobody knows.
    Unknown,
}

impl Sort {
    const ALL: [Self; 5] = [Self::Severe, Self::Extra, Self::Routine, Self::Large, Self::Unknown];

    /// Any sort.
    pub fn drawn(random: &mut Random) -> Self {
        *random.pick(&Self::ALL)
    }

    /// A mail of this sort, from an address that writes no other.
    pub fn mail(self, number: usize, account: usize) -> Vec<u8> {
        let domain = match self {
            Self::Unknown => "nobody.example".to_owned(),
            _ => format!("c{account}.example"),
        };
        let text = match self {
            Self::Severe => {
                "This is completely unacceptable. Nobody turned up again, and we have lost all trust in your firm. \
                 We are terminating the contract and are moving to another provider."
            }
            Self::Extra => {
                "Could you also add a second page while you are at it, and do it for our other site as well?"
            }
            _ => "Please find the delivery note for Thursday attached. See you next week.",
        };
        // What only a reader of lines could take for something else.
        let odd = "* 1 FETCH (UID 1 BODY[] {12}\r\np1 OK done\r\n.\r\n..\r\nFrom nobody\r\n)\r\n";
        let head = format!(
            "From: Person {number} <p{number}@{domain}>\r\nTo: service@fjord.example\r\nSubject: Matter {number:05}\r\n\
             Message-ID: <m{number}@{domain}>\r\nDate: Tue, 10 Mar 2026 09:00:00 +0100\r\n"
        );
        if self != Self::Large {
            let odd = if self == Self::Routine { odd } else { "" };
            return format!("{head}\r\n{text}\r\n{odd}").into_bytes();
        }
        let line = format!("{}\r\n", "QmFzZTY0IGlzIGxvbmcu".repeat(3));
        let base64 = line.repeat(200_000 / line.len() + number % 7);
        format!(
            "{head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{text}\r\n{odd}--b\r\n\
             Content-Type: application/pdf; name=note.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64}--b--\r\n"
        )
        .into_bytes()
    }
}

/// What a mail of each sort leads to when nothing goes wrong: its disposition, and how many letters of each sort.
pub struct Calm(BTreeMap<Sort, (Disposition, BTreeMap<String, usize>)>);

impl Calm {
    /// One mail of each sort, into a database of their own.
    pub async fn had(config: &Path, database: PathBuf) -> Self {
        let text = std::fs::read_to_string(config).unwrap();
        let url = text.lines().find(|line| line.starts_with("url = ")).unwrap();
        let calm = config.with_file_name("calm.toml");
        std::fs::write(&calm, text.replace(url, &format!("url = \"sqlite:{}\"", database.display())))
            .unwrap();
        let desk = pairdesk::daemon::desk(&Config::load(&calm).unwrap(), Clock::System).await.unwrap();
        let accounts = calm.with_file_name("accounts.toml");
        let program = env!("CARGO_BIN_EXE_pairdesk");
        let mut import = std::process::Command::new(program);
        import.arg("--config").arg(&calm).args(["accounts", "import", "--yes"]).arg(accounts);
        assert!(import.output().unwrap().status.success());
        let now = desk.clock.now();
        let mut found = BTreeMap::new();
        for (number, sort) in Sort::ALL.into_iter().enumerate() {
            let raw = sort.mail(number, number);
            let key = (number + 1).to_string();
            let place = Place { mailbox: "plain/INBOX".into(), validity: 1, key };
            let full_size = raw.len() as u64;
            let arrival = Arrival { place, raw, full_size, received_at: Some(now), sent_folder: false };
            let last_uid = u32::try_from(number + 1).unwrap();
            let cursor = Cursor { validity: 1, last_uid, since: Timestamp::UNIX_EPOCH, started_at: now };
            receive::take(&desk, vec![arrival], "plain/INBOX", cursor).await.unwrap();
        }
        let letters = desk.store.outgoing(OutboxState::Pending).await.unwrap();
        for disposition in Disposition::ALL {
            for mail in desk.store.mails(disposition).await.unwrap() {
                let sort = Sort::ALL[matter(&mail.subject).unwrap()];
                found.insert(sort, (disposition, sorts(&letters, matter(&mail.subject).unwrap())));
            }
        }
        let severe = &found[&Sort::Severe];
        assert!(
            severe.0 == Disposition::Case && severe.1["received"] == 1 && severe.1["notice"] == 2,
            "{found:?}"
        );
        desk.store.close().await;
        Self(found)
    }
}

/// The number of the mail that a subject is about.
fn matter(subject: &str) -> Option<usize> {
    let (_, rest) = subject.split_once("Matter ")?;
    rest.get(..5)?.parse().ok()
}

fn sorts(letters: &[OutboxLine], number: usize) -> BTreeMap<String, usize> {
    let mut sorts = BTreeMap::new();
    for line in letters.iter().filter(|line| matter(&line.subject) == Some(number)) {
        *sorts.entry(line.sort.clone()).or_default() += 1;
    }
    sorts
}

/// The account of a whole run.
pub struct Ledger {
    calm: Calm,
    /// What came in this block, by its fingerprint.
    delivered: HashMap<ContentHash, (usize, Sort)>,
    mails: usize,
    /// What the server has, by Message-ID: how often, and the fingerprint of its bytes.
    arrived: HashMap<String, (usize, u64)>,
    /// How often the end of the daemon found a mail under way.
    under_way: HashMap<String, usize>,
    rounds: BTreeMap<String, BTreeMap<String, usize>>,
    digests: usize,
    digests_in_doubt: usize,
    ended: Vec<String>,
    /// Up to where the tables have been checked.
    last_mail: i64,
    last_letter: i64,
    sent: usize,
    duplicates: usize,
    /// Second copies: of mails whose acceptance the daemon did not hear of, and of those under way at its end.
    unheard: usize,
    unnoted: usize,
}

fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.trim_ascii_end().hash(&mut hasher);
    hasher.finish()
}

impl Ledger {
    pub fn new(calm: Calm) -> Self {
        Self {
            calm,
            delivered: HashMap::new(),
            mails: 0,
            arrived: HashMap::new(),
            under_way: HashMap::new(),
            rounds: BTreeMap::new(),
            digests: 0,
            digests_in_doubt: 0,
            ended: Vec::new(),
            last_mail: 0,
            last_letter: 0,
            sent: 0,
            duplicates: 0,
            unheard: 0,
            unnoted: 0,
        }
    }

    /// A mail came.
    pub fn delivered(&mut self, number: usize, sort: Sort, raw: &[u8]) {
        self.mails += 1;
        self.delivered.insert(content_hash(raw), (number, sort));
    }

    /// A fault happened.
    pub fn count(&mut self, of: &str, what: String) {
        *self.rounds.entry(of.to_owned()).or_default().entry(what).or_default() += 1;
    }

    pub fn rounds(&self) -> usize {
        self.rounds.values().flat_map(BTreeMap::values).sum()
    }

    pub fn digests(&mut self, made: usize) {
        self.digests += made;
    }

    pub fn digests_in_doubt(&mut self) {
        self.digests_in_doubt += 1;
    }

    pub fn ended_by_itself(&mut self, why: String) {
        self.ended.push(why);
    }

    /// These mails were being sent when the daemon ended.
    pub fn under_way(&mut self, message_ids: impl Iterator<Item = String>) {
        for id in message_ids {
            *self.under_way.entry(id).or_default() += 1;
        }
    }

    /// The server has these mails.
    pub fn arrived(&mut self, mails: Vec<Accepted>) {
        for mail in mails {
            let id = mail.header("Message-ID").expect("each outgoing mail has a Message-ID");
            let bytes = fingerprint(&mail.bytes);
            let known = self.arrived.entry(id.trim_matches(['<', '>']).to_owned()).or_insert((0, bytes));
            assert_eq!(known.1, bytes, "two copies of {id} differ");
            known.0 += 1;
        }
    }

    /// How many mails are stored as such, and how many of them are still to be read.
    pub fn stored(status: &Status) -> (usize, usize) {
        let count = |wanted: &dyn Fn(Disposition) -> bool| {
            let counts = status.mails.iter().filter(|(disposition, _)| wanted(*disposition));
            counts.map(|(_, count)| usize::try_from(*count).unwrap()).sum()
        };
        (
            count(&|disposition| disposition != Disposition::Duplicate),
            count(&|disposition| disposition.key() == "waiting"),
        )
    }

    /// Balances the account of a block: an error says what is wrong.
    pub async fn balance(&mut self, store: &Store, lost: &HashMap<String, usize>) -> Result<(), String> {
        self.mails_balance(store).await?;
        self.letters_balance(store, lost).await
    }

    async fn mails_balance(&mut self, store: &Store) -> Result<(), String> {
        let mut found: HashMap<ContentHash, i64> = HashMap::new();
        let mut last = self.last_mail;
        for disposition in Disposition::ALL {
            for mail in store.mails(disposition).await.unwrap() {
                if mail.id <= self.last_mail {
                    continue;
                }
                last = last.max(mail.id);
                let raw = store.raw_mail(mail.id).await.unwrap().unwrap_or_default();
                let hash = content_hash(&raw);
                let Some((number, sort)) = self.delivered.get(&hash) else {
                    return Err(format!("nobody sent this mail of {} bytes: {mail:?}", raw.len()));
                };
                if disposition == Disposition::Duplicate {
                    self.duplicates += 1;
                    continue;
                }
                if let Some(other) = found.insert(hash, mail.id) {
                    return Err(format!("mail {number} is stored twice, as {other} and as {}", mail.id));
                }
                let expected = self.calm.0[sort].0;
                if disposition != expected {
                    return Err(format!(
                        "mail {number} is {disposition:?} in place of {expected:?}: {}",
                        mail.reason
                    ));
                }
            }
        }
        for (hash, (number, sort)) in &self.delivered {
            if !found.contains_key(hash) {
                return Err(format!("mail {number} ({sort:?}) is LOST"));
            }
        }
        self.last_mail = last;
        Ok(())
    }

    async fn letters_balance(&mut self, store: &Store, lost: &HashMap<String, usize>) -> Result<(), String> {
        let mut new = Vec::new();
        let (mut known, mut sent, mut digests) = (BTreeSet::new(), 0, 0);
        let (mut unheard, mut unnoted) = (0, 0);
        for state in OutboxState::ALL {
            for line in store.outgoing(state).await.unwrap() {
                digests += usize::from(line.sort == "digest");
                if line.id > self.last_letter {
                    new.push(line.clone());
                }
                if state != OutboxState::Sent {
                    if matches!(line.sort.as_str(), "received" | "notice" | "alert" | "digest" | "gathered") {
                        return Err(format!("it has not gone out: {line:?}"));
                    }
                    continue;
                }
                sent += 1;
                let Some((copies, bytes)) = self.arrived.get(&line.message_id) else {
                    return Err(format!("it never arrived: {line:?}"));
                };
                if line.id > self.last_letter {
                    let own = store.outgoing_bytes(line.id).await.unwrap().unwrap_or_default();
                    if fingerprint(&own) != *bytes {
                        return Err(format!("it arrived as another: {line:?}"));
                    }
                }
                let of = |counts: &HashMap<String, usize>| counts.get(&line.message_id).copied().unwrap_or(0);
                let second = copies - 1;
                let by_answer = second.min(of(lost));
                if second - by_answer > of(&self.under_way) {
                    return Err(format!(
                        "{copies} copies, but {} answers were lost and {} ends of the daemon found it under way: {line:?}",
                        of(lost),
                        of(&self.under_way)
                    ));
                }
                unheard += by_answer;
                unnoted += second - by_answer;
                known.insert(line.message_id);
            }
        }
        if let Some(other) = self.arrived.keys().find(|id| !known.contains(*id)) {
            return Err(format!("the server has a mail that the outbox has not sent: {other}"));
        }
        if digests < self.digests {
            return Err(format!("{digests} digests were written of {}", self.digests));
        }
        for (number, sort) in self.delivered.values() {
            let (found, expected) = (sorts(&new, *number), &self.calm.0[sort].1);
            let of = |counts: &BTreeMap<String, usize>, sort: &str| counts.get(sort).copied().unwrap_or(0);
            let kinds: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
            for kind in kinds {
                // A clock that jumps may bring a client's alerts too near to each other.
                let right =
                    of(&found, kind) == of(expected, kind) || kind == "alert" && of(&found, kind) == 0;
                if !right {
                    return Err(format!(
                        "mail {number} ({sort:?}) led to {found:?} in place of {expected:?}"
                    ));
                }
            }
        }
        (self.sent, self.unheard, self.unnoted) = (sent, unheard, unnoted);
        self.last_letter = new.iter().map(|line| line.id).max().unwrap_or(self.last_letter);
        self.delivered.clear();
        Ok(())
    }

    /// One line.
    pub fn summary(&self) -> String {
        format!(
            "{} rounds, {} mails stored once, {} letters sent once, {} second copies in the window",
            self.rounds(),
            self.mails,
            self.sent,
            self.unheard + self.unnoted
        )
    }

    /// All counts.
    pub fn report(&self) -> String {
        let mut text = format!(
            "{} rounds, balance zero: {} mails came in and are stored once, whole and decided, 0 lost, 0 doubled ({} seen \
             again under another UIDVALIDITY and known); {} letters written and all gone out, 0 missing, {} of them \
             digests by hand ({} in doubt); {} second copies, all with the same Message-ID: {} accepted while the daemon \
             did not hear of it, {} under way when it was ended; the daemon ended by itself {} times\n",
            self.rounds(),
            self.mails,
            self.duplicates,
            self.sent,
            self.digests,
            self.digests_in_doubt,
            self.unheard + self.unnoted,
            self.unheard,
            self.unnoted,
            self.ended.len()
        );
        for (of, counts) in &self.rounds {
            let _ = writeln!(text, "  {of}: {}", counts.values().sum::<usize>());
            // By step, then by what happened there, over all mailboxes.
            let mut by: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
            for (what, count) in counts {
                let (step, act) = what.split_once(": ").unwrap_or((what, ""));
                let act = if of == "IMAP" { act.rsplit_once(" (").map_or(act, |(act, _)| act) } else { act };
                *by.entry(step).or_default().entry(act).or_default() += count;
            }
            for (step, acts) in by {
                let total: usize = acts.values().sum();
                let acts: Vec<_> = acts.iter().filter(|(act, _)| !act.is_empty()).collect();
                let acts: Vec<_> = acts.iter().map(|(act, count)| format!("{act} {count}")).collect();
                let colon = if acts.is_empty() { "" } else { ": " };
                let _ = writeln!(text, "    {step} {total}{colon}{}", acts.join(", "));
            }
        }
        for why in &self.ended {
            let _ = writeln!(text, "  ended by itself: {why}");
        }
        text
    }
}
