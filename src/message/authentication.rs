//! What the firm's own receiving server found out about the sender (RFC 8601); what others say is ignored (§5).

use super::mime::Part;
use super::{Authentication, ReadOptions, Verdict, comparable_domain};

/// One method's result with its properties: "dkim=pass header.d=client.example".
#[derive(Debug, Default)]
struct Outcome {
    method: String,
    result: String,
    properties: Vec<(String, String)>,
}

impl Outcome {
    fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// The verdict on the domain of From, when a trusted server gave one.
///
/// Only the topmost Authentication-Results of a trusted authserv-id counts, with those of the same id directly below:
/// what stands further down came with the mail.
pub(super) fn read(root: &Part<'_>, domain: &str, options: &ReadOptions) -> Option<Authentication> {
    let trusted = |value: &str| {
        let id = authserv_id(value);
        options.authserv_ids.iter().any(|t| t.eq_ignore_ascii_case(&id)).then_some(id)
    };
    let fields: Vec<&(String, String)> = root.fields.iter().collect();
    let first = fields.iter().position(|(n, v)| n == "authentication-results" && trusted(v).is_some())?;
    let id = trusted(&fields[first].1)?;
    let outcomes: Vec<Outcome> = fields[first..]
        .iter()
        .take_while(|(n, v)| n == "authentication-results" && trusted(v).as_deref() == Some(&*id))
        .flat_map(|(_, v)| outcomes(v))
        .collect();
    let domain = comparable_domain(domain);
    let (verdict, reason) = judge(&outcomes, &domain);
    Some(Authentication { verdict, domain, reason: format!("{reason} ({id})") })
}

fn judge(outcomes: &[Outcome], domain: &str) -> (Verdict, String) {
    let of = |method: &str| outcomes.iter().filter(move |o| o.method == method).collect::<Vec<_>>();
    for dmarc in of("dmarc") {
        let from = comparable_domain(dmarc.property("header.from").unwrap_or(domain));
        if !aligned(&from, domain) {
            continue;
        }
        match dmarc.result.as_str() {
            "pass" | "bestguesspass" => return (Verdict::Pass, format!("dmarc=pass header.from={from}")),
            "fail" if of("arc").iter().any(|a| a.result == "pass") => {
                return (
                    Verdict::None,
                    format!(
                        "dmarc=fail header.from={from}, but arc=pass: changed on a way that the server vouches for"
                    ),
                );
            }
            "fail" => return (Verdict::Fail, format!("dmarc=fail header.from={from}")),
            _ => {}
        }
    }
    for (method, names) in [("dkim", ["header.d", "header.i"]), ("spf", ["smtp.mailfrom", "smtp.from"])] {
        for outcome in of(method).into_iter().filter(|o| o.result == "pass") {
            let found = names.iter().find_map(|n| outcome.property(n)).unwrap_or_default();
            let signer = &*comparable_domain(found.rsplit('@').next().unwrap_or_default());
            if aligned(signer, domain) {
                return (Verdict::Pass, format!("{method}=pass for {signer}"));
            }
        }
    }
    let said: Vec<String> = outcomes.iter().take(6).map(|o| format!("{}={}", o.method, o.result)).collect();
    (
        Verdict::None,
        if said.is_empty() {
            "no method was applied".into()
        } else {
            format!("{}: nothing for {domain}", said.join(" "))
        },
    )
}

/// Whether a domain is the other or one above or below it (relaxed alignment, RFC 7489 §3.1, without a list of public suffixes:
/// a domain of one label aligns with nothing but itself).
fn aligned(one: &str, other: &str) -> bool {
    if one.is_empty() || other.is_empty() {
        return false;
    }
    let below =
        |a: &str, b: &str| b.contains('.') && a.strip_suffix(b).is_some_and(|rest| rest.ends_with('.'));
    one == other || below(one, other) || below(other, one)
}

/// The authserv-id of a field: its first word.
fn authserv_id(value: &str) -> String {
    let plain = without_comments(value);
    let id = plain.split(';').next().unwrap_or_default().split_whitespace().next().unwrap_or_default();
    id.trim_matches('"').to_ascii_lowercase()
}

fn outcomes(value: &str) -> Vec<Outcome> {
    without_comments(value)
        .split(';')
        .skip(1)
        .filter_map(|part| {
            let mut words = part.split_whitespace();
            let (method, result) = words.next()?.split_once('=')?;
            let method = method.split('/').next().unwrap_or_default().to_ascii_lowercase();
            let properties = words
                .filter_map(|w| w.split_once('='))
                .map(|(n, v)| (n.to_ascii_lowercase(), v.trim_matches('"').to_string()))
                .collect();
            Some(Outcome { method, result: result.to_ascii_lowercase(), properties })
        })
        .collect()
}

/// The value without comments in brackets (RFC 5322 §3.2.2), with blanks around equals signs closed up.
fn without_comments(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let (mut depth, mut quoted) = (0usize, false);
    for c in value.chars() {
        match c {
            '"' if depth == 0 => {
                quoted = !quoted;
                out.push(c);
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => depth -= 1,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out.replace(" =", "=").replace("= ", "=")
}
