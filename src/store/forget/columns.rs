//! What each column of each table holds of people: what an erasure does with it.
//!
//! A test holds this list against the schema of both databases, so that no column comes without a word here.

use Holds::{Addresses, Bytes, Fixed, Mail, People, Theirs, Words};

/// What a column holds of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Keys, words and days that this program chooses: nobody stands in them.
    Fixed,
    /// Text in which anybody may stand: they are put out of it.
    Words,
    /// Names and addresses of people: only their address and full name are put out of it.
    People,
    /// Addresses with a blank between them: theirs are taken out.
    Addresses,
    /// The address of the one person whose row it is: the row goes.
    Theirs,
    /// Bytes of a mail: they go as a whole.
    Mail,
    /// Hashes, keys and numbers in bytes: nobody stands in them.
    Bytes,
}

/// A table with the mail and the case that each of its rows belongs to, where it has them, and its texts and bytes.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The column that numbers the mail; empty where there is none.
    pub mail: &'static str,
    /// The column that numbers the case; empty where there is none.
    pub case: &'static str,
    /// All columns of texts and bytes.
    pub columns: &'static [(&'static str, Holds)],
}

impl Table {
    /// Whether anybody may stand in it.
    pub(super) fn names_people(&self) -> bool {
        self.columns.iter().any(|(_, holds)| !matches!(holds, Fixed | Bytes))
    }
}

const fn table(
    name: &'static str,
    mail: &'static str,
    case: &'static str,
    columns: &'static [(&'static str, Holds)],
) -> Table {
    Table { name, mail, case, columns }
}

/// All tables that hold a text or bytes.
pub const TABLES: &[Table] = &[
    table(
        "mail",
        "id",
        "",
        &[
            ("mailbox", Fixed),
            ("place_key", Fixed),
            ("content_hash", Bytes),
            ("message_id", People),
            ("from_name", People),
            ("from_address", People),
            ("subject", Words),
            ("base_subject", Words),
            ("excerpt", Words),
            ("closing", Words),
            ("defects", Words),
            ("disposition", Fixed),
            ("reason", Words),
            ("account", Fixed),
            ("writer_name", People),
            ("writer_address", People),
            ("recipients", Addresses),
        ],
    ),
    table("mail_raw", "mail", "", &[("bytes", Mail)]),
    table("chunk", "", "", &[("hash", Bytes), ("bytes", Mail)]),
    table("mail_chunk", "mail", "", &[("chunk", Bytes)]),
    table("mail_reference", "mail", "", &[("identifier", Theirs)]),
    table(
        "cases",
        "",
        "number",
        &[
            ("account", Fixed),
            ("kind", Fixed),
            ("lead", Fixed),
            ("state", Fixed),
            ("subject", Words),
            ("evidence", Words),
            ("client", People),
            ("lead_name", People),
            ("lead_address", People),
            ("taken_by_name", People),
            ("taken_by_address", People),
            ("reminded_of", Fixed),
            ("reminded_step", Fixed),
        ],
    ),
    table("case_entry", "mail", "case_number", &[("who", People), ("what", Words), ("why", Words)]),
    table("classification", "mail", "", &[("model", Fixed)]),
    table("finding", "mail", "", &[("kind", Fixed), ("evidence", Words), ("words", Words)]),
    table(
        "account",
        "",
        "",
        &[
            ("account_key", Fixed),
            ("name", Words),
            ("sales_name", People),
            ("sales_address", People),
            ("operations_name", People),
            ("operations_address", People),
            ("sales_deputy_name", People),
            ("sales_deputy_address", People),
            ("operations_deputy_name", People),
            ("operations_deputy_address", People),
            ("manager_name", People),
            ("manager_address", People),
            ("timezone", Fixed),
            ("language", Fixed),
            ("tier", Fixed),
            ("currency", Fixed),
            ("do_not_write", Addresses),
        ],
    ),
    table("account_domain", "", "", &[("domain", Fixed), ("account", Fixed)]),
    table("account_address", "", "", &[("address", Theirs), ("account", Fixed)]),
    table("account_scope", "", "", &[("account", Fixed), ("line", Words)]),
    table("mailbox_cursor", "", "", &[("mailbox", Fixed)]),
    table("mailbox_state", "", "", &[("mailbox", Fixed), ("last_error", Words)]),
    table(
        "outbox",
        "",
        "case_number",
        &[
            ("letter_key", Fixed),
            ("message_id", Fixed),
            ("sort", Fixed),
            ("envelope_from", People),
            ("envelope_to", People),
            ("subject", Words),
            ("bytes", Mail),
            ("state", Fixed),
            ("claimed_by", Fixed),
            ("last_failure", Words),
        ],
    ),
    table("digest", "", "", &[("person", Theirs)]),
    table("correction", "mail", "", &[("labels", Fixed), ("who", People), ("words", Words)]),
    table("correction_reading", "mail", "", &[("model", Fixed), ("vector", Bytes), ("logits", Bytes)]),
    table("token_key", "", "", &[("bytes", Bytes)]),
    table("refusal", "mail", "", &[("sender", People), ("reason", Fixed), ("words", Words)]),
    table(
        "offer",
        "",
        "case_number",
        &[("work", Words), ("currency", Fixed), ("valid_until", Fixed), ("stage", Fixed)],
    ),
    table(
        "absence",
        "",
        "",
        &[("person", Theirs), ("from_day", Fixed), ("until_day", Fixed), ("learnt_from", Fixed)],
    ),
    table("matched_address", "", "", &[("address", Theirs), ("account", Fixed), ("who", People)]),
    table("meeting", "", "case_number", &[("uid", Fixed)]),
    table(
        "meeting_guest",
        "",
        "",
        &[("uid", Fixed), ("address", Theirs), ("name", People), ("answer", Fixed)],
    ),
    table("mailbox_tally", "", "", &[("mailbox", Fixed), ("missing", Words)]),
    table("gathered", "", "case_number", &[("account", Fixed)]),
    table(
        "commitment",
        "mail",
        "case_number",
        &[("account", Fixed), ("person", Theirs), ("words", Words), ("due", Fixed)],
    ),
    table("weekly", "", "", &[("person", Theirs)]),
    table("daemon", "", "", &[("id", Fixed), ("name", Fixed), ("process", Fixed)]),
    table("lease", "", "", &[("name", Fixed), ("daemon", Fixed)]),
    // Logins of the firm's own mailboxes, with tokens that are as secret as passwords.
    table(
        "oauth_token",
        "",
        "",
        &[
            ("name", Fixed),
            ("client", Fixed),
            ("refresh", Fixed),
            ("access", Fixed),
            ("trouble", Words),
            ("asker", Fixed),
        ],
    ),
    table("oauth_told", "", "", &[("name", Fixed), ("topic", Fixed)]),
    table("erasure_key", "", "", &[("bytes", Bytes)]),
    table("erased_mail", "", "", &[("hash", Bytes)]),
    table("retention", "", "", &[("what", Fixed)]),
    table("retention_held", "", "", &[("what", Fixed)]),
];
