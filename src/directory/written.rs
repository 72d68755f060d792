//! Files that people write: where in them something is wrong, and how the small values in them are read.

use std::cell::RefCell;
use std::fmt;

use crate::message::{Address, comparable_domain};

/// Something that is wrong in a file that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: "pairdesk.toml:12:5", line and column from 1, the column in characters.
    pub place: String,
    /// What is wrong: what was expected, and what stands there.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    {}", self.place, self.what, self.remedy)
    }
}

/// What is found wrong in one file, collected so that all of it can be said at once.
#[derive(Debug)]
pub struct Problems<'a> {
    file: &'a str,
    text: &'a str,
    found: RefCell<Vec<(usize, Problem)>>,
}

impl<'a> Problems<'a> {
    /// None yet, in a file of this name and text.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: RefCell::default() }
    }

    /// Notes one at a byte of the text.
    pub fn add(&self, at: usize, what: impl Into<String>, remedy: impl Into<String>) {
        let problem = Problem { place: self.place(at), what: what.into(), remedy: remedy.into() };
        self.found.borrow_mut().push((at, problem));
    }

    /// The place of a byte of the text, for people.
    pub fn place(&self, at: usize) -> String {
        place(self.file, self.text, at)
    }

    /// Whether nothing has been found so far.
    pub fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// All of them, in the order of the text.
    pub fn into_sorted(self) -> Vec<Problem> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, problem)| problem).collect()
    }
}

/// The place of a byte in a text, for people: "accounts.toml:3:14".
pub fn place(file: &str, text: &str, byte: usize) -> String {
    let before = text.get(..byte.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("{file}:{line}:{column}")
}

/// The known word that an unknown one was probably meant to be.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The remedy for an unknown word: the nearest known one, or all of them.
pub fn did_you_mean(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// A person as people write one: "Kim Vos <kim@firm.example>", or the bare address.
pub fn person(text: &str) -> Option<Address> {
    let (name, address) = match text.trim().strip_suffix('>') {
        Some(rest) => rest.split_once('<')?,
        None => ("", text),
    };
    let name = name.trim().trim_matches('"').trim();
    let plain = !name.contains(['<', '>', '"']) && !name.contains(char::is_control);
    Some(Address { name: name.to_owned(), address: plain.then(|| mail_address(address))?? })
}

/// A bare mail address in lower case, when it is one that mail can be sent to: a plain local part (RFC 5322 §3.2.3
/// dot-atom, also with letters beyond ASCII, RFC 6531) and a domain.
pub fn mail_address(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, host) = text.rsplit_once('@').filter(|(_, host)| host.trim() == *host)?;
    let atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let local_is_fine =
        local.len() <= 64 && local.split('.').all(|part| !part.is_empty() && part.chars().all(atom));
    let host = domain(host)?;
    local_is_fine.then(|| format!("{local}@{host}"))
}

/// A mail domain in the form in which domains are compared, lower case and A-labels: two labels or more (RFC 1035
/// §2.3.1, RFC 5890). A leading `@` is what people write and is dropped.
pub fn domain(text: &str) -> Option<String> {
    let written = text.trim().trim_start_matches('@');
    let edges_are_fine = written.split('.').all(|label| !label.starts_with('-') && !label.ends_with('-'));
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let text = comparable_domain(written);
    (edges_are_fine && text.len() <= 253 && text.contains('.') && text.split('.').all(label)).then_some(text)
}

/// The canonical name of an IANA time zone, whatever the case it was written in.
pub fn timezone(text: &str) -> Option<String> {
    let zone = jiff::tz::TimeZone::get(text.trim()).ok()?;
    Some(zone.iana_name()?.to_owned())
}

/// An ISO 639-1 language code in lower case.
pub fn language(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_lowercase())).then_some(text)
}

/// Whether anybody can have an address at this domain, so that it can never stand for a firm.
pub fn is_free_mail(domain: &str) -> bool {
    FREE_MAIL.binary_search(&domain).is_ok()
}

/// The large free-mail providers and access providers of Europe, the Americas and Asia, sorted.
#[rustfmt::skip]
const FREE_MAIL: &[&str] = &[
    "126.com", "139.com", "163.com", "aim.com", "alice.it", "aliceadsl.fr", "aol.com", "arcor.de", "att.net",
    "bell.net", "bellsouth.net", "bigpond.com", "bk.ru", "bluewin.ch", "blueyonder.co.uk", "bol.com.br",
    "btinternet.com", "caramail.com", "casema.nl", "centrum.cz", "charter.net", "chello.nl", "comcast.net",
    "cox.net", "daum.net", "email.com", "email.cz", "email.de", "fastmail.com", "fastmail.fm", "foxmail.com",
    "free.fr", "freemail.hu", "freenet.de", "freeserve.co.uk", "gmail.com", "gmx.at", "gmx.ch", "gmx.com",
    "gmx.de", "gmx.fr", "gmx.net", "googlemail.com", "hanmail.net", "hetnet.nl", "home.nl", "hotmail.be",
    "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it", "hotmail.nl",
    "hushmail.com", "icloud.com", "ig.com.br", "inbox.com", "inbox.lv", "inbox.ru", "interia.pl", "juno.com",
    "kpnmail.nl", "kpnplanet.nl", "laposte.net", "libero.it", "list.ru", "live.be", "live.co.uk", "live.com",
    "live.de", "live.fr", "live.it", "live.nl", "mac.com", "mail.com", "mail.de", "mail.ru", "mailbox.org",
    "me.com", "msn.com", "naver.com", "neuf.fr", "ntlworld.com", "numericable.fr", "o2.pl", "onet.pl",
    "online.de", "optonline.net", "orange.fr", "outlook.be", "outlook.com", "outlook.de", "outlook.es",
    "outlook.fr", "outlook.it", "planet.nl", "pm.me", "posteo.de", "proton.me", "protonmail.ch",
    "protonmail.com", "qq.com", "quicknet.nl", "rambler.ru", "rediffmail.com", "rocketmail.com", "rogers.com",
    "sapo.pt", "sbcglobal.net", "seznam.cz", "sfr.fr", "shaw.ca", "sina.com", "sky.com", "skynet.be",
    "sohu.com", "t-online.de", "talktalk.net", "telenet.be", "telfort.nl", "terra.com.br", "tin.it",
    "tiscali.co.uk", "tiscali.it", "tiscali.nl", "tuta.com", "tuta.io", "tutanota.com", "tutanota.de",
    "uol.com.br", "upcmail.nl", "verizon.net", "versatel.nl", "virgilio.it", "virginmedia.com", "vodafone.nl",
    "voila.fr", "wanadoo.fr", "wanadoo.nl", "web.de", "wp.pl", "xs4all.nl", "yahoo.ca", "yahoo.co.in",
    "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.com.br", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.it",
    "yandex.com", "yandex.ru", "ymail.com", "zeelandnet.nl", "ziggo.nl", "zoho.com", "zonnet.nl",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_mail_list_is_sorted_so_that_it_can_be_searched() {
        let mut sorted = FREE_MAIL.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(FREE_MAIL, sorted);
        assert!(is_free_mail("gmail.com") && is_free_mail("t-online.de") && !is_free_mail("acme.example"));
    }

    #[test]
    fn a_person_is_a_name_and_an_address_or_the_bare_address() {
        let kim = person("  Kim Vos <Kim@Firm.example> ").unwrap();
        assert_eq!((kim.name.as_str(), kim.address.as_str()), ("Kim Vos", "kim@firm.example"));
        assert_eq!(person("\"Vos, Kim\" <kim@firm.example>").unwrap().name, "Vos, Kim");
        assert_eq!(person("kim@firm.example").unwrap().name, "");
        for wrong in [
            "",
            "Kim Vos",
            "Kim <kim>",
            "kim@firm",
            "a b@firm.example",
            "kim@@firm.example",
            "<>",
            "Kim\r\nBcc: <a@b.example>",
        ] {
            assert_eq!(person(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_unknown_word_finds_the_known_one_that_was_meant() {
        let known = ["folders", "sent_folders", "host", "port"];
        assert_eq!(nearest("fodlers", &known), Some("folders"));
        assert_eq!(nearest("Hosts", &known), Some("host"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(did_you_mean("colour", &["host", "port"]), "known here: host, port");
    }

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        assert_eq!(place("f.toml", "ab\nä = x", "ab\nä = ".len()), "f.toml:2:5");
        assert_eq!(place("f.toml", "", 0), "f.toml:1:1");
    }

    #[test]
    fn a_domain_beyond_ascii_is_written_in_one_form() {
        for same in ["bücher.example", " @Bücher.Example", "xn--bcher-kva.example"] {
            assert_eq!(domain(same).as_deref(), Some("xn--bcher-kva.example"), "{same}");
        }
        assert_eq!(mail_address("Jörg@BÜCHER.example").as_deref(), Some("jörg@xn--bcher-kva.example"));
        for wrong in
            ["bü cher.example", "-ü-.example", "kim@ bücher.example", "kim@@bücher.example", "xn--ü.example"]
        {
            assert_eq!((domain(wrong), mail_address(wrong)), (None, None), "{wrong}");
        }
    }
}
