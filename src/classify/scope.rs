//! A request read against what was agreed: which line of the scope is nearest, and whether it covers the request.
//!
//! Words and parts of words are compared, across forms and seven languages, and the numbers beside them: a third round
//! is beyond two revision rounds. A wrong verdict costs more than none, so a request that a line covers only in part is
//! unclear.

mod measure;
mod words;

use crate::directory::{ScopeLine, ScopeReading, ScopeVerdict};
use measure::{Comparison, amounts, compare, lacks_time, opposed, weekend};
use words::{qualifies, same, tells, words};

/// A line is near from this on: one word that no other line has.
const NEAR: f64 = 0.7;
/// Lines whose nearness differs by less are equally near.
const EQUAL: f64 = 0.25;
/// What a word counts that only says where or in which language: it finds no line alone.
const QUALIFIER: f64 = 0.3;
/// The part of a request that a line which excludes must match: who asks for much else and a photo asks for no
/// photography.
const ENOUGH: f64 = 0.3;
/// What it counts that both count the same thing.
const COUNTED: f64 = 0.3;
/// What it counts that a line of several words is said whole, and excludes.
const WHOLE: f64 = 2.0;
/// The part of a line, and of a request, that must be matched before either decides.
const HALF: f64 = 0.5;
const MOST: f64 = 0.6;
/// Words that ask for something beside what is there.
const MORE: &str = " more another additional additionally extra also too instead plus further besides noch weitere weiteren weiterer weiteres zusatzlich zusatzliche auch ausserdem nebenbei ook nog aanvullend bovendien aussi encore autre autres supplementaire supplementaires plus tambien otro otra otros otras mas adicional ademas anche ancora altro altra altri altre inoltre tambem mais outro outra outros outras alem ";
/// "More than two rounds".
const BEYOND: &str =
    " more over beyond above after mehr uber ab meer boven vanaf plus dela mas sobre oltre piu mais acima ";
/// "Hosting, without domains": what follows is not included.
const WITHOUT: &str = " without except excluding excl ohne ausser zonder behalve sans hors sauf sin excepto senza escluso esclusi sem exceto ";

/// Reads a request (one sentence, best) against an account's scope; none when no line is near.
pub fn read_scope(request: &str, scope: &[ScopeLine]) -> Option<ScopeReading> {
    let request = words(request);
    let lines: Vec<Line> = scope.iter().map(Line::new).collect();
    let asked: Vec<&str> = request.iter().map(String::as_str).filter(|word| tells(word)).collect();
    let mut near: Vec<(f64, f64, ScopeReading)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let matched = line.matched(&asked);
        let weight = |word: &&str| if qualifies(word) { QUALIFIER } else { 1.0 / shared_by(word, &lines) };
        let weight: f64 = matched.iter().map(weight).sum();
        let counted = !matched.is_empty() && amounts(&request, &line.words) != Comparison::Nothing;
        let nearness = weight + if counted { COUNTED } else { 0.0 };
        if nearness >= NEAR {
            let verdict = line.verdict(&request, &asked);
            // Said word for word and number for number, what is excluded is what was asked.
            let whole = matched.len() > 1 && matched.len() == line.telling().count();
            let settled = whole && !line.included && verdict == ScopeVerdict::NotIncluded;
            let nearness = nearness + if settled { WHOLE } else { 0.0 };
            near.push((nearness, line.coverage(&asked), ScopeReading { line: at, verdict }));
        }
    }
    let best = near.iter().map(|(nearness, ..)| *nearness).fold(0.0, f64::max);
    near.retain(|(nearness, ..)| *nearness > best - EQUAL);
    // Of lines that are as near, the one that says what is not included was written for such requests.
    let excludes = |reading: &ScopeReading| lines.get(reading.line).is_some_and(|line| !line.included);
    near.sort_by(|one, two| {
        (two.0 + two.1).total_cmp(&(one.0 + one.1)).then(excludes(&two.2).cmp(&excludes(&one.2)))
    });
    let (.., first) = *near.first()?;
    let says =
        |verdict| near.iter().find(|(.., reading)| reading.verdict == verdict).map(|(.., reading)| *reading);
    match (says(ScopeVerdict::NotIncluded), says(ScopeVerdict::Included)) {
        // Two lines that contradict each other settle nothing.
        (Some(_), Some(_)) => Some(ScopeReading { verdict: ScopeVerdict::Unclear, ..first }),
        (Some(beyond), None) => Some(beyond),
        _ => Some(first),
    }
}

/// In how many lines a word is found, at least one.
fn shared_by(word: &str, lines: &[Line]) -> f64 {
    lines
        .iter()
        .filter(|line| line.telling().any(|other| same(word, other)))
        .map(|_| 1.0)
        .sum::<f64>()
        .max(1.0)
}

/// A line of the scope in words.
struct Line {
    included: bool,
    words: Vec<String>,
    /// Whether its number is where something begins: "more than two".
    beyond: bool,
    /// The words after "without".
    without: Vec<String>,
    /// What is listed: between commas and "and".
    parts: Vec<Vec<String>>,
}

impl Line {
    fn new(line: &ScopeLine) -> Self {
        let mut all = words(&line.text);
        let cut =
            all.iter().position(|word| WITHOUT.contains(&format!(" {word} "))).filter(|_| line.included);
        let without = cut.map(|cut| all.split_off(cut)).unwrap_or_default();
        let listed = line.text.split([',', ';', '&', '+']);
        let parts = listed.flat_map(|part| {
            let words = words(part);
            let is_and = |word: &String| " and or und oder en of et ou y o e ".contains(&format!(" {word} "));
            words.split(is_and).map(<[String]>::to_vec).collect::<Vec<_>>()
        });
        let beyond = all.iter().any(|word| BEYOND.contains(&format!(" {word} ")));
        Self { included: line.included, beyond, without, parts: parts.collect(), words: all }
    }

    fn telling(&self) -> impl Iterator<Item = &String> {
        self.words.iter().chain(&self.without).filter(|word| tells(word) || weekend(word))
    }

    /// The line's telling words that the request says.
    fn matched(&self, asked: &[&str]) -> Vec<&str> {
        let said = |word: &&String| asked.iter().any(|asked| same(asked, word));
        self.telling().filter(said).map(String::as_str).collect()
    }

    /// How much of the line, or of the best part of what it lists, the request says: 0 to 1.
    fn coverage(&self, asked: &[&str]) -> f64 {
        let parts = self.parts.iter().filter_map(|part| {
            let telling: Vec<_> = part.iter().filter(|word| tells(word)).collect();
            let said = telling.iter().filter(|word| asked.iter().any(|asked| same(asked, word)));
            share(said.count(), telling.len())
        });
        parts.fold(0.0, f64::max)
    }

    fn verdict(&self, request: &[String], asked: &[&str]) -> ScopeVerdict {
        let measured = compare(request, &self.words);
        let says = |words: &[String]| {
            words.iter().filter(|word| tells(word)).any(|word| asked.iter().any(|asked| same(asked, word)))
        };
        if opposed(request, &self.words) {
            return ScopeVerdict::Unclear;
        }
        if !self.included {
            let said = asked.iter().filter(|asked| self.telling().any(|word| same(asked, word))).count();
            let enough =
                self.coverage(asked) >= HALF && share(said, asked.len()).is_none_or(|share| share >= ENOUGH);
            // "More than two rounds" excludes beyond its number, "Cold room 2" that very one.
            let counts = match measured {
                Comparison::Nothing => true,
                Comparison::Beyond => self.beyond,
                Comparison::Within => false,
                Comparison::Same => !self.beyond,
            };
            let excluded = enough && counts && !lacks_time(request, &self.words);
            return if excluded { ScopeVerdict::NotIncluded } else { ScopeVerdict::Unclear };
        }
        if says(&self.without) {
            return ScopeVerdict::NotIncluded;
        }
        if measured == Comparison::Beyond {
            return ScopeVerdict::NotIncluded;
        }
        if request.iter().any(|word| MORE.contains(&format!(" {word} "))) {
            return ScopeVerdict::Unclear;
        }
        let telling = || self.telling().collect::<Vec<_>>();
        let covered = asked.iter().filter(|asked| telling().iter().any(|word| same(asked, word))).count();
        let most = share(covered, asked.len()).is_some_and(|share| share >= MOST);
        if most && self.coverage(asked) >= HALF { ScopeVerdict::Included } else { ScopeVerdict::Unclear }
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    let count = |number: usize| u32::try_from(number).map(f64::from).ok();
    (whole > 0).then(|| count(part).zip(count(whole)).map(|(part, whole)| part / whole)).flatten()
}
