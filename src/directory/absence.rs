//! Absences: whole days on which somebody is away, and how what is newly learnt joins what was known.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// A mail program that names no date is believed for so many working days.
const GUESSED: u32 = 3;

/// What a mail program says is believed for at most so many days; who is away for longer says so or is handed over.
const LONGEST: i32 = 366;

/// Whole days on which somebody is away, where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// The person's address, lower case.
    pub person: String,
    /// The first day.
    pub from: Date,
    /// The last day; not before `from`.
    pub until: Date,
    /// How it became known.
    pub learnt_from: LearntFrom,
}

/// How an absence became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LearntFrom {
    /// The person said so.
    Command,
    /// It stands in the accounts file.
    File,
    /// Their mail program answered so, with the day of return.
    Reply,
    /// Their mail program answered so and named no day: it is guessed.
    Guess,
    /// The person said that they are here. On these days they are not away, whatever their mail program answers.
    Back,
}

impl LearntFrom {
    /// The name in the store.
    pub fn key(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::File => "file",
            Self::Reply => "reply",
            Self::Guess => "guess",
            Self::Back => "back",
        }
    }

    /// What this is the [`LearntFrom::key`] of, or none.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Command, Self::File, Self::Reply, Self::Guess, Self::Back]
            .into_iter()
            .find(|one| one.key() == key)
    }

    /// The words for people, behind the date: "by their own word".
    pub fn words(self) -> &'static str {
        match self {
            Self::Command => "by their own word",
            Self::File => "by the accounts file",
            Self::Reply => "by their automatic answer",
            Self::Guess => "guessed, since their automatic answer names no day",
            Self::Back => "here by their own word",
        }
    }

    /// Whether a person's word or the firm's file says it, and no machine.
    fn is_said(self) -> bool {
        matches!(self, Self::Command | Self::File | Self::Back)
    }
}

impl Absence {
    /// What an out-of-office answer of this day tells: away until the day before the return that it names, or for three
    /// working days where it names none. Nothing, when the return is not to come.
    pub fn of_reply(person: &str, today: Date, returns: Option<Date>) -> Option<Self> {
        let absence =
            |until, learnt_from| Self { person: person.to_owned(), from: today, until, learnt_from };
        match returns {
            Some(day) if day <= today => None,
            Some(day) => {
                let latest = today.saturating_add(LONGEST.days());
                Some(absence(day.saturating_sub(1.day()).min(latest), LearntFrom::Reply))
            }
            None => {
                let mut days = today.series(1.day()).filter(|day| !is_weekend(*day));
                Some(absence(days.nth(GUESSED as usize - 1).unwrap_or(today), LearntFrom::Guess))
            }
        }
    }

    /// Whether this day is one of them.
    pub fn covers(&self, day: Date) -> bool {
        (self.from..=self.until).contains(&day)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// What is known of one person once this is learnt too. A person's newest word takes the place of what was said of the
/// same days before; a machine's changes nothing of what a person or the accounts file says, and its guess nothing of a
/// day that it named.
pub fn learn(known: Vec<Absence>, new: Absence) -> Vec<Absence> {
    let stands = |old: &Absence| {
        old.overlaps(&new)
            && (old.learnt_from.is_said() && !new.learnt_from.is_said()
                || old.learnt_from == LearntFrom::Reply && new.learnt_from == LearntFrom::Guess)
    };
    if known.iter().any(stands) {
        return known;
    }
    let mut new = new;
    let machine = !new.learnt_from.is_said();
    let (replaced, mut kept): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|old| old.overlaps(&new) && old.learnt_from != LearntFrom::File);
    if machine {
        // The answer is a later one of the same absence.
        new.from = replaced.iter().map(|old| old.from).fold(new.from, Date::min);
    }
    kept.push(new);
    kept.sort_by_key(|absence| absence.from);
    kept
}

/// What is known of one person once they say that they are here: what covers this day ended the day before, and until
/// its end no machine is believed.
pub fn back(known: Vec<Absence>, person: &str, today: Date) -> Vec<Absence> {
    let mut until = today;
    let mut kept = Vec::new();
    for mut absence in known {
        if absence.covers(today) {
            until = until.max(absence.until);
            absence.until = today.saturating_sub(1.day());
        }
        if absence.from <= absence.until {
            kept.push(absence);
        }
    }
    kept.push(Absence { person: person.to_owned(), from: today, until, learnt_from: LearntFrom::Back });
    kept.sort_by_key(|absence| absence.from);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn absence(from: &str, until: &str, learnt_from: LearntFrom) -> Absence {
        Absence { person: "kim@firm.example".into(), from: day(from), until: day(until), learnt_from }
    }

    fn days(known: &[Absence]) -> Vec<(String, String, &'static str)> {
        let words = |absence: &Absence| {
            (absence.from.to_string(), absence.until.to_string(), absence.learnt_from.key())
        };
        known.iter().map(words).collect()
    }

    #[test]
    fn an_automatic_answer_is_away_until_the_day_before_the_return_or_for_three_working_days() {
        let read = |today, returns: Option<&str>| {
            let found = Absence::of_reply("kim@firm.example", day(today), returns.map(day))?;
            Some((found.until.to_string(), found.learnt_from.key()))
        };
        let table = [
            ("2026-12-18", Some("2027-01-04"), Some(("2027-01-03", "reply"))),
            ("2026-12-18", Some("2026-12-19"), Some(("2026-12-18", "reply"))),
            // The return is today or past: an answer that was left on.
            ("2026-12-18", Some("2026-12-18"), None),
            ("2026-12-18", Some("2026-11-01"), None),
            // Nobody is believed for years.
            ("2026-12-18", Some("2099-01-01"), Some(("2027-12-19", "reply"))),
            // A Tuesday, a Thursday, a Friday, a Saturday.
            ("2026-12-15", None, Some(("2026-12-17", "guess"))),
            ("2026-12-17", None, Some(("2026-12-21", "guess"))),
            ("2026-12-18", None, Some(("2026-12-22", "guess"))),
            ("2026-12-19", None, Some(("2026-12-23", "guess"))),
        ];
        for (today, returns, expected) in table {
            let expected = expected.map(|(until, key): (&str, &'static str)| (until.to_owned(), key));
            assert_eq!(read(today, returns), expected, "{today} {returns:?}");
        }
    }

    #[test]
    fn a_persons_newest_word_counts_and_a_machine_never_overrules_one() {
        use LearntFrom::{Command, File, Guess, Reply};
        let table = [
            // Alone.
            (
                vec![],
                absence("2026-12-01", "2026-12-04", Command),
                vec![("2026-12-01", "2026-12-04", "command")],
            ),
            // A second word on the same days.
            (
                vec![absence("2026-12-01", "2026-12-04", Command)],
                absence("2026-12-02", "2026-12-11", Command),
                vec![("2026-12-02", "2026-12-11", "command")],
            ),
            // Other days.
            (
                vec![absence("2026-12-21", "2026-12-31", Command)],
                absence("2026-12-01", "2026-12-04", Command),
                vec![("2026-12-01", "2026-12-04", "command"), ("2026-12-21", "2026-12-31", "command")],
            ),
            // A machine after a person, and after the file.
            (
                vec![absence("2026-12-01", "2026-12-04", Command)],
                absence("2026-12-02", "2026-12-30", Reply),
                vec![("2026-12-01", "2026-12-04", "command")],
            ),
            (
                vec![absence("2026-12-01", "2026-12-04", File)],
                absence("2026-12-02", "2026-12-06", Guess),
                vec![("2026-12-01", "2026-12-04", "file")],
            ),
            // A guess after a named day, a named day after a guess, a second guess.
            (
                vec![absence("2026-12-01", "2026-12-04", Reply)],
                absence("2026-12-02", "2026-12-06", Guess),
                vec![("2026-12-01", "2026-12-04", "reply")],
            ),
            (
                vec![absence("2026-12-01", "2026-12-03", Guess)],
                absence("2026-12-02", "2026-12-11", Reply),
                vec![("2026-12-01", "2026-12-11", "reply")],
            ),
            (
                vec![absence("2026-12-01", "2026-12-03", Guess)],
                absence("2026-12-03", "2026-12-07", Guess),
                vec![("2026-12-01", "2026-12-07", "guess")],
            ),
            // A person's word beside the file's: both stand, and the person is away on the days of either.
            (
                vec![absence("2026-12-01", "2026-12-04", File)],
                absence("2026-12-03", "2026-12-11", Command),
                vec![("2026-12-01", "2026-12-04", "file"), ("2026-12-03", "2026-12-11", "command")],
            ),
        ];
        for (known, new, expected) in table {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(from, until, key)| (from.to_owned(), until.to_owned(), key))
                .collect();
            assert_eq!(days(&learn(known.clone(), new.clone())), expected, "{known:?} + {new:?}");
        }
    }

    #[test]
    fn who_says_that_they_are_back_is_here_though_their_mail_program_still_answers() {
        use LearntFrom::{Command, Reply};
        let known =
            vec![absence("2026-12-01", "2026-12-11", Reply), absence("2026-12-21", "2026-12-31", Command)];
        let here = back(known, "kim@firm.example", day("2026-12-03"));
        let expected = [
            ("2026-12-01", "2026-12-02", "reply"),
            ("2026-12-03", "2026-12-11", "back"),
            ("2026-12-21", "2026-12-31", "command"),
        ];
        let expected: Vec<_> =
            expected.map(|(from, until, key)| (from.to_owned(), until.to_owned(), key)).into();
        assert_eq!(days(&here), expected);
        let machine = absence("2026-12-04", "2026-12-11", Reply);
        assert_eq!(days(&learn(here.clone(), machine)), expected, "the machine is not believed");
        let said = learn(here, absence("2026-12-09", "2026-12-10", Command));
        assert!(
            days(&said).contains(&("2026-12-09".into(), "2026-12-10".into(), "command")),
            "the person is"
        );
        let first_day =
            back(vec![absence("2026-12-03", "2026-12-11", Command)], "kim@firm.example", day("2026-12-03"));
        assert_eq!(days(&first_day), [("2026-12-03".into(), "2026-12-11".into(), "back")]);
    }
}
