//! What people said that a mail's labels are, and how the model reads such mails.

use jiff::Timestamp;

use super::error::StoreError;
use super::session::{Row, Session};
use super::{Store, Tx};
use crate::case::Kind;
use crate::classify::Correction;
use crate::effect::Corrected;

/// A person's word on the labels of a mail.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrectedMail {
    /// The mail.
    pub mail: i64,
    /// All labels that are right; none for a routine mail.
    pub labels: Vec<Kind>,
    /// 0 to 3, where the person said.
    pub severity: Option<u8>,
    /// Who said it: "Kim Vos <kim@firm.example>", or "command line".
    pub who: String,
    /// When it was said.
    pub at: Timestamp,
    /// The words that said it: "#142 wrong praise".
    pub words: String,
    /// The mail that said it, if it was one.
    pub said_in: Option<i64>,
}

/// How the general model reads a corrected mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The name and version of the model.
    pub model: String,
    /// Where its encoder puts the mail.
    pub vector: Vec<f32>,
    /// What it says, in the order of [`Kind::ALL`].
    pub logits: [f64; Kind::ALL.len()],
}

/// Tells whether corrections were added, changed or taken away: their number, and the sum of their times (ms).
pub type CorrectionsStamp = (i64, i64);

impl Tx {
    /// Writes a correction down. The newest word on a mail counts: gives whether this one does.
    pub async fn correct(&mut self, corrected: &CorrectedMail) -> Result<bool, StoreError> {
        write(self.doing("writing a correction down"), corrected).await
    }
}

impl Store {
    /// Writes a correction down. The newest word on a mail counts: gives whether this one does.
    pub async fn correct(&self, corrected: &CorrectedMail) -> Result<bool, StoreError> {
        let mut session = self.write("writing a correction down").await?;
        let counts = write(&mut session, corrected).await?;
        session.commit().await?;
        Ok(counts)
    }

    /// All corrections, oldest first.
    pub async fn corrections(&self) -> Result<Vec<CorrectedMail>, StoreError> {
        let mut session = self.read("listing corrections").await?;
        let sql = "SELECT mail, labels, severity, who, at, words, said_in FROM correction ORDER BY at, mail";
        session.rows(sql, []).await?.iter().map(line).collect()
    }

    /// The present stamp of all corrections; (0, 0) when there are none.
    pub async fn corrections_stamp(&self) -> Result<CorrectionsStamp, StoreError> {
        let mut session = self.read("looking whether corrections were added").await?;
        // PostgreSQL makes NUMERIC of a sum. A later word on the same mail has a later time.
        let sql = "SELECT COUNT(*) AS number, CAST(COALESCE(SUM(at), 0) AS BIGINT) AS times FROM correction";
        let row = session.row(sql, []).await?;
        row.map_or(Ok((0, 0)), |row| Ok((row.get("number")?, row.get("times")?)))
    }

    /// The corrections whose mails this model has read, oldest first: what the firm's layer is fitted to.
    pub async fn corrections_read_by(&self, model: &str) -> Result<Vec<Correction>, StoreError> {
        let mut session = self.read("loading corrections").await?;
        let sql = "SELECT c.mail, c.labels, c.at, r.vector, r.logits
            FROM correction c JOIN correction_reading r ON r.mail = c.mail WHERE r.model = $1 ORDER BY c.at, c.mail";
        session.rows(sql, [model.into()]).await?.iter().map(correction).collect()
    }

    /// The corrected mails that this model has not read yet, the newest correction first.
    pub async fn corrections_unread_by(&self, model: &str) -> Result<Vec<i64>, StoreError> {
        let mut session = self.read("looking for corrections to read").await?;
        let sql = "SELECT c.mail FROM correction c LEFT JOIN correction_reading r ON r.mail = c.mail AND r.model = $1
            WHERE r.mail IS NULL ORDER BY c.at DESC, c.mail DESC";
        let rows = session.rows(sql, [model.into()]).await?;
        rows.iter().map(|row| row.get("mail")).collect()
    }

    /// Keeps how a model reads corrected mails, in the place of how another did.
    pub async fn keep_readings(&self, readings: &[(i64, Reading)]) -> Result<(), StoreError> {
        let mut session = self.write("keeping how corrected mails are read").await?;
        let sql = "INSERT INTO correction_reading (mail, model, vector, logits) VALUES ($1, $2, $3, $4)
            ON CONFLICT (mail) DO UPDATE
            SET model = excluded.model, vector = excluded.vector, logits = excluded.logits";
        for (mail, reading) in readings {
            let vector: Vec<u8> = reading.vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            let logits: Vec<u8> = reading.logits.iter().flat_map(|number| number.to_le_bytes()).collect();
            let values = [(*mail).into(), (&reading.model).into(), (&*vector).into(), (&*logits).into()];
            session.run(sql, values).await?;
        }
        session.commit().await
    }
}

/// Writes down what somebody said in a mail. The newest word on a mail counts.
pub(super) async fn said(
    session: &mut Session,
    corrected: &Corrected,
    said_in: Option<i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Corrected { mail, labels, severity, who, words } = corrected.clone();
    write(session, &CorrectedMail { mail, labels, severity, who, at: now, words, said_in }).await.map(drop)
}

async fn write(session: &mut Session, corrected: &CorrectedMail) -> Result<bool, StoreError> {
    // Commands by mail may be read in another order than they were written in.
    let sql = "INSERT INTO correction (mail, labels, severity, who, at, words, said_in)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (mail) DO UPDATE SET labels = excluded.labels, severity = excluded.severity,
            who = excluded.who, at = excluded.at, words = excluded.words, said_in = excluded.said_in
        WHERE correction.at <= excluded.at";
    let labels = corrected.labels.iter().map(|kind| kind.key()).collect::<Vec<_>>().join(" ");
    let values = [
        corrected.mail.into(),
        labels.into(),
        corrected.severity.map(i64::from).into(),
        (&corrected.who).into(),
        corrected.at.into(),
        (&corrected.words).into(),
        corrected.said_in.into(),
    ];
    Ok(session.run(sql, values).await? > 0)
}

fn line(row: &Row) -> Result<CorrectedMail, StoreError> {
    let severity: Option<i64> = row.get("severity")?;
    Ok(CorrectedMail {
        mail: row.get("mail")?,
        labels: labels(row)?,
        severity: severity
            .map(|severity| u8::try_from(severity).map_err(|_| row.foreign("severity", severity)))
            .transpose()?,
        who: row.get("who")?,
        at: row.time("at")?,
        words: row.get("words")?,
        said_in: row.get("said_in")?,
    })
}

fn correction(row: &Row) -> Result<Correction, StoreError> {
    let vector: Vec<u8> = row.get("vector")?;
    let logits: Vec<u8> = row.get("logits")?;
    let (vector, rest) = vector.as_chunks();
    let odd = |column: &str, bytes: usize| row.foreign(column, format!("{bytes} bytes"));
    if !rest.is_empty() {
        return Err(odd("vector", vector.len() * 4 + rest.len()));
    }
    let logits: &[[u8; 8]; Kind::ALL.len()] =
        logits.as_chunks().0.try_into().map_err(|_| odd("logits", logits.len()))?;
    Ok(Correction {
        mail: row.get("mail")?,
        at: row.time("at")?,
        vector: vector.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        logits: logits.map(f64::from_le_bytes),
        wanted: labels(row)?,
    })
}

fn labels(row: &Row) -> Result<Vec<Kind>, StoreError> {
    let labels: String = row.get("labels")?;
    let kind = |key: &str| Kind::from_key(key).ok_or_else(|| row.foreign("labels", key));
    labels.split_whitespace().map(kind).collect()
}
