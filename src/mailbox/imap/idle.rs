//! Waiting for mail: IDLE (RFC 2177), and the poll beside it.

use tokio::time::{Duration, Instant, sleep_until};

use super::{Idle, ImapFolder, announces};
use crate::mailbox::MailboxError;
use crate::mailbox::wire::{Response, SMALL_LITERAL};

/// The longest IDLE: servers may hang up after 30 minutes (RFC 2177 §3).
const LONGEST_IDLE: Duration = Duration::from_mins(29);

impl ImapFolder {
    /// Waits until the server announces mail (IDLE, RFC 2177), or until it is time to look anyway.
    pub async fn wait(&mut self) -> Result<(), MailboxError> {
        let until = Instant::now() + self.settings.poll.min(LONGEST_IDLE);
        let connection = self.connected()?;
        if connection.news {
            return Ok(());
        }
        if connection.idle_refused || !connection.capabilities.contains("IDLE") {
            sleep_until(until).await;
            return self.expect_ok("NOOP").await;
        }
        let wire = &mut connection.wire;
        connection.idle = Idle::Asked;
        let tag = wire.begin("IDLE").await?;
        loop {
            match wire.response(SMALL_LITERAL).await? {
                Response::Continue => connection.idle = Idle::Granted,
                Response::Status(status) if status.tag.is_some() => {
                    // A server that ends IDLE by itself would be asked again and again.
                    connection.idle_refused = true;
                    connection.idle = Idle::No;
                    let answer = wire.ended(&tag, status)?.said();
                    let (place, poll) = (&self.place, self.settings.poll);
                    tracing::warn!(
                        mailbox.name = place,
                        answer,
                        "the server does not IDLE; looking into the folder every {poll:?} instead"
                    );
                    return Ok(());
                }
                response => connection.news |= announces(&response),
            }
            if connection.idle != Idle::Granted {
                continue;
            }
            if connection.news || !wire.speaks_until(until).await? {
                wire.extend();
                connection.idle = Idle::No;
                wire.send(b"DONE\r\n").await?;
                loop {
                    match wire.response(SMALL_LITERAL).await? {
                        Response::Status(status) if status.tag.is_some() => {
                            wire.ended(&tag, status)?;
                            return Ok(());
                        }
                        response => connection.news |= announces(&response),
                    }
                }
            }
            wire.extend();
        }
    }
}
