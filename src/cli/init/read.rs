//! What answers may be.

use super::text::Place;
use crate::directory::written;

/// A text of one line.
pub fn one_line(text: &str) -> Option<String> {
    (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// A person, as the configuration has them.
pub fn person(text: &str) -> Option<String> {
    let person = written::person(text)?;
    Some(if person.name.is_empty() {
        person.address
    } else {
        format!("{} <{}>", person.name, person.address)
    })
}

/// Domains of a firm's own.
pub fn domains(text: &str) -> Option<Vec<String>> {
    let all: Option<Vec<_>> =
        text.split([',', ' ']).filter(|part| !part.is_empty()).map(written::domain).collect();
    all.filter(|all| !all.is_empty() && !all.iter().any(|domain| written::is_free_mail(domain)))
}

/// The address of a database, without a password in it.
pub fn store(text: &str) -> Option<String> {
    let scheme = text.split(':').next().unwrap_or_default();
    let known = matches!(scheme, "sqlite" | "postgres" | "postgresql") && text.len() > scheme.len() + 1;
    let user = text.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map_or("", |(user, _)| user);
    (known && !user.contains(':')).then(|| one_line(text))?
}

/// A server or a folder: `mail.firm.example`, `mail.firm.example:993`, `[::1]:143`, `/var/mail/service/Maildir`.
pub fn place(text: &str) -> Option<Place> {
    if text.starts_with('/') {
        return one_line(text).map(Place::Folder);
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, Some(port.parse::<u16>().ok().filter(|port| *port > 0)?))
        }
        _ => (text, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let fine = |c: char| c.is_alphanumeric() || ".-_:".contains(c);
    (!host.is_empty() && host.chars().all(fine)).then(|| Place::Host(host.to_lowercase(), port))
}

/// A provider that takes no plain passwords.
pub fn provider(host: &str) -> Option<&'static str> {
    let of = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    match () {
        () if of("office365.com") || of("outlook.com") => Some("Microsoft 365"),
        () if of("gmail.com") || of("googlemail.com") => Some("Google"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_name_with_or_without_a_port_and_a_folder_is_a_path() {
        let host = |text: &str| match place(text) {
            Some(Place::Host(host, port)) => (host, port),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(host("Mail.Firm.example"), ("mail.firm.example".into(), None));
        assert_eq!(host("mail.firm.example:993"), ("mail.firm.example".into(), Some(993)));
        assert_eq!(host("[::1]:143"), ("::1".into(), Some(143)));
        assert_eq!(host("::1"), ("::1".into(), None));
        assert!(matches!(place("/var/mail/x"), Some(Place::Folder(_))));
        for wrong in ["", "mail firm", "mail:port", "mail:0", "mail:70000", ":993", "https://mail", "a\nb"] {
            assert!(place(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn a_password_in_the_address_of_a_database_is_refused() {
        assert_eq!(store("postgres://desk@db/pairdesk").as_deref(), Some("postgres://desk@db/pairdesk"));
        for wrong in ["postgres://desk:secret@db/pairdesk", "mysql://db", "sqlite:", "desk.db", ""] {
            assert_eq!(store(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn domains_are_those_of_the_firm_alone() {
        assert_eq!(
            domains("Firm.example, @firm.test"),
            Some(vec!["firm.example".into(), "firm.test".into()])
        );
        for wrong in ["", ",", "firm", "firm.example,gmail.com"] {
            assert_eq!(domains(wrong), None, "{wrong}");
        }
    }
}
