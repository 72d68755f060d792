//! How the mails that a folder had are accounted for.

/// From where on the mails of a folder are accounted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// UIDVALIDITY (RFC 9051 §2.3.1.1); 0 for a Maildir.
    pub validity: u32,
    /// The UID of the first mail that is read; 0 for a Maildir.
    pub first_uid: u32,
    /// Mails with lower UIDs lay there when the reading began: they are held exactly against the date from which on it
    /// reads.
    pub exact_below: u32,
}

/// How the mails that a folder had are accounted for. A mail that was stored and has left the folder since still counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Mails that were processed, those of unknown senders and those that wait to be read among them.
    pub processed: u64,
    /// Mails that could not be read or decided.
    pub set_aside: u64,
    /// Mails of machines, second copies, and what came before the date from which on the folder is read.
    pub ignored: u64,
    /// Mails that lie there and of which nothing is known: their UIDs, or the names of their files.
    pub missing: Vec<String>,
}

impl Tally {
    /// How many mails the folder is known to have had.
    pub fn had(&self) -> u64 {
        self.accounted() + self.missing.len() as u64
    }

    /// How many of them are accounted for.
    pub fn accounted(&self) -> u64 {
        self.processed + self.set_aside + self.ignored
    }

    /// In words: "mailbox 412, accounted 412".
    pub fn words(&self) -> String {
        format!("mailbox {}, accounted {}", self.had(), self.accounted())
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut sum, tally| {
            sum.processed += tally.processed;
            sum.set_aside += tally.set_aside;
            sum.ignored += tally.ignored;
            sum.missing.extend(tally.missing);
            sum
        })
    }
}
