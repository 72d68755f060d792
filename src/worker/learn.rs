//! What is learnt from corrections: corrected mails as the present model reads them, and the firm's layer fitted to them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::hands;
use crate::classify::{Classifier, Correction, FirmLayer};
use crate::directory::Directory;
use crate::intake;
use crate::message::{self, ReadOptions};
use crate::store::{ErrorKind, Reading, Store, StoreError};

/// So many mails are read before what was read is kept: a program that is stopped meanwhile does not begin anew.
const PORTION: usize = 32;
const CAUGHT: &str = "every panic of reading is caught mail by mail";

/// All corrections, each with how the present model reads its mail. Mails that this model has not read yet are read now
/// (some 50 ms each) and kept so. One whose bytes were not kept, or at which reading fails, is left out.
pub async fn corrections(
    store: &Store,
    directory: &Directory,
    options: &ReadOptions,
) -> Result<Vec<Correction>, StoreError> {
    let model = hands::one(|| Classifier::built_in().name()).await.expect(CAUGHT);
    let unread = store.corrections_unread_by(model).await?;
    let mut read = 0;
    for portion in unread.chunks(PORTION) {
        let mut texts = Vec::new();
        for mail in portion {
            let raw = match store.raw_mail(*mail).await {
                Err(error) if error.kind == ErrorKind::Data => None,
                raw => raw?,
            };
            let text = raw.and_then(|raw| {
                let read = AssertUnwindSafe(|| words(&raw, directory, options));
                catch_unwind(read).ok()
            });
            texts.extend(text.map(|(subject, text)| (*mail, subject, text)));
        }
        let readings = hands::one(move || readings(texts)).await.expect(CAUGHT);
        read += readings.len();
        store.keep_readings(&readings).await?;
    }
    if !unread.is_empty() {
        tracing::info!(
            mails = read,
            left_out = unread.len() - read,
            model,
            "read corrected mails with this model"
        );
    }
    store.corrections_read_by(model).await
}

/// Fits the layer on a thread of its own.
pub async fn fit(corrections: Vec<Correction>) -> Arc<FirmLayer> {
    let fitting = hands::one(move || Arc::new(FirmLayer::fit(&corrections)));
    fitting.await.expect("fitting takes any numbers")
}

/// What the writer of a mail newly wrote: subject and text.
fn words(raw: &[u8], directory: &Directory, options: &ReadOptions) -> (String, String) {
    let message = message::read(raw, options);
    let sender = intake::sender(&message, directory);
    let (subject, text) = sender.words(&message);
    (subject.to_owned(), text.to_owned())
}

fn readings(texts: Vec<(i64, String, String)>) -> Vec<(i64, Reading)> {
    let read = |(mail, subject, text): (i64, String, String)| {
        let said = catch_unwind(|| Classifier::built_in().classify(&subject, &text)).ok()?;
        Some((mail, Reading { model: said.model, vector: said.trace.vector, logits: said.trace.logits }))
    };
    texts.into_iter().filter_map(read).collect()
}
