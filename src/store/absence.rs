//! Who is away when.

use jiff::civil::Date;

use super::error::StoreError;
use super::session::Session;
use super::{Tx, account};
use crate::directory::absence::{self, Absence, LearntFrom};

impl Tx {
    /// Puts these absences, all of the accounts file, in the place of those that came from it before. Says whether that
    /// changed anything.
    pub async fn replace_absences(&mut self, absences: &[Absence]) -> Result<bool, StoreError> {
        let session = self.doing("importing absences");
        let mut known = load(session).await?;
        known.retain(|known| known.learnt_from == LearntFrom::File);
        let new = |absence: &Absence| !known.contains(absence);
        if known.len() == absences.len() && !absences.iter().any(new) {
            return Ok(false);
        }
        session.run("DELETE FROM absence WHERE learnt_from = $1", [LearntFrom::File.key().into()]).await?;
        for absence in absences {
            insert(session, absence).await?;
        }
        account::changed(session).await?;
        Ok(true)
    }
}

/// Adds what was learnt of one person to what was known of them.
pub(super) async fn learn(session: &mut Session, new: &Absence) -> Result<(), StoreError> {
    let known = of_person(session, &new.person).await?;
    let learnt = absence::learn(known.clone(), new.clone());
    replace(session, &new.person, &known, &learnt).await
}

/// Notes that a person is here again.
pub(super) async fn back(session: &mut Session, person: &str, today: Date) -> Result<(), StoreError> {
    let known = of_person(session, person).await?;
    let learnt = absence::back(known.clone(), person, today);
    replace(session, person, &known, &learnt).await
}

async fn replace(
    session: &mut Session,
    person: &str,
    known: &[Absence],
    learnt: &[Absence],
) -> Result<(), StoreError> {
    if known == learnt {
        return Ok(());
    }
    session.run("DELETE FROM absence WHERE person = $1", [person.into()]).await?;
    for absence in learnt {
        insert(session, absence).await?;
    }
    account::changed(session).await
}

async fn insert(session: &mut Session, absence: &Absence) -> Result<(), StoreError> {
    let sql = "INSERT INTO absence (person, from_day, until_day, learnt_from) VALUES ($1, $2, $3, $4)
        ON CONFLICT (person, from_day, learnt_from) DO UPDATE SET until_day = excluded.until_day";
    let values = [
        (&absence.person).into(),
        absence.from.to_string().into(),
        absence.until.to_string().into(),
        absence.learnt_from.key().into(),
    ];
    session.run(sql, values).await.map(drop)
}

async fn of_person(session: &mut Session, person: &str) -> Result<Vec<Absence>, StoreError> {
    Ok(load(session).await?.into_iter().filter(|absence| absence.person == person).collect())
}

/// All absences, by person and day.
pub(super) async fn load(session: &mut Session) -> Result<Vec<Absence>, StoreError> {
    let sql =
        "SELECT person, from_day, until_day, learnt_from FROM absence ORDER BY person, from_day, learnt_from";
    let day = |text: &str| text.parse::<Date>().ok();
    let rows = session.rows(sql, []).await?;
    let absences = rows.iter().map(|row| {
        Ok(Absence {
            person: row.get("person")?,
            from: row.word("from_day", day)?,
            until: row.word("until_day", day)?,
            learnt_from: row.word("learnt_from", LearntFrom::from_key)?,
        })
    });
    absences.collect()
}
