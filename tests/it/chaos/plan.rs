//! What goes wrong in a block of rounds, drawn from the seed and the block's number alone.

use crate::chaos::site::Site;
use crate::harness::proxy::{Act, Fault, imap, postgres, smtp};
use crate::harness::random::Random;

/// Rounds of a block, beside those that end it.
const ROUNDS: usize = 80;
/// Of these, so many are the mail server's, the database's, and the daemon's own; the mailboxes share the rest.
const SENDING: usize = 12;
const STORING: usize = 8;
const LIVING: usize = 5;

/// What happens to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storing {
    /// Something on the way to it.
    Way(Fault),
    /// Another process writes for so many milliseconds.
    Locked(u64),
    /// Its disk is full for so many milliseconds.
    Full(u64),
    /// All connections are ended.
    Terminated,
    /// All statements are broken off.
    Cancelled,
    /// The server is ended at once and started again.
    Restarted,
}

/// What happens to the daemon itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Living {
    /// It is killed after so many milliseconds.
    Killed(u64),
    /// It is killed so many milliseconds after mails were stored.
    KilledOverMails(u64),
    /// It is stopped in order, and started again.
    Stopped,
    /// It stands still for so many milliseconds.
    Suspended(u64),
    /// The clock jumps by so many seconds.
    Clock(i64),
    /// Somebody asks for the digests.
    Digests,
}

/// How a block ends, before all is calm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Killed,
    Stopped,
    /// The daemon goes on; only its connections to the mailboxes end.
    HungUp,
}

/// The rounds of a block.
#[derive(Debug)]
pub struct Block {
    /// Chance for what is not of a single round.
    pub seed: u64,
    /// For each mailbox.
    pub reading: Vec<Vec<Fault>>,
    /// For the mail server.
    pub sending: Vec<Fault>,
    /// For the database.
    pub storing: Vec<Storing>,
    /// For the daemon.
    pub living: Vec<Living>,
    /// The end.
    pub ending: Ending,
}

impl Block {
    /// The block of this number.
    pub fn drawn(seed: u64, number: u64, site: &Site) -> Self {
        let mut random = Random::new(seed ^ number.wrapping_mul(0x2545_F491_4F6C_DD1D));
        let each = (ROUNDS - SENDING - STORING - LIVING) / site.mailboxes.len();
        let reading = site.mailboxes.iter().map(|mailbox| {
            let mut of_mailbox = || {
                // A connection is begun in a third of the rounds.
                let tables = if random.below(3) == 0 { imap::CONNECTING } else { imap::READING };
                let mut fault = drawn(tables, &mut random);
                while fault.step == "STORE" && !mailbox.does_something() {
                    fault = drawn(tables, &mut random);
                }
                if mailbox.starts_tls() && fault.step == "CAPABILITY" && random.below(2) == 0 {
                    fault = drawn(&[imap::STARTING_TLS], &mut random);
                }
                fault
            };
            (0..each).map(|_| of_mailbox()).collect()
        });
        let reading: Vec<Vec<Fault>> = reading.collect();
        let sending = |_| {
            let table = if random.below(5) == 0 { smtp::CONNECTING } else { smtp::SENDING };
            drawn(table, &mut random)
        };
        let sending: Vec<Fault> = (0..SENDING).map(sending).collect();
        let storing = (0..STORING).map(|_| Storing::drawn(site, &mut random)).collect();
        let living = (0..LIVING).map(|_| Living::drawn(site, &mut random)).collect();
        let ending = *random.pick(&[Ending::Killed, Ending::Stopped, Ending::HungUp]);
        Self { seed: random.next(), reading, sending, storing, living, ending }
    }
}

fn drawn(table: &[(&'static str, &[Act])], random: &mut Random) -> Fault {
    let (step, acts) = random.pick(table);
    Fault { step, act: *random.pick(acts), seed: random.next() }
}

impl Storing {
    fn drawn(site: &Site, random: &mut Random) -> Self {
        let moment = 50 + random.below(1_200);
        loop {
            match random.below(if site.is_postgresql() { 12 } else { 2 }) {
                0 => return Self::Locked(moment),
                1 if site.has_disk() => return Self::Full(moment),
                2 => return Self::Terminated,
                3 => return Self::Cancelled,
                4 => return Self::Restarted,
                5.. => return Self::Way(drawn(postgres::FAULTS, random)),
                _ => {}
            }
        }
    }

    /// Its name for the counts.
    pub fn name(self) -> String {
        match self {
            Self::Way(fault) => format!("{}: {}", fault.step, fault.act.name()),
            Self::Locked(_) => "another process writes".to_owned(),
            Self::Full(_) => "disk full".to_owned(),
            Self::Terminated => "all connections ended".to_owned(),
            Self::Cancelled => "all statements broken off".to_owned(),
            Self::Restarted => "server killed and started".to_owned(),
        }
    }
}

impl Living {
    fn drawn(site: &Site, random: &mut Random) -> Self {
        loop {
            match random.below(12) {
                0 | 1 => return Self::Killed(random.below(2_000)),
                2..=5 => return Self::KilledOverMails(random.below(80)),
                6 => return Self::Stopped,
                7 | 8 => return Self::Suspended(100 + random.below(3_000)),
                9 => return Self::Digests,
                _ if site.has_clock() => {
                    let seconds = 1 + i64::try_from(random.below(10 * 3600)).unwrap();
                    return Self::Clock(if random.below(2) == 0 { seconds } else { -seconds });
                }
                _ => {}
            }
        }
    }

    /// Its name for the counts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Killed(_) => "killed",
            Self::KilledOverMails(_) => "killed over mails",
            Self::Stopped => "stopped and started",
            Self::Suspended(_) => "suspended",
            Self::Clock(0..) => "clock forward",
            Self::Clock(_) => "clock back",
            Self::Digests => "digests by hand",
        }
    }
}
