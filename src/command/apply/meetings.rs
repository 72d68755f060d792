//! A joint meeting: an invitation to the client, to both owners, and to whoever is named.

use super::Applying;
use crate::case::{Case, Side};
use crate::command::{Item, Meet};
use crate::directory::{Who, written};
use crate::effect::{Content, Effect, Invitation, Meeting, Outcome};
use crate::intake::{FollowUp, thread_root};
use crate::message::Address;

/// The most who are asked to one meeting.
const GUESTS: usize = 20;

impl Applying<'_> {
    /// Asks everybody to a meeting. The command is the word to write to the client, unless the firm keeps such mails back.
    pub(super) fn meet(&mut self, number: i64, item: &Item, meet: &Meet) {
        let Some(one) = self.addressed(number) else { return };
        let (case, last) = (one.case.clone(), one.last_mail.clone());
        let client = last.as_ref().map(|mail| mail.writer.clone()).or_else(|| written::person(&case.client));
        let Some(client) = client else {
            let text = "Nobody was asked: no address of the client is known for it.".to_owned();
            return self.line(Outcome::NotDone, Some(number), &item.words, text);
        };
        let guests = match self.guests(&case, client.clone(), &meet.with) {
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
        self.letters += 1;
        let domain =
            self.heard.directory.firm().address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let uid = format!("{}@{domain}", self.heard.seed.id(self.letters));
        let meeting = Meeting { uid, case: number, start, minutes: meet.minutes, guests };
        self.effects.push(Effect::Meet(meeting.clone()));
        let kept_back = self.invite(&case, &client, last.and_then(|mail| mail.message_id), &meeting);
        self.change(number);
        let when = start.to_zoned(zone).strftime("%a %-d %b %Y %H:%M").to_string();
        let names: Vec<_> = meeting.guests.iter().map(Address::display).collect();
        let names = names.join(", ");
        self.record(
            number,
            format!("proposed a meeting on {when}, {} minutes, with {names}", meet.minutes),
            &item.words,
        );
        let text = format!("A meeting on {when}, {} minutes, is proposed to {names}.", meet.minutes);
        let text = match kept_back {
            None => format!("{text} Their answers will stand in the history."),
            Some(why) => format!("{text} But {} was not written to: {why}.", client.display()),
        };
        self.line(Outcome::Done, Some(number), &item.words, text);
    }

    /// Writes the invitations. Gives the reason why the client's copy does not go out, where it does not.
    fn invite(
        &mut self,
        case: &Case,
        client: &Address,
        answers: Option<String>,
        meeting: &Meeting,
    ) -> Option<&'static str> {
        let heard = self.heard;
        let account = self.account(case);
        let firm = heard.directory.firm();
        let or_firms =
            |own: Option<&String>, firms: &String| own.filter(|own| !own.is_empty()).unwrap_or(firms).clone();
        let language = or_firms(account.map(|account| &account.language), &firm.language);
        let clients_zone = or_firms(account.map(|account| &account.timezone), &firm.timezone);
        let invitation = Invitation {
            meeting: meeting.clone(),
            timezone: firm.timezone.clone(),
            by: heard.person.clone(),
            account: account.map_or_else(|| case.account.clone(), |account| account.name.clone()),
            subject: case.subject.clone(),
            client: None,
        };
        let root = thread_root(case, heard.directory);
        for guest in meeting.guests.iter().filter(|guest| guest.address != client.address) {
            let content = Content::Invitation(invitation.clone());
            let letter = self.letter(guest.clone(), Some(case.number), vec![root.clone()], content);
            self.effects.push(Effect::Send(letter));
        }
        let configured = heard.policy.meeting(&case.account);
        if configured == FollowUp::Off {
            return Some("follow_up.meeting is off");
        }
        let content =
            Content::Invitation(Invitation { client: Some(language), timezone: clients_zone, ..invitation });
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
