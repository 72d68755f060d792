//! A joint meeting: an invitation to the client, to both owners, and to whoever is named.

use super::{AddressedCase, Applying};
use crate::case::{Case, Side};
use crate::command::{Item, Meet};
use crate::directory::{Who, written};
use crate::effect::{ClientLetter, Content, Effect, Invitation, Meeting, MeetingStep, Outcome};
use crate::intake::{FollowUp, thread_root};
use crate::message::{Address, comparable};

/// The most who are asked to one meeting.
const GUESTS: usize = 20;

impl Applying<'_> {
    /// Asks everybody to a meeting, or moves the one that lies ahead. The command is the word to write to the client,
    /// unless the firm keeps such mails back.
    pub(super) fn meet(&mut self, number: i64, item: &Item, meet: &Meet) {
        let Some(one) = self.addressed(number).cloned() else { return };
        let Some(client) = client(&one) else {
            let text = "Nobody was asked: no address of the client is known for it.".to_owned();
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        };
        let mut guests = match self.guests(&one.case, client.clone(), &meet.with) {
            Ok(guests) => guests,
            Err(why) => {
                let text = format!("Nobody was asked: {why}");
                return self.line(Outcome::NotDone, Some(number), &item.words, text);
            }
        };
        let zone = self.timezone();
        let Ok(start) = meet.start.to_zoned(zone.clone()).map(|start| start.timestamp()) else {
            let text = "Nobody was asked: there is no such time.".to_owned();
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        };
        let before = self.ahead(&one);
        let asked_before = before.iter().flat_map(|before| before.guests.clone());
        for guest in asked_before.collect::<Vec<_>>() {
            if !guests.iter().any(|other| comparable(&other.address) == comparable(&guest.address)) {
                guests.push(guest);
            }
        }
        let when = start.to_zoned(zone).strftime("%a %-d %b %Y %H:%M").to_string();
        if let Some(before) = &before
            && (before.start, before.minutes, before.guests.len()) == (start, meet.minutes, guests.len())
        {
            let text = format!("It is proposed so already: {when}, {} minutes.", meet.minutes);
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        }
        let meeting = Meeting {
            uid: before.as_ref().map_or_else(|| self.fresh_uid(), |before| before.uid.clone()),
            case: number,
            start,
            minutes: meet.minutes,
            guests,
            sequence: before.as_ref().map_or(0, |before| before.sequence + 1),
        };
        self.effects.push(Effect::Meet(meeting.clone()));
        let step = if before.is_some() { MeetingStep::Moved } else { MeetingStep::Proposed };
        let kept_back = self.invite(&one, &client, &meeting, step);
        if let Some(one) = self.change(number) {
            one.meeting = Some(meeting.clone());
        }
        let names: Vec<_> = meeting.guests.iter().map(Address::display).collect();
        let names = names.join(", ");
        let (did, text) = match step {
            MeetingStep::Moved => (
                format!("moved the meeting to {when}, {} minutes, with {names}", meet.minutes),
                format!("The meeting moves to {when}, {} minutes; {names} read of it.", meet.minutes),
            ),
            _ => (
                format!("proposed a meeting on {when}, {} minutes, with {names}", meet.minutes),
                format!("A meeting on {when}, {} minutes, is proposed to {names}.", meet.minutes),
            ),
        };
        self.record(number, did, &item.words);
        let text = match kept_back {
            None => {
                format!("{text} Their answers will stand in the history; who declines, you read of at once.")
            }
            Some(why) => format!("{text} But {} was not written to: {why}.", client.display()),
        };
        self.line(Outcome::Done, Some(number), &item.words, text);
    }

    /// Calls the meeting off that lies ahead.
    pub(super) fn cancel_meeting(&mut self, number: i64, item: &Item) {
        let Some(one) = self.addressed(number).cloned() else { return };
        let (Some(mut meeting), Some(client)) = (self.ahead(&one), client(&one)) else {
            let text = "There is no meeting about it that lies ahead.".to_owned();
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        };
        meeting.sequence += 1;
        self.effects.push(Effect::CancelMeeting { uid: meeting.uid.clone() });
        let kept_back = self.invite(&one, &client, &meeting, MeetingStep::Cancelled);
        if let Some(one) = self.change(number) {
            one.meeting = None;
        }
        let when = meeting.start.to_zoned(self.timezone()).strftime("%a %-d %b %Y %H:%M").to_string();
        self.record(number, format!("called off the meeting on {when}"), &item.words);
        let text = format!("The meeting on {when} is called off; those who were asked read of it.");
        let text = match kept_back {
            None => text,
            Some(why) => format!("{text} But {} was not written to: {why}.", client.display()),
        };
        self.line(Outcome::Done, Some(number), &item.words, text);
    }

    /// The meeting about a case that lies ahead.
    fn ahead(&self, one: &AddressedCase) -> Option<Meeting> {
        one.meeting.clone().filter(|meeting| meeting.start > self.heard.now)
    }

    /// A UID that nobody can guess (RFC 5545 §3.8.4.7).
    fn fresh_uid(&mut self) -> String {
        self.letters += 1;
        let domain =
            self.heard.directory.firm().address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        format!("{}@{domain}", self.heard.seed.id(self.letters))
    }

    /// Writes the invitations. Gives the reason why the client's copy does not go out, where it does not.
    fn invite(
        &mut self,
        one: &AddressedCase,
        client: &Address,
        meeting: &Meeting,
        step: MeetingStep,
    ) -> Option<&'static str> {
        let heard = self.heard;
        let case = &one.case;
        let account = self.account(case);
        let firm = heard.directory.firm();
        let or_firms =
            |own: Option<&String>, firms: &String| own.filter(|own| !own.is_empty()).unwrap_or(firms).clone();
        let language = or_firms(account.map(|account| &account.language), &firm.language);
        let clients_zone = or_firms(account.map(|account| &account.timezone), &firm.timezone);
        let invitation = Invitation {
            meeting: meeting.clone(),
            step,
            timezone: firm.timezone.clone(),
            by: heard.person.clone(),
            account: account.map_or_else(|| case.account.clone(), |account| account.name.clone()),
            subject: case.subject.clone(),
            client: None,
        };
        let root = thread_root(case, heard.directory);
        let client_is = |guest: &Address| comparable(&guest.address) == comparable(&client.address);
        for guest in meeting.guests.iter().filter(|guest| !client_is(guest)) {
            let timezone = heard.directory.timezone_of(&guest.address).to_owned();
            let content = Content::Invitation(Invitation { timezone, ..invitation.clone() });
            let letter = self.letter(guest.clone(), Some(case.number), vec![root.clone()], content);
            self.effects.push(Effect::Send(letter));
        }
        if heard.policy.follow_up(ClientLetter::Meeting, Some(&case.account)) == FollowUp::Off {
            return Some("follow_up.meeting is off");
        }
        if account.is_some_and(|account| !account.may_write(&client.address)) {
            return Some("the accounts file marks them do_not_write");
        }
        // A client whose invitation still waits as a draft knows of no meeting.
        let unasked = one.drafts.iter().any(|draft| draft.sort == "meeting");
        if unasked {
            self.effects.push(Effect::WithdrawInvitation { case: case.number });
            if step == MeetingStep::Cancelled {
                return Some("the invitation was still a draft, which is withdrawn");
            }
        }
        let content = Content::Invitation(Invitation {
            client: Some(language),
            timezone: clients_zone,
            step: if unasked { MeetingStep::Proposed } else { step },
            ..invitation
        });
        let answers = one.last_mail.as_ref().and_then(|mail| mail.message_id.clone());
        let letter = self.letter(client.clone(), Some(case.number), answers.into_iter().collect(), content);
        if heard.policy.shadow {
            self.effects.push(Effect::Draft(letter));
            return Some("shadow mode is on, in which nothing goes to clients; it is kept as a draft");
        }
        self.effects.push(Effect::Send(letter));
        None
    }

    /// Who is asked: the client first, then those who act for both sides, the person, and those who are named.
    fn guests(&self, case: &Case, client: Address, with: &[String]) -> Result<Vec<Address>, String> {
        let account = self.account(case);
        let acting =
            |side| account.and_then(|account| self.heard.directory.acting(account, side, self.heard.now));
        let mut guests = vec![client];
        guests.extend([Side::Sales, Side::Operations].into_iter().filter_map(acting).cloned());
        guests.push(self.heard.person.clone());
        for name in with {
            guests.push(self.guest(case, name)?);
        }
        let mut seen: Vec<String> = Vec::new();
        guests.retain(|guest| {
            let new = !seen.contains(&guest.address);
            seen.push(guest.address.clone());
            new
        });
        if guests.len() > GUESTS {
            Err(format!("more than {GUESTS} people cannot be asked at once."))
        } else {
            Ok(guests)
        }
    }

    /// A colleague, or somebody else at the client. Strangers are not written to in the firm's name.
    fn guest(&self, case: &Case, name: &str) -> Result<Address, String> {
        let Some(person) = written::person(name).filter(|_| name.contains('@')) else {
            return self.colleague(name);
        };
        match self.heard.directory.who(&person.address) {
            Who::Client(account) if account.key == case.account => Ok(person),
            Who::Owner(known) => Ok(known.clone()),
            Who::Staff => Ok(person),
            Who::Client(_) | Who::Ourselves | Who::Unknown => Err(format!(
                "{} is neither at your firm nor at this client; ask them from your own calendar.",
                person.address
            )),
        }
    }
}

/// Who at the client a case is about.
fn client(one: &AddressedCase) -> Option<Address> {
    let last = one.last_mail.as_ref().map(|mail| mail.writer.clone());
    last.or_else(|| written::person(&one.case.client))
}
