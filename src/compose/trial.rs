//! The test mail that `check --send-test` sends: no letter of any case, but with the headers of all mails of ours.

use jiff::Timestamp;
use lettre::message::header::{self, ContentType, Headers};

use super::House;
use super::headers::{GENERATED, date, mailbox, own, part, plain};
use super::words::line;
use crate::effect::OutgoingMail;
use crate::message::Address;

/// A mail that only says that it came; `id` makes its Message-ID, and `from` is the machine that it is sent from.
pub fn trial(house: &House, to: &Address, id: &str, from: &str, at: Timestamp) -> OutgoingMail {
    let message_id = format!("{}@{}", own(id), own(&house.id_domain));
    let subject = "Test mail of Pairdesk".to_owned();
    let text = format!(
        "This mail was sent by `pairdesk check --send-test` from {from}, in the name of\n{} ({}).\n\n\
         That it is here shows that Pairdesk can send mail. Look whether it came into the inbox and\n\
         not among the junk, and whether the sender is shown as your clients should see it.\n\n\
         Nothing needs to be answered.\n",
        line(&house.name),
        house.address,
    );
    let mut headers = Headers::new();
    headers.insert_raw(mailbox::<header::From>(&line(&house.name), &house.address));
    headers.insert_raw(mailbox::<header::To>(&line(&to.name), &to.address));
    headers.set(header::Subject::from(subject.clone()));
    headers.insert_raw(plain("Date", date(at)));
    headers.insert_raw(plain("Message-ID", format!("<{message_id}>")));
    headers.insert_raw(plain("Auto-Submitted", GENERATED.to_owned()));
    headers.insert_raw(plain("X-Auto-Response-Suppress", "All".to_owned()));
    headers.insert_raw(plain("X-Pairdesk-Letter", "test".to_owned()));
    headers.insert_raw(plain("MIME-Version", "1.0".to_owned()));
    let mut bytes = headers.to_string().into_bytes();
    bytes.extend(part(ContentType::TEXT_PLAIN, text).formatted());
    OutgoingMail {
        message_id,
        envelope_from: Some(house.address.clone()),
        envelope_to: to.address.clone(),
        subject,
        bytes,
        fallen_back: None,
    }
}
