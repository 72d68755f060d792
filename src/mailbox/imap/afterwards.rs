//! What happens to mails that are stored: nothing, a keyword, or a move.

use super::{ImapFolder, Selected};
use crate::mailbox::login::is_passing;
use crate::mailbox::wire::{SMALL_LITERAL, Status, Word};
use crate::mailbox::{Afterwards, MailboxError, cursor, folder_name};
use crate::message::{Cursor, Place};

/// How many UIDs go into one command of acknowledgement.
const UIDS_A_COMMAND: usize = 200;

impl ImapFolder {
    /// Whether what is configured to be done afterwards can be done.
    pub(super) async fn check_afterwards(&mut self, selected: &Selected) -> Result<(), MailboxError> {
        match self.afterwards().clone() {
            Afterwards::Nothing => Ok(()),
            _ if selected.read_only => Err(MailboxError::configuration(
                "the folder can only be read by this user; give it more rights, or set `afterwards` to nothing",
            )),
            Afterwards::Keyword(keyword) => {
                if selected.takes_keyword(&keyword) {
                    Ok(())
                } else {
                    Err(MailboxError::configuration(format!(
                        "the folder cannot keep the keyword {keyword}; set `afterwards` to nothing, or to a move"
                    )))
                }
            }
            Afterwards::Move(target) => {
                let connection = self.connected()?;
                let can = |name: &str| connection.capabilities.contains(name);
                if !can("MOVE") && !can("UIDPLUS") {
                    return Err(MailboxError::configuration(
                        "the server can neither MOVE nor UIDPLUS, so that a move would remove other people's deleted \
                         mail too; set `afterwards` to a keyword or to nothing",
                    ));
                }
                let command = format!("STATUS {} (UIDNEXT)", folder_name::on_the_wire(&target));
                let status = connection.wire.command(&command, SMALL_LITERAL, |_| {}).await?;
                if status.word == Word::Ok || is_passing(&status) {
                    Ok(())
                } else {
                    Err(no_target(&target, &status))
                }
            }
        }
    }

    /// The mails up to the cursor with which this has not been done; those only that may be stored, by their date.
    pub async fn unacknowledged(&mut self, cursor: &Cursor) -> Result<Vec<String>, MailboxError> {
        let undone = match self.afterwards() {
            Afterwards::Nothing => return Ok(Vec::new()),
            Afterwards::Keyword(keyword) => format!(" UNKEYWORD {keyword}"),
            Afterwards::Move(_) => String::new(),
        };
        let since = cursor::search_date(cursor::first_day(cursor.since));
        let mut uids =
            self.search(&format!("UID 1:{} SINCE {since}{undone}", cursor.last_uid.max(1))).await?;
        uids.retain(|&uid| uid <= cursor.last_uid);
        Ok(uids.iter().map(u32::to_string).collect())
    }

    /// Does what is configured to mails that are stored. What is done already, or gone, is no error.
    pub async fn acknowledge(&mut self, places: &[Place]) -> Result<(), MailboxError> {
        let afterwards = self.afterwards().clone();
        if afterwards == Afterwards::Nothing {
            return Ok(());
        }
        let mut uids: Vec<u32> = places
            .iter()
            .filter(|place| place.mailbox == self.place && place.validity == self.validity)
            .filter_map(|place| place.key.parse().ok())
            .collect();
        uids.sort_unstable();
        uids.dedup();
        for uids in uids.chunks(UIDS_A_COMMAND) {
            let set = cursor::uid_set(uids);
            match &afterwards {
                Afterwards::Nothing => {}
                Afterwards::Keyword(keyword) => {
                    self.expect_ok(&format!("UID STORE {set} +FLAGS.SILENT ({keyword})")).await?;
                }
                Afterwards::Move(target) => self.move_mails(&set, target).await?,
            }
        }
        Ok(())
    }

    /// UID MOVE (RFC 6851), or else a copy, a mark and UID EXPUNGE (RFC 4315), which touches only these mails.
    async fn move_mails(&mut self, set: &str, target: &str) -> Result<(), MailboxError> {
        let folder = folder_name::on_the_wire(target);
        if self.connected()?.capabilities.contains("MOVE") {
            let status = self.command(&format!("UID MOVE {set} {folder}"), SMALL_LITERAL, |_| {}).await?;
            return if status.word == Word::Ok { Ok(()) } else { Err(no_target(target, &status)) };
        }
        // After a crash in between, what is marked has been copied.
        let unmarked = self.search(&format!("UID {set} UNDELETED")).await?;
        if !unmarked.is_empty() {
            let unmarked = cursor::uid_set(&unmarked);
            let status =
                self.command(&format!("UID COPY {unmarked} {folder}"), SMALL_LITERAL, |_| {}).await?;
            if status.word != Word::Ok {
                return Err(no_target(target, &status));
            }
            self.expect_ok(&format!("UID STORE {unmarked} +FLAGS.SILENT (\\Deleted)")).await?;
        }
        self.expect_ok(&format!("UID EXPUNGE {set}")).await
    }
}

/// Whether a word can be an IMAP keyword (RFC 9051 §9, flag-keyword).
pub fn keyword_is_valid(keyword: &str) -> bool {
    !keyword.is_empty() && keyword.chars().all(|c| c.is_ascii_graphic() && !"(){%*\"\\]".contains(c))
}

fn no_target(target: &str, status: &Status) -> MailboxError {
    let said = status.said();
    if is_passing(status) {
        return MailboxError::network(format!("mails cannot be moved into {target:?} now: {said}"));
    }
    MailboxError::configuration(format!(
        "mails cannot be moved into the folder {target:?}: {said}; make that folder, or correct `afterwards`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_has_no_character_that_means_something_else() {
        for (keyword, valid) in [
            ("Pairdesk", true),
            ("$Done-1", true),
            ("", false),
            ("two words", false),
            ("\\Seen", false),
            ("a)", false),
            ("ä", false),
        ] {
            assert_eq!(keyword_is_valid(keyword), valid, "{keyword}");
        }
    }
}
