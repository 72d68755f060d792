//! When digests are made: daylight-saving time, holidays, other time zones, and a daemon that was down.

use std::collections::HashMap;

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp, Zoned};
use pairdesk::directory::{Account, Directory, Firm};
use pairdesk::message::Address;
use pairdesk::schedule::{self, Holidays, Hours, LastDigests, OwnHours};

const KIM: &str = "kim@firm.example";
const ALL_WEEK: &str = "mon tue wed thu fri sat sun";

/// King's Day and two days of Easter.
pub fn holidays() -> Holidays {
    let event = |day: &str, next: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{day}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:{day}\r\nDTEND;VALUE=DATE:{next}\r\nEND:VEVENT\r\n"
        )
    };
    let events =
        [event("20260403", "20260404"), event("20260406", "20260407"), event("20260427", "20260428")];
    let file = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{}END:VCALENDAR\r\n", events.concat());
    Holidays::read(&file).unwrap()
}

/// A firm in Amsterdam that keeps them.
fn hours() -> Hours {
    Hours { holidays: holidays(), ..Hours::default() }
}

fn instant(text: &str) -> Timestamp {
    text.parse::<Zoned>().unwrap().timestamp()
}

/// What a person's own configuration says; empty is the firm's.
struct Own {
    timezone: &'static str,
    hour: &'static str,
    days: &'static str,
}

/// What is shown, of whom, while the daemon runs in these spans, and the digests that are made.
type Row = (&'static str, Own, Vec<(&'static str, &'static str)>, Vec<&'static str>);

/// The local times at which Kim's digests are made while the daemon runs in these spans: it looks every five minutes.
fn made(own: &Own, spans: &[(&str, &str)]) -> Vec<String> {
    let timezones = [(KIM.to_owned(), own.timezone.to_owned())];
    let firm = Firm {
        timezone: "Europe/Amsterdam".to_owned(),
        timezones: timezones.into_iter().filter(|(_, zone)| !zone.is_empty()).collect(),
        ..Firm::default()
    };
    let kim = Address { name: "Kim".to_owned(), address: KIM.to_owned() };
    let account = Account { key: "acme".to_owned(), sales: Some(kim), ..Account::default() };
    let directory = Directory::new(firm, vec![account]);
    let day = |word: &str| {
        let known = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let place = known.iter().position(|known| *known == word).unwrap();
        jiff::civil::Weekday::from_monday_zero_offset(i8::try_from(place).unwrap()).unwrap()
    };
    let own_hours = OwnHours {
        digest: (!own.hour.is_empty()).then(|| own.hour.parse::<Time>().unwrap()),
        days: (!own.days.is_empty()).then(|| own.days.split(' ').map(day).collect()),
        ..OwnHours::default()
    };
    let hours = Hours { people: HashMap::from([(KIM.to_owned(), own_hours)]), ..hours() };
    let mut last = LastDigests::new();
    let mut made = Vec::new();
    for (from, until) in spans {
        let (mut now, until) = (instant(from), instant(until));
        while now < until {
            for person in schedule::due(&last, &directory, &hours, now) {
                last.insert(person.address.clone(), now);
                let local = now.in_tz(directory.timezone_of(KIM)).unwrap();
                made.push(local.strftime("%a %-d %b %H:%M %z").to_string());
            }
            now += SignedDuration::from_mins(5);
        }
    }
    made
}

#[test]
fn each_digest_comes_once_a_working_day_at_the_readers_hour() {
    let usual = || Own { timezone: "", hour: "", days: "" };
    let table: Vec<Row> = vec![
        (
            "a week, its weekend left out",
            usual(),
            vec![("2026-03-12T00:00[Europe/Amsterdam]", "2026-03-18T00:00[Europe/Amsterdam]")],
            vec![
                "Thu 12 Mar 08:30 +0100",
                "Fri 13 Mar 08:30 +0100",
                "Mon 16 Mar 08:30 +0100",
                "Tue 17 Mar 08:30 +0100",
            ],
        ),
        (
            "the clock jumps ahead: the same hour by the wall",
            usual(),
            vec![("2026-03-27T00:00[Europe/Amsterdam]", "2026-03-31T00:00[Europe/Amsterdam]")],
            vec!["Fri 27 Mar 08:30 +0100", "Mon 30 Mar 08:30 +0200"],
        ),
        (
            "an hour that does not exist comes as much later as the clock jumps",
            Own { hour: "02:30", days: ALL_WEEK, ..usual() },
            vec![("2026-03-28T00:00[Europe/Amsterdam]", "2026-03-31T00:00[Europe/Amsterdam]")],
            vec!["Sat 28 Mar 02:30 +0100", "Sun 29 Mar 03:30 +0200", "Mon 30 Mar 02:30 +0200"],
        ),
        (
            "an hour that comes twice gives one digest, at the first",
            Own { hour: "02:30", days: ALL_WEEK, ..usual() },
            vec![("2026-10-24T00:00[Europe/Amsterdam]", "2026-10-27T00:00[Europe/Amsterdam]")],
            vec!["Sat 24 Oct 02:30 +0200", "Sun 25 Oct 02:30 +0200", "Mon 26 Oct 02:30 +0100"],
        ),
        (
            "the clock falls back: the same hour by the wall",
            usual(),
            vec![("2026-10-23T00:00[Europe/Amsterdam]", "2026-10-27T00:00[Europe/Amsterdam]")],
            vec!["Fri 23 Oct 08:30 +0200", "Mon 26 Oct 08:30 +0100"],
        ),
        (
            "an owner in New York, whose clock jumps three weeks before the firm's",
            Own { timezone: "America/New_York", ..usual() },
            vec![("2026-03-06T00:00[America/New_York]", "2026-03-10T00:00[America/New_York]")],
            vec!["Fri 6 Mar 08:30 -0500", "Mon 9 Mar 08:30 -0400"],
        ),
        (
            "and falls back a week after it, at half past one that comes twice",
            Own { timezone: "America/New_York", hour: "01:30", days: ALL_WEEK },
            vec![("2026-10-31T00:00[America/New_York]", "2026-11-03T00:00[America/New_York]")],
            vec!["Sat 31 Oct 01:30 -0400", "Sun 1 Nov 01:30 -0400", "Mon 2 Nov 01:30 -0500"],
        ),
        (
            "an owner in Tokyo, whose clock never jumps and whose day begins on the firm's day before",
            Own { timezone: "Asia/Tokyo", ..usual() },
            vec![("2026-03-27T00:00[Europe/Amsterdam]", "2026-03-31T02:00[Europe/Amsterdam]")],
            vec!["Fri 27 Mar 08:30 +0900", "Mon 30 Mar 08:30 +0900", "Tue 31 Mar 08:30 +0900"],
        ),
        (
            "a clock that jumps by half an hour",
            Own { timezone: "Australia/Lord_Howe", hour: "02:15", days: ALL_WEEK },
            vec![("2026-10-03T00:00[Australia/Lord_Howe]", "2026-10-06T00:00[Australia/Lord_Howe]")],
            vec!["Sat 3 Oct 02:15 +1030", "Sun 4 Oct 02:45 +1100", "Mon 5 Oct 02:15 +1100"],
        ),
        (
            "holidays, a long weekend among them",
            usual(),
            vec![("2026-04-02T00:00[Europe/Amsterdam]", "2026-04-08T00:00[Europe/Amsterdam]")],
            vec!["Thu 2 Apr 08:30 +0200", "Tue 7 Apr 08:30 +0200"],
        ),
        (
            "the firm's holiday is a day off in her time zone too",
            Own { timezone: "America/New_York", ..usual() },
            vec![("2026-04-24T00:00[America/New_York]", "2026-04-29T00:00[America/New_York]")],
            vec!["Fri 24 Apr 08:30 -0400", "Tue 28 Apr 08:30 -0400"],
        ),
        (
            "her own hour and days",
            Own { hour: "17:00", days: "tue sat", ..usual() },
            vec![("2026-03-09T00:00[Europe/Amsterdam]", "2026-03-18T00:00[Europe/Amsterdam]")],
            vec!["Tue 10 Mar 17:00 +0100", "Sat 14 Mar 17:00 +0100", "Tue 17 Mar 17:00 +0100"],
        ),
        (
            "down at the hour: the digest comes when it is up again",
            usual(),
            vec![
                ("2026-03-10T00:00[Europe/Amsterdam]", "2026-03-10T08:00[Europe/Amsterdam]"),
                ("2026-03-10T14:10[Europe/Amsterdam]", "2026-03-11T12:00[Europe/Amsterdam]"),
            ],
            vec!["Tue 10 Mar 14:10 +0100", "Wed 11 Mar 08:30 +0100"],
        ),
        (
            "down for a week: one digest, and from then on as always",
            usual(),
            vec![
                ("2026-03-09T00:00[Europe/Amsterdam]", "2026-03-09T12:00[Europe/Amsterdam]"),
                ("2026-03-17T11:00[Europe/Amsterdam]", "2026-03-18T12:00[Europe/Amsterdam]"),
            ],
            vec!["Mon 9 Mar 08:30 +0100", "Tue 17 Mar 11:00 +0100", "Wed 18 Mar 08:30 +0100"],
        ),
        (
            "down for a week and up before the hour: one digest, at the hour",
            usual(),
            vec![
                ("2026-03-09T00:00[Europe/Amsterdam]", "2026-03-09T12:00[Europe/Amsterdam]"),
                ("2026-03-17T06:00[Europe/Amsterdam]", "2026-03-17T12:00[Europe/Amsterdam]"),
            ],
            vec!["Mon 9 Mar 08:30 +0100", "Tue 17 Mar 08:30 +0100"],
        ),
        (
            "up again on a Saturday: what was missed comes on Monday",
            usual(),
            vec![
                ("2026-03-11T00:00[Europe/Amsterdam]", "2026-03-11T12:00[Europe/Amsterdam]"),
                ("2026-03-14T06:00[Europe/Amsterdam]", "2026-03-16T12:00[Europe/Amsterdam]"),
            ],
            vec!["Wed 11 Mar 08:30 +0100", "Mon 16 Mar 08:30 +0100"],
        ),
        (
            "down while the clock jumps over the hour",
            Own { hour: "02:30", days: ALL_WEEK, ..usual() },
            vec![
                ("2026-03-28T00:00[Europe/Amsterdam]", "2026-03-29T01:00[Europe/Amsterdam]"),
                ("2026-03-29T03:05[Europe/Amsterdam]", "2026-03-29T12:00[Europe/Amsterdam]"),
            ],
            vec!["Sat 28 Mar 02:30 +0100", "Sun 29 Mar 03:30 +0200"],
        ),
    ];
    for (what, own, spans, expected) in table {
        assert_eq!(made(&own, &spans), expected, "{what}");
    }
}

#[test]
fn the_next_hour_is_the_first_of_anybody_and_none_where_nobody_works() {
    let person = |name: &str| Address { name: name.to_owned(), address: format!("{name}@firm.example") };
    let account =
        Account { sales: Some(person("kim")), operations: Some(person("lee")), ..Account::default() };
    let firm = Firm {
        timezone: "Europe/Amsterdam".to_owned(),
        timezones: HashMap::from([(KIM.to_owned(), "Asia/Tokyo".to_owned())]),
        ..Firm::default()
    };
    let directory = Directory::new(firm, vec![account]);
    let now = instant("2026-04-24T12:00[Europe/Amsterdam]");
    let next = |hours: &Hours| schedule::next_digest_hour(&directory, hours, now);
    // Monday is King's Day for both.
    assert_eq!(next(&hours()), Some(instant("2026-04-28T08:30[Asia/Tokyo]")));
    assert_eq!(next(&Hours { days: Vec::new(), ..hours() }), None);
}
