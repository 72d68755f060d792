//! What the classifier said of a mail, kept so that it can be explained.

use sqlx::AssertSqlSafe;

use super::Tx;
use super::error::StoreError;
use super::session::{Session, places};
use crate::case::Kind;
use crate::classify::{Classification, Finding, Trace};

/// What the classifier said of one mail.
#[derive(Debug, Clone, PartialEq)]
pub struct MailFindings {
    /// The mail.
    pub mail: i64,
    /// What it said.
    pub classification: Classification,
}

impl Tx {
    /// Keeps what the classifier said of a mail.
    pub async fn record_findings(&mut self, mail: i64, said: &Classification) -> Result<(), StoreError> {
        let session = self.doing("keeping what a mail was found to say");
        let sql = "INSERT INTO classification (mail, severity, model) VALUES ($1, $2, $3)";
        session.run(sql, [mail.into(), i64::from(said.severity).into(), (&said.model).into()]).await?;
        if said.findings.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO finding (mail, kind, probability, evidence, words) VALUES {}",
            places(0, said.findings.len(), 5)
        );
        let values = said.findings.iter().flat_map(|finding| {
            let words = serde_json::to_string(&finding.words).unwrap_or_else(|_| "[]".to_owned());
            [
                mail.into(),
                finding.kind.key().into(),
                finding.probability.into(),
                (&finding.evidence).into(),
                words.into(),
            ]
        });
        session.run(AssertSqlSafe(sql), values).await.map(drop)
    }
}

pub(super) async fn of_mail(session: &mut Session, mail: i64) -> Result<Option<MailFindings>, StoreError> {
    let sql = "SELECT severity, model FROM classification WHERE mail = $1";
    let Some(said) = session.row(sql, [mail.into()]).await? else {
        return Ok(None);
    };
    let sql = "SELECT kind, probability, evidence, words FROM finding WHERE mail = $1 ORDER BY probability DESC, kind";
    let rows = session.rows(sql, [mail.into()]).await?;
    let findings = rows.iter().map(|row| {
        let words: String = row.get("words")?;
        Ok(Finding {
            kind: row.word("kind", Kind::from_key)?,
            probability: row.get("probability")?,
            evidence: row.get("evidence")?,
            words: serde_json::from_str(&words).map_err(|error| row.foreign("words", error))?,
        })
    });
    let findings = findings.collect::<Result<_, StoreError>>()?;
    let classification = Classification {
        findings,
        severity: said.small("severity")?,
        model: said.get("model")?,
        trace: Trace::default(),
    };
    Ok(Some(MailFindings { mail, classification }))
}
