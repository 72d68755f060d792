//! Offers of extra work: how each stands, and what the ledger counts.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::AssertSqlSafe;

use super::error::StoreError;
use super::session::{Row, Session, places};
use super::{Store, case};
use crate::case::Case;
use crate::money::Money;
use crate::offer::{Offer, Stage};

const COLUMNS: &str =
    "case_number, work, minutes, price, currency, valid_until, stage, asked_at, priced_at, offered_at,
    accepted_at, declined_at, given_away_at, done_at, questioned_at";

/// How many offers are asked for in one statement.
const AT_ONCE: usize = 500;

impl Store {
    /// All cases with the extra work of those that have some, oldest first: what the ledger counts from. Only those of
    /// this account, where one is named.
    pub async fn offers(&self, account: Option<&str>) -> Result<Vec<(Case, Option<Offer>)>, StoreError> {
        let session = &mut self.read("reading the ledger").await?;
        let cases = case::of_account(session, account).await?;
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM offer ORDER BY case_number"));
        let offers: Vec<Offer> = session.rows(sql, []).await?.iter().map(offer).collect::<Result<_, _>>()?;
        Ok(joined(cases, &offers))
    }
}

/// The cases that were opened, or whose extra work got on, since an instant, with that work; oldest first.
pub(super) async fn at_work(
    session: &mut Session,
    since: Timestamp,
) -> Result<Vec<(Case, Option<Offer>)>, StoreError> {
    let cases = case::at_work(session, since).await?;
    let mut offers = Vec::new();
    for cases in cases.chunks(AT_ONCE) {
        let numbers: Vec<i64> = cases.iter().map(|case| case.number).collect();
        offers.extend(of_cases(session, &numbers).await?);
    }
    Ok(joined(cases, &offers))
}

/// Each case with its extra work, both in the order of the cases' numbers.
fn joined(cases: Vec<Case>, offers: &[Offer]) -> Vec<(Case, Option<Offer>)> {
    let of = |number| {
        offers.binary_search_by_key(&number, |offer| offer.case).ok().map(|place| offers[place].clone())
    };
    cases.into_iter().map(|case| (of(case.number), case)).map(|(offer, case)| (case, offer)).collect()
}

/// The offers of these cases.
pub(super) async fn of_cases(session: &mut Session, numbers: &[i64]) -> Result<Vec<Offer>, StoreError> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let places = places(0, 1, numbers.len());
    let sql = format!("SELECT {COLUMNS} FROM offer WHERE case_number IN {places} ORDER BY case_number");
    let values = numbers.iter().map(|number| (*number).into());
    session.rows(AssertSqlSafe(sql), values).await?.iter().map(offer).collect()
}

/// The offers that clients have not answered, and what was given away since.
pub(super) async fn pending(session: &mut Session, since: Timestamp) -> Result<Vec<Offer>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM offer
        WHERE stage = 'offered' OR (stage = 'given_away' AND given_away_at >= $1) ORDER BY case_number"
    );
    session.rows(AssertSqlSafe(sql), [since.into()]).await?.iter().map(offer).collect()
}

/// Writes down how an offer stands.
pub(super) async fn save(session: &mut Session, offer: &Offer) -> Result<(), StoreError> {
    let sql = AssertSqlSafe(format!(
        "INSERT INTO offer ({COLUMNS}) VALUES {}
        ON CONFLICT (case_number) DO UPDATE SET work = excluded.work, minutes = excluded.minutes, price = excluded.price,
            currency = excluded.currency, valid_until = excluded.valid_until, stage = excluded.stage,
            asked_at = excluded.asked_at, priced_at = excluded.priced_at, offered_at = excluded.offered_at,
            accepted_at = excluded.accepted_at, declined_at = excluded.declined_at,
            given_away_at = excluded.given_away_at, done_at = excluded.done_at, questioned_at = excluded.questioned_at",
        places(0, 1, 15)
    ));
    let valid_until = offer.valid_until.map(|day| day.to_string());
    let mut values = vec![
        offer.case.into(),
        (&offer.work).into(),
        offer.minutes.map(i64::from).into(),
        offer.price.as_ref().map(|price| price.minor).into(),
        offer.price.as_ref().map(|price| price.currency.as_str()).into(),
        valid_until.as_deref().into(),
        offer.stage.key().into(),
    ];
    values.extend(offer.reached.iter().map(|at| (*at).into()));
    values.push(offer.questioned_at.into());
    session.run(sql, values).await.map(drop)
}

/// Withdraws the draft of a case's offer.
pub(super) async fn withdraw(session: &mut Session, case: i64) -> Result<(), StoreError> {
    let sql =
        "UPDATE outbox SET state = 'withdrawn' WHERE state = 'draft' AND sort = 'offer' AND case_number = $1";
    session.run(sql, [case.into()]).await.map(drop)
}

fn offer(row: &Row) -> Result<Offer, StoreError> {
    let minutes: Option<i64> = row.get("minutes")?;
    let minor: Option<i64> = row.get("price")?;
    let currency: Option<String> = row.get("currency")?;
    let day: Option<String> = row.get("valid_until")?;
    let mut reached = [None; Stage::ALL.len()];
    for stage in Stage::ALL {
        reached[stage as usize] = row.time_if(&format!("{}_at", stage.key()))?;
    }
    Ok(Offer {
        case: row.get("case_number")?,
        work: row.get("work")?,
        minutes: minutes
            .map(|minutes| u32::try_from(minutes).map_err(|_| row.foreign("minutes", minutes)))
            .transpose()?,
        price: minor.zip(currency).map(|(minor, currency)| Money { minor, currency }),
        valid_until: day
            .map(|day| day.parse::<Date>().map_err(|_| row.foreign("valid_until", day)))
            .transpose()?,
        stage: row.word("stage", Stage::from_key)?,
        reached,
        questioned_at: row.time_if("questioned_at")?,
    })
}
