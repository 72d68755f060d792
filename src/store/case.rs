//! Cases, their history, and the mails that belong to them.

mod lists;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::error::StoreError;
use super::finding::{self, MailFindings};
use super::mail::{self, MailLine};
use super::outbox::{self, OutboxLine};
use super::session::{Row, Session};
use super::{Store, Tx};
use crate::case::{Case, CaseClock, CaseFollowUp, Entry, Goal, Kind, Reminded, Side, State, Step};

pub(super) use lists::{
    alerted_since, at_work, gathered, of_account, opened_after, pending, silent, unfinished, watched,
};

/// Which cases are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Only this account's.
    pub account: Option<String>,
    /// Only those where somebody still has to do something.
    pub unfinished: bool,
}

/// All that is known of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseDetail {
    /// The case.
    pub case: Case,
    /// Its history, oldest first: each line with the mail that it followed from.
    pub entries: Vec<(Entry, Option<i64>)>,
    /// The mails that lines of its history followed from, in the order of their numbers.
    pub sources: Vec<Source>,
    /// Its mails, oldest first.
    pub mails: Vec<MailLine>,
    /// What was written about it, oldest first.
    pub outgoing: Vec<OutboxLine>,
    /// What the classifier said of its mails.
    pub findings: Vec<MailFindings>,
}

/// A mail that something in a case's history followed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The mail.
    pub mail: i64,
    /// Where it lies: the mailbox and folder, and its UID or file.
    pub place: String,
    /// The subject as written.
    pub subject: String,
    /// The Message-ID, if it has one.
    pub message_id: Option<String>,
}

/// A query for [`Case`]s. Where it asks for few of many, it orders by `+number`: SQLite would else walk over all, since they
/// lie in that order.
fn select(rest: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "SELECT number, account, conversation, kind, severity, probability, please_check, lead, state, subject,
            evidence, client, opened_at, changed_at, answered_at, told_at, alerted_at,
            wakes_at, lead_name, lead_address, taken_by_name, taken_by_address,
            again_at, reminded_of, reminded_step, reminded_at, quiet, held_at, called_in_at, taken_at,
            resolved_at, reopened, thanked, still_working, still_working_at, watched_until FROM cases {rest}"
    ))
}

impl Store {
    /// The cases that a filter lets through, oldest first.
    pub async fn cases(&self, filter: &CaseFilter) -> Result<Vec<Case>, StoreError> {
        let mut session = self.read("listing cases").await?;
        let account = filter.account.as_deref();
        if filter.unfinished {
            unfinished(&mut session, account).await
        } else {
            of_account(&mut session, account).await
        }
    }

    /// One case with everything that belongs to it.
    pub async fn case_detail(&self, number: i64) -> Result<Option<CaseDetail>, StoreError> {
        let session = &mut self.read("showing a case").await?;
        let Some(row) = session.row(select("WHERE number = $1"), [number.into()]).await? else {
            return Ok(None);
        };
        let sql =
            "SELECT case_number, at, who, what, why, mail FROM case_entry WHERE case_number = $1 ORDER BY id";
        let rows = session.rows(sql, [number.into()]).await?;
        let entries = rows.iter().map(|row| Ok((entry(row)?.1, row.get("mail")?)));
        let mails = mail::of_case(session, number).await?;
        let mut findings = Vec::new();
        for mail in &mails {
            findings.extend(finding::of_mail(session, mail.id).await?);
        }
        Ok(Some(CaseDetail {
            case: case(&row)?,
            entries: entries.collect::<Result<_, StoreError>>()?,
            sources: sources(session, number).await?,
            outgoing: outbox::of_case(session, number).await?,
            mails,
            findings,
        }))
    }
}

impl Store {
    /// When the next waiting case comes back, perhaps in the past; none when none does by itself.
    pub async fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut session = self.read("looking for cases that come back").await?;
        let sql = "SELECT MIN(wakes_at) AS at FROM cases WHERE state = 'waiting'";
        session.row(sql, []).await?.map_or(Ok(None), |row| row.time_if("at"))
    }
}

impl Tx {
    /// The waiting cases whose time has come, oldest first.
    pub async fn woken(&mut self, now: Timestamp) -> Result<Vec<Case>, StoreError> {
        let sql = select("WHERE state = 'waiting' AND wakes_at <= $1 ORDER BY number");
        let session = self.doing("looking for cases that come back");
        session.rows(sql, [now.into()]).await?.iter().map(case).collect()
    }
}

async fn sources(session: &mut Session, number: i64) -> Result<Vec<Source>, StoreError> {
    let sql = "SELECT DISTINCT m.id, m.mailbox, m.place_key, m.subject, m.message_id
        FROM mail m JOIN case_entry e ON e.mail = m.id WHERE e.case_number = $1 ORDER BY m.id";
    let rows = session.rows(sql, [number.into()]).await?;
    let source = |row: &Row| {
        let (mailbox, key): (String, String) = (row.get("mailbox")?, row.get("place_key")?);
        Ok(Source {
            mail: row.get("id")?,
            place: format!("{mailbox}/{key}"),
            subject: row.get("subject")?,
            message_id: row.get("message_id")?,
        })
    };
    rows.iter().map(source).collect()
}

/// Writes a case, new or changed, and joins a mail to it.
pub(super) async fn save(
    session: &mut Session,
    new: bool,
    case: &Case,
    mail: Option<i64>,
) -> Result<(), StoreError> {
    let sql = if new {
        "INSERT INTO cases (number, account, conversation, kind, severity, probability, please_check, lead, state,
            subject, evidence, client, opened_at, changed_at, answered_at, told_at, alerted_at,
            wakes_at, lead_name, lead_address, taken_by_name, taken_by_address,
            again_at, reminded_of, reminded_step, reminded_at, quiet, held_at, called_in_at, taken_at,
            resolved_at, reopened, thanked, still_working, still_working_at, watched_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36)"
    } else {
        "UPDATE cases SET account = $2, conversation = $3, kind = $4, severity = $5, probability = $6,
            please_check = $7, lead = $8, state = $9, subject = $10, evidence = $11, client = $12, opened_at = $13,
            changed_at = $14, answered_at = $15, told_at = $16, alerted_at = $17, wakes_at = $18,
            lead_name = $19, lead_address = $20, taken_by_name = $21, taken_by_address = $22, again_at = $23,
            reminded_of = $24, reminded_step = $25, reminded_at = $26, quiet = $27, held_at = $28, called_in_at = $29,
            taken_at = $30, resolved_at = $31, reopened = $32, thanked = $33, still_working = $34,
            still_working_at = $35, watched_until = $36 WHERE number = $1"
    };
    let follow_up = &case.clock.follow_up;
    let values = [
        case.number.into(),
        (&case.account).into(),
        case.conversation.into(),
        case.kind.key().into(),
        i64::from(case.severity).into(),
        case.probability.into(),
        case.please_check.into(),
        case.lead.key().into(),
        case.state.key().into(),
        (&case.subject).into(),
        (&case.evidence).into(),
        (&case.client).into(),
        case.opened_at.into(),
        case.changed_at.into(),
        case.answered_at.into(),
        case.told_at.into(),
        case.alerted_at.into(),
        case.wakes_at.into(),
        case.lead_person.as_ref().map(|person| person.name.as_str()).into(),
        case.lead_person.as_ref().map(|person| person.address.as_str()).into(),
        case.taken_by.as_ref().map(|person| person.name.as_str()).into(),
        case.taken_by.as_ref().map(|person| person.address.as_str()).into(),
        case.clock.again_at.into(),
        case.clock.reminded.map(|reminded| reminded.goal.key()).into(),
        case.clock.reminded.map(|reminded| reminded.step.key()).into(),
        case.clock.reminded.map(|reminded| reminded.at).into(),
        case.clock.quiet.into(),
        case.clock.held_at.into(),
        case.clock.called_in_at.into(),
        case.clock.taken_at.into(),
        follow_up.resolved_at.into(),
        i64::from(follow_up.reopened).into(),
        follow_up.thanked.into(),
        i64::from(follow_up.still_working).into(),
        follow_up.still_working_at.into(),
        follow_up.watched_until.into(),
    ];
    if session.run(sql, values).await? != 1 {
        return Err(session.refuse(format!("there is no case #{} to change", case.number)));
    }
    match mail {
        Some(mail) => join(session, case.number, mail).await,
        None => Ok(()),
    }
}

/// Joins a mail to a case.
pub(super) async fn join(session: &mut Session, number: i64, mail: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO case_mail (case_number, mail) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    session.run(sql, [number.into(), mail.into()]).await.map(drop)
}

/// Adds a line to a case's history.
pub(super) async fn record(
    session: &mut Session,
    number: i64,
    entry: &Entry,
    mail: Option<i64>,
) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO case_entry (case_number, at, who, what, why, mail) VALUES ($1, $2, $3, $4, $5, $6)";
    let values = [
        number.into(),
        entry.at.into(),
        (&entry.who).into(),
        (&entry.what).into(),
        (&entry.why).into(),
        mail.into(),
    ];
    session.run(sql, values).await.map(drop)
}

/// The number of the next case. Writers are one after the other, so nobody else takes it.
pub(super) async fn next_number(session: &mut Session) -> Result<i64, StoreError> {
    let row = session.row("SELECT COALESCE(MAX(number), 0) + 1 AS next FROM cases", []).await?;
    row.map_or(Ok(1), |row| row.get("next"))
}

pub(super) async fn of_number(session: &mut Session, number: i64) -> Result<Option<Case>, StoreError> {
    session.row(select("WHERE number = $1"), [number.into()]).await?.as_ref().map(case).transpose()
}

pub(super) async fn of_conversation(
    session: &mut Session,
    conversation: i64,
) -> Result<Vec<Case>, StoreError> {
    let sql = select("WHERE conversation = $1 ORDER BY number");
    session.rows(sql, [conversation.into()]).await?.iter().map(case).collect()
}

/// The history of the cases that are open or taken, oldest first, each line with its case's number: of all, or only of
/// those whose client was answered.
pub(super) async fn entries_of_active(
    session: &mut Session,
    all: bool,
) -> Result<Vec<(i64, Entry)>, StoreError> {
    let sql = "SELECT e.case_number, e.at, e.who, e.what, e.why FROM case_entry e
        JOIN cases c ON c.number = e.case_number
        WHERE c.state IN ('open', 'taken') AND ($1 OR c.answered_at IS NOT NULL) ORDER BY +e.id";
    session.rows(sql, [all.into()]).await?.iter().map(entry).collect()
}

/// The last lines of a case's history, oldest first.
pub(super) async fn last_entries(
    session: &mut Session,
    number: i64,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let sql = "SELECT case_number, at, who, what, why FROM case_entry WHERE case_number = $1 ORDER BY id DESC LIMIT $2";
    let rows = session.rows(sql, [number.into(), limit.into()]).await?;
    rows.iter().rev().map(|row| Ok(entry(row)?.1)).collect()
}

/// The history lines since, oldest first, each with its case's number.
pub(super) async fn entries_since(
    session: &mut Session,
    since: Timestamp,
) -> Result<Vec<(i64, Entry)>, StoreError> {
    let sql = "SELECT case_number, at, who, what, why FROM case_entry WHERE at >= $1 ORDER BY +id";
    session.rows(sql, [since.into()]).await?.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<(i64, Entry), StoreError> {
    let entry =
        Entry { at: row.time("at")?, who: row.get("who")?, what: row.get("what")?, why: row.get("why")? };
    Ok((row.get("case_number")?, entry))
}

fn case(row: &Row) -> Result<Case, StoreError> {
    Ok(Case {
        number: row.get("number")?,
        account: row.get("account")?,
        conversation: row.get("conversation")?,
        kind: row.word("kind", Kind::from_key)?,
        severity: row.small("severity")?,
        probability: row.get("probability")?,
        please_check: row.get("please_check")?,
        lead: row.word("lead", Side::from_key)?,
        state: row.word("state", State::from_key)?,
        subject: row.get("subject")?,
        evidence: row.get("evidence")?,
        client: row.get("client")?,
        opened_at: row.time("opened_at")?,
        changed_at: row.time("changed_at")?,
        answered_at: row.time_if("answered_at")?,
        told_at: row.time_if("told_at")?,
        alerted_at: row.time_if("alerted_at")?,
        wakes_at: row.time_if("wakes_at")?,
        lead_person: mail::address(row, "lead_name", "lead_address")?,
        taken_by: mail::address(row, "taken_by_name", "taken_by_address")?,
        clock: CaseClock {
            again_at: row.time_if("again_at")?,
            reminded: match row.time_if("reminded_at")? {
                Some(at) => Some(Reminded {
                    goal: row.word("reminded_of", Goal::from_key)?,
                    step: row.word("reminded_step", Step::from_key)?,
                    at,
                }),
                None => None,
            },
            quiet: row.get("quiet")?,
            held_at: row.time_if("held_at")?,
            called_in_at: row.time_if("called_in_at")?,
            taken_at: row.time_if("taken_at")?,
            follow_up: follow_up(row)?,
        },
    })
}

fn follow_up(row: &Row) -> Result<CaseFollowUp, StoreError> {
    Ok(CaseFollowUp {
        resolved_at: row.time_if("resolved_at")?,
        reopened: row.small("reopened")?,
        thanked: row.get("thanked")?,
        still_working: row.small("still_working")?,
        still_working_at: row.time_if("still_working_at")?,
        watched_until: row.time_if("watched_until")?,
    })
}
