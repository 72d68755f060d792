//! A firm's mail as it comes: drawn by a seed, so that each run has the same.
//!
//! 1-8 kB of text, three in ten with HTML beside it, a tenth in threads with the history quoted, a twentieth with a file of
//! 200 kB (every fourth of those files comes a second time), a twentieth from machines; 200 clients, of whom a few write most.

use std::fmt::Write as _;

use data_encoding::BASE64_MIME;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// How many clients the firm has.
pub const CLIENTS: usize = 200;
/// How many people write for each.
const PEOPLE: usize = 8;
/// Bytes of a file before base64 makes 200 kB of them.
const FILE: usize = 148_000;

/// What people write to a firm that cleans, repairs and delivers: mostly nothing that needs anybody.
const SENTENCES: [&str; 40] = [
    "Please find the figures for week {n} below, together with the two corrections that we spoke of.",
    "We would like to move the appointment on the {n}th to the afternoon if that suits your people.",
    "The new contact for deliveries is Mr Okafor, extension {n}.",
    "Thanks again for the quick help yesterday; the team was delighted with it.",
    "Our auditors ask for the signed copy of order {n} by the end of the month.",
    "As agreed, building {n} is closed to visitors from Monday on.",
    "The minutes of our meeting are below, please tell me if something is missing in point {n}.",
    "My colleague Ines looks after floor {n}, and I after the others.",
    "The key for room {n} lies at the reception, under the name of your firm.",
    "We have paid invoice {n} today, so it should be with you by Thursday.",
    "The caretaker will open gate {n} for your people at half past six.",
    "The fire drill is on the {n}th at ten, please warn whoever works in the building then.",
    "There is nothing to do for you here, this is only so that you know.",
    "Kindly confirm that the delivery note {n} has reached you.",
    "The colour that we had in mind is number {n} of the catalogue.",
    "Your technician was here on time and explained everything very well.",
    "We count {n} chairs and four tables, which agrees with your list.",
    "The parking spaces {n} to 30 are reserved for your vans as always.",
    "I spoke with accounting about cost centre {n}, and they are fine with it.",
    "Our opening hours stay as they are over the holidays, apart from the {n}th.",
    "The lift in the east wing works again since this morning.",
    "Please use the side entrance while the front is being painted.",
    "I have added Ms Lindqvist in copy, who looks after the second floor.",
    "The sample arrived in good order, thank you for sending it so quickly.",
    "We talked about this in the spring, when the contract was renewed for another {n} months.",
    "For the statistics: {n} visitors came last week, a few more than the week before.",
    "The coffee machine on floor {n} is serviced by its maker, so you can leave it out.",
    "As far as I can see all {n} items on the list are done.",
    "The access card {n} is active from tomorrow, and can be picked up at any time.",
    "Please remember that the yard is salted in winter and slippery nonetheless.",
    "Mr Brandt asks me to send you his best regards.",
    "The photographs of the roof are in the shared folder, in the one called {n}.",
    "We will read the report in peace and come back to you if there are questions.",
    "The temperature in the server room was {n} degrees all week, which is as it should be.",
    "The plants are watered by our own people, as before.",
    "Our new address is valid from the first; the telephone numbers stay the same.",
    "The inspection found nothing, so the next one is in {n} months.",
    "Shall we talk about it on Wednesday, say at three?",
    "The waste containers were emptied on the {n}th, all of them.",
    "I hope that you had a pleasant weekend and that the weather was kinder to you than to us.",
];

/// What one in twelve mails says beside it.
const MATTERS: [&str; 8] = [
    "Nobody turned up on Monday, and we had to send our own staff home again. This is the third time.",
    "The floor was still dirty this morning, and nobody answered when we called. We are very disappointed.",
    "You promised us an answer by Friday, and we have heard nothing since.",
    "Could you also clean the windows of the second entrance while you are there? What would it cost?",
    "We need two more people for the stock-taking, which is not part of the contract.",
    "If this happens once more we will look for another supplier.",
    "We consider giving you the other three buildings as well. Could you send us an offer?",
    "The invoice is wrong again: we are charged for a week in which nobody worked.",
];

const SUBJECTS: [&str; 10] = [
    "Building {n}",
    "Appointment on the {n}th",
    "Order {n}",
    "Figures for week {n}",
    "Delivery note {n}",
    "Visit next week",
    "Access card {n}",
    "Our meeting",
    "Invoice {n}",
    "Question about floor {n}",
];

const NAMES: [&str; PEOPLE] = [
    "Dana Fields",
    "Jörg Meßner",
    "Aoife Byrne",
    "Tomás Leal",
    "Priya Raman",
    "Ingrid Solberg",
    "Paul Adeyemi",
    "Lucie Marchand",
];

/// The accounts of the clients, for `accounts import`; 20 owners share them.
pub fn accounts() -> String {
    let account = |client: usize| {
        format!(
            "[[account]]\naccount = \"client{client}\"\nname = \"Client {client}\"\ndomains = [\"client{client}.example\"]\n\
             sales = \"Owner {s} <owner{s}@fjord.example>\"\noperations = \"Owner {o} <owner{o}@fjord.example>\"\n\n",
            s = client % 20,
            o = (client + 7) % 20,
        )
    };
    (0..CLIENTS).map(account).collect()
}

/// So many mails to this address.
pub fn mails(seed: u64, count: usize, to: &str) -> Vec<Vec<u8>> {
    let mut firm = Firm {
        random: SmallRng::seed_from_u64(seed),
        seed,
        to: to.to_owned(),
        earlier: vec![],
        files: vec![],
    };
    (0..count).map(|number| firm.mail(number)).collect()
}

/// What was written before, for answers to it.
struct Earlier {
    id: String,
    client: usize,
    subject: String,
    text: String,
}

struct Firm {
    random: SmallRng,
    seed: u64,
    to: String,
    earlier: Vec<Earlier>,
    files: Vec<String>,
}

impl Firm {
    fn mail(&mut self, number: usize) -> Vec<u8> {
        let machine = number % 20 == 7;
        let threaded = number % 10 == 3 && !self.earlier.is_empty();
        let answered = threaded.then(|| self.random.random_range(0..self.earlier.len()));
        let client = match answered {
            Some(answered) => self.earlier[answered].client,
            None => self.client(),
        };
        let person = self.random.random_range(0..PEOPLE);
        let name = if machine { "Facility Monitor" } else { NAMES[person] };
        let local = if machine { "no-reply".to_owned() } else { format!("p{person}") };
        let from = format!("{local}@client{client}.example");
        let id = format!("{:x}.{}.{number}@client{client}.example", self.random.random::<u64>(), self.seed);
        let subject = match answered {
            Some(answered) => format!("Re: {}", self.earlier[answered].subject.trim_start_matches("Re: ")),
            None => self.filled(SUBJECTS[number % SUBJECTS.len()]),
        };
        let text = self.text(name, client, number);
        let mut headers = self.headers(name, &from, &id, &subject, number);
        let mut shown = text.clone();
        if let Some(answered) = answered {
            let earlier = &self.earlier[answered];
            let _ = write!(headers, "In-Reply-To: <{0}>\r\nReferences: <{0}>\r\n", earlier.id);
            let quoted = earlier.text.replace("\r\n", "\r\n> ");
            let _ = write!(shown, "\r\nOn Mon, 9 Mar 2026 at 10:12, Fjord Services wrote:\r\n> {quoted}\r\n");
        }
        if machine {
            headers.push_str("Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\n");
        }
        let html = number % 10 < 3;
        let body = if html { alternative(&shown) } else { plain(&shown) };
        let body = if number % 20 == 5 { self.with_file(&body, number) } else { body };
        self.earlier.push(Earlier { id, client, subject, text });
        format!("{headers}{body}").into_bytes()
    }

    /// A client: the first ones write more often than the last.
    fn client(&mut self) -> usize {
        let place: f64 = self.random.random();
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let client = (place * place * CLIENTS as f64) as usize;
        client.min(CLIENTS - 1)
    }

    fn headers(&mut self, name: &str, from: &str, id: &str, subject: &str, number: usize) -> String {
        let mut signature = [0; 256];
        self.random.fill(&mut signature);
        let signature = BASE64_MIME.encode(&signature).trim_end().replace("\r\n", "\r\n        ");
        let (minute, second) = (number / 60 % 60, number % 60);
        format!(
            "Return-Path: <{from}>\r\n\
             Received: from mx.fjord.example (mx.fjord.example [192.0.2.1])\r\n\tby mail.fjord.example (Postfix) with \
             ESMTPS id {number:X}\r\n\tfor <{to}>; Tue, 10 Mar 2026 09:{minute:02}:{second:02} +0100 (CET)\r\n\
             DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=client.example; s=mail;\r\n\
             \th=from:to:subject:date:message-id; b={signature}\r\n\
             From: =?UTF-8?Q?{name}?= <{from}>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n\
             Date: Tue, 10 Mar 2026 09:{minute:02}:{second:02} +0100\r\nMIME-Version: 1.0\r\n",
            to = self.to,
            name = encoded(name),
        )
    }

    /// 1 to 8 kB, most of them short.
    fn text(&mut self, name: &str, client: usize, number: usize) -> String {
        let share: f64 = self.random.random();
        let length = 1000.0 + 7000.0 * share * share;
        let mut text = String::from("Good morning,\r\n\r\n");
        if number % 12 == 4 {
            text.push_str(MATTERS.choose(&mut self.random).unwrap());
            text.push_str("\r\n\r\n");
        }
        let mut lines = 0;
        #[expect(clippy::cast_precision_loss)]
        while (text.len() as f64) < length {
            let sentence = *SENTENCES.choose(&mut self.random).unwrap();
            text.push_str(&self.filled(sentence));
            lines += 1;
            text.push_str(if lines % 4 == 0 { "\r\n\r\n" } else { "\r\n" });
        }
        let _ = write!(text, "\r\nBest regards\r\n{name}\r\nClient {client}, 12 Harbour Street\r\n");
        text
    }

    fn filled(&mut self, text: &str) -> String {
        text.replace("{n}", &self.random.random_range(2..29).to_string())
    }

    fn with_file(&mut self, body: &str, number: usize) -> String {
        let file = match self.files.last() {
            Some(file) if number % 80 == 65 => file.clone(),
            _ => {
                let mut bytes = vec![0; FILE];
                self.random.fill(&mut bytes[..]);
                self.files.push(BASE64_MIME.encode(&bytes));
                self.files.last().cloned().unwrap()
            }
        };
        format!(
            "Content-Type: multipart/mixed; boundary=\"outer{number}\"\r\n\r\n--outer{number}\r\n{body}\r\n--outer{number}\r\n\
             Content-Type: application/pdf; name=\"plan.pdf\"\r\nContent-Disposition: attachment; filename=\"plan.pdf\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{file}\r\n--outer{number}--\r\n"
        )
    }
}

fn plain(text: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}")
}

fn alternative(text: &str) -> String {
    let line =
        |line: &str| format!("<p style=\"margin:0 0 1em;font-family:Calibri,sans-serif\">{line}</p>\r\n");
    let html: String = text.split("\r\n").filter(|line| !line.is_empty()).map(line).collect();
    format!(
        "Content-Type: multipart/alternative; boundary=\"inner\"\r\n\r\n--inner\r\n{}\r\n--inner\r\n\
         Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         <html><head><style>body {{ color: #222 }}</style></head><body>\r\n{html}</body></html>\r\n--inner--\r\n",
        plain(text)
    )
}

/// A name as an encoded word has it (RFC 2047 §4.2).
fn encoded(name: &str) -> String {
    let mut word = String::new();
    for byte in name.bytes() {
        match byte {
            b' ' => word.push('_'),
            b'A'..=b'Z' | b'a'..=b'z' => word.push(char::from(byte)),
            _ => {
                let _ = write!(word, "={byte:02X}");
            }
        }
    }
    word
}
