//! The mails of the demonstration, and how their dates are moved to the present.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Where the firm is; the mails say its offset.
pub(super) const TIMEZONE: &str = "Europe/Amsterdam";
/// The last day of the story.
const LAST_DAY: Date = Date::constant(2026, 3, 20);
/// The offset in the mails' dates.
const OFFSET: &str = "+0100";

/// A mail that is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mail {
    /// Its file's name.
    pub name: &'static str,
    /// Whether one of the firm's own people sent it to a client.
    pub sent: bool,
    /// When it comes.
    pub at: Timestamp,
    /// Its bytes.
    pub raw: Vec<u8>,
}

/// How many weeks later the story has to be for its last day to be the last Friday before this instant.
pub(super) fn weeks_until(now: Timestamp) -> i64 {
    let timezone = TimeZone::get(TIMEZONE).unwrap_or(TimeZone::UTC);
    let yesterday = now.to_zoned(timezone).date().saturating_sub(1.day());
    let days = LAST_DAY.until(yesterday).map_or(0, |span| i64::from(span.get_days()));
    days.div_euclid(7)
}

/// All mails, so many weeks later than they were written, in the order in which they come.
pub(super) fn mails(weeks: i64) -> Vec<Mail> {
    let timezone = TimeZone::get(TIMEZONE).unwrap_or(TimeZone::UTC);
    let mut mails: Vec<Mail> = MAILS
        .iter()
        .map(|&(name, sent, raw)| {
            let raw = later(raw, weeks, &timezone);
            let at = came_at(&raw).unwrap_or_default();
            Mail { name, sent, at, raw }
        })
        .collect();
    // Where two come in the same second, the order of the files decides.
    mails.sort_by_key(|mail| (mail.at, mail.name));
    mails
}

/// What the Date header says.
fn came_at(raw: &[u8]) -> Option<Timestamp> {
    let text = String::from_utf8_lossy(raw);
    let date = text.lines().find_map(|line| line.strip_prefix("Date: "))?;
    jiff::fmt::rfc2822::parse(date).ok().map(|zoned| zoned.timestamp())
}

/// The ways in which the mails write a day: their headers, and the lines above quotations.
const WAYS: [&str; 7] = ["%d %b %Y", "%b %d, %Y", "%d %B %Y", "%d/%m/%Y", "%d.%m.%Y", "%d.%m.%y", "%Y%m%d"];

/// The longest of them, in bytes: "30 September 2026".
const LONGEST: usize = 17;

/// The same mail, so many weeks later: every day in it is moved, and the offset of its times with it.
fn later(raw: &[u8], weeks: i64, timezone: &TimeZone) -> Vec<u8> {
    if weeks == 0 {
        return raw.to_vec();
    }
    let mut moved = Vec::with_capacity(raw.len());
    let mut offset = OFFSET.to_owned();
    let mut rest = raw;
    while let [byte, after @ ..] = rest {
        let begins = byte.is_ascii_alphanumeric() && !moved.last().is_some_and(u8::is_ascii_alphanumeric);
        if begins && let Some((way, day, length)) = day(rest) {
            let day = day.saturating_add(weeks.weeks());
            let day_is_padded = rest.first() == Some(&b'0');
            let way = if day_is_padded || way.starts_with("%Y") {
                way.to_owned()
            } else {
                way.replace("%d ", "%-d ")
            };
            let way = way.replace("%b %d", "%b %-d");
            moved.extend(day.strftime(&way).to_string().bytes());
            offset = offset_at(day.at(12, 0, 0, 0), timezone).unwrap_or(offset);
            rest = &rest[length..];
        } else if rest.starts_with(OFFSET.as_bytes()) {
            moved.extend(offset.bytes());
            rest = &rest[OFFSET.len()..];
        } else {
            moved.push(*byte);
            rest = after;
        }
    }
    moved
}

/// The day that the bytes begin with, in which way it is written, and how long it is.
fn day(bytes: &[u8]) -> Option<(&'static str, Date, usize)> {
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let year_is_near = |date: &Date| date.year() == LAST_DAY.year();
    WAYS.into_iter().find_map(|way| {
        let (time, length) = BrokenDownTime::parse_prefix(way, bytes).ok()?;
        let date = time.to_date().ok().filter(year_is_near)?;
        Some((way, date, length))
    })
}

fn offset_at(noon: DateTime, timezone: &TimeZone) -> Option<String> {
    Some(noon.to_zoned(timezone.clone()).ok()?.strftime("%z").to_string())
}

/// Name, whether it lies in the folder of sent mail, and bytes.
const MAILS: &[(&str, bool, &[u8])] = &[
    ("01-weekly-pickup", false, include_bytes!("mails/01-weekly-pickup.eml")),
    ("02-reception-rota", false, include_bytes!("mails/02-reception-rota.eml")),
    ("03-neuer-schluessel", false, include_bytes!("mails/03-neuer-schluessel.eml")),
    ("04-mugs", false, include_bytes!("mails/04-mugs.eml")),
    ("05-classroom-4", false, include_bytes!("mails/05-classroom-4.eml")),
    ("06-newsletter", false, include_bytes!("mails/06-newsletter.eml")),
    ("07-classroom-4-answer", true, include_bytes!("mails/sent/07-classroom-4-answer.eml")),
    ("08-classroom-4-thanks", false, include_bytes!("mails/08-classroom-4-thanks.eml")),
    ("09-boardroom-1", false, include_bytes!("mails/09-boardroom-1.eml")),
    ("10-invoice-copy", false, include_bytes!("mails/10-invoice-copy.eml")),
    ("11-abwesenheit", false, include_bytes!("mails/11-abwesenheit.eml")),
    ("12-dock-change", false, include_bytes!("mails/12-dock-change.eml")),
    ("13-dock-change-again", false, include_bytes!("mails/13-dock-change-again.eml")),
    ("14-descaling", false, include_bytes!("mails/14-descaling.eml")),
    ("15-walkthrough", false, include_bytes!("mails/15-walkthrough.eml")),
    ("16-behandlungszimmer", false, include_bytes!("mails/16-behandlungszimmer.eml")),
    ("17-note-on-the-case", false, include_bytes!("mails/17-note-on-the-case.eml")),
    ("18-pickup-monday", false, include_bytes!("mails/18-pickup-monday.eml")),
    ("19-boardroom-2", false, include_bytes!("mails/19-boardroom-2.eml")),
    ("20-kim-away", false, include_bytes!("mails/20-kim-away.eml")),
    ("21-unknown-sender", false, include_bytes!("mails/21-unknown-sender.eml")),
    ("22-bounce", false, include_bytes!("mails/22-bounce.eml")),
    ("23-renewal", false, include_bytes!("mails/23-renewal.eml")),
    ("24-forwarded", false, include_bytes!("mails/24-forwarded.eml")),
    ("25-hearing-aid", false, include_bytes!("mails/25-hearing-aid.eml")),
    ("26-cold-room-2", false, include_bytes!("mails/26-cold-room-2.eml")),
    ("27-lieferschein", false, include_bytes!("mails/27-lieferschein.eml")),
    ("28-windows", false, include_bytes!("mails/28-windows.eml")),
    ("29-broken-scan", false, include_bytes!("mails/29-broken-scan.eml")),
    ("30-key-card", false, include_bytes!("mails/30-key-card.eml")),
    ("31-wieder-gut", false, include_bytes!("mails/31-wieder-gut.eml")),
    ("32-tap", false, include_bytes!("mails/32-tap.eml")),
    ("33-pickup-third", false, include_bytes!("mails/33-pickup-third.eml")),
    ("34-boardroom-3", false, include_bytes!("mails/34-boardroom-3.eml")),
    ("35-boardroom-answer", true, include_bytes!("mails/sent/35-boardroom-answer.eml")),
    ("36-new-hall", false, include_bytes!("mails/36-new-hall.eml")),
    ("37-coffee-machine", false, include_bytes!("mails/37-coffee-machine.eml")),
    ("38-fenster", false, include_bytes!("mails/38-fenster.eml")),
    ("39-playtest", false, include_bytes!("mails/39-playtest.eml")),
    ("40-lorry", false, include_bytes!("mails/40-lorry.eml")),
    ("41-lorry-answer", true, include_bytes!("mails/sent/41-lorry-answer.eml")),
    ("42-rosa", false, include_bytes!("mails/42-rosa.eml")),
    ("43-governors", false, include_bytes!("mails/43-governors.eml")),
    ("44-whitlock-friday", false, include_bytes!("mails/44-whitlock-friday.eml")),
    ("45-materialliste", false, include_bytes!("mails/45-materialliste.eml")),
    ("46-tap-fixed", false, include_bytes!("mails/46-tap-fixed.eml")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mail_of_the_folder_is_in_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/mails");
        let eml = |folder: &str| {
            std::fs::read_dir(folder)
                .unwrap()
                .filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|end| end == "eml"))
                .count()
        };
        assert_eq!(eml(folder) + eml(&format!("{folder}/sent")), MAILS.len());
        assert!(MAILS.len() >= 40);
        let bytes: usize = MAILS.iter().map(|(.., raw)| raw.len()).sum();
        assert!(bytes < 200_000, "{bytes}");
    }

    #[test]
    fn the_mails_come_in_the_order_of_their_names_within_three_weeks() {
        let mails = mails(0);
        assert!(mails.is_sorted_by_key(|mail| mail.name));
        assert_eq!(mails.first().unwrap().at, "2026-03-02T07:02:43Z".parse().unwrap());
        assert!(mails.iter().all(|mail| mail.at > "2026-03-02T07:00:00Z".parse().unwrap()));
        assert!(mails.iter().all(|mail| mail.at < "2026-03-20T23:00:00Z".parse().unwrap()));
    }

    #[test]
    fn the_story_ends_on_the_last_friday_before_today() {
        for (now, weeks) in [
            ("2026-03-20T12:00:00Z", -1), // that Friday is not over
            ("2026-03-21T12:00:00Z", 0),
            ("2026-03-27T12:00:00Z", 0),
            ("2026-03-28T12:00:00Z", 1),
            ("2026-11-21T23:00:00Z", 35),
        ] {
            assert_eq!(weeks_until(now.parse().unwrap()), weeks, "{now}");
        }
    }

    #[test]
    fn a_mail_of_summer_says_so_in_its_dates_and_offsets_and_keeps_its_hours() {
        let winter = b"Date: Mon, 2 Mar 2026 08:02:11 +0100\n\nOn Mon, Mar 2, 2026 at 8:02 AM X wrote:\n> Sent: 04 March 2026 \
            07:48\nAm 06.03.26 um 11:06, DTSTART:20260311T080000Z, until 13 March 2026, on 05/03/2026, bis 06.03.2026";
        let summer = "Date: Mon, 1 Jun 2026 08:02:11 +0200\n\nOn Mon, Jun 1, 2026 at 8:02 AM X wrote:\n> Sent: 03 June 2026 \
            07:48\nAm 05.06.26 um 11:06, DTSTART:20260610T080000Z, until 12 June 2026, on 04/06/2026, bis 05.06.2026";
        let timezone = TimeZone::get(TIMEZONE).unwrap();
        assert_eq!(String::from_utf8(later(winter, 13, &timezone)).unwrap(), summer);
    }

    #[test]
    fn moved_mails_still_answer_each_other() {
        let identifiers = |weeks| {
            let header = |mail: &Mail, name: &str| {
                let text = String::from_utf8_lossy(&mail.raw).into_owned();
                text.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned))
            };
            let mails = mails(weeks);
            let ids: Vec<_> = mails.iter().filter_map(|mail| header(mail, "Message-ID: ")).collect();
            mails
                .iter()
                .filter_map(|mail| header(mail, "In-Reply-To: "))
                .filter(|id| ids.contains(id))
                .count()
        };
        assert!(identifiers(0) >= 7, "{}", identifiers(0));
        assert_eq!(identifiers(30), identifiers(0));
    }
}
