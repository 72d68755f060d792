//! Requests read against agreed scope lines, in the table of `tests/scope.txt`.

use pairdesk::classify::read_scope;
use pairdesk::directory::{ScopeLine, ScopeReading, ScopeVerdict};
use proptest::prelude::*;

/// One request of the table.
struct Request {
    block: String,
    scope: Vec<ScopeLine>,
    text: String,
    /// The lines of which either is right, from 1; 0 is none.
    lines: Vec<usize>,
    verdicts: Vec<ScopeVerdict>,
}

fn table(text: &str) -> Vec<Request> {
    let mut requests = Vec::new();
    let (mut block, mut scope) = (String::new(), Vec::new());
    for line in text.lines() {
        let Some((mark, rest)) = line.split_once(' ') else { continue };
        match mark {
            "@" => (block, scope) = (rest.to_owned(), Vec::new()),
            "+" | "-" => scope.push(ScopeLine { included: mark == "+", text: rest.to_owned() }),
            "?" => {
                let (text, expected) = rest.split_once(" => ").unwrap();
                let verdict = |word: &str| match word {
                    "in" => Some(ScopeVerdict::Included),
                    "out" => Some(ScopeVerdict::NotIncluded),
                    "unclear" => Some(ScopeVerdict::Unclear),
                    number => number.parse::<usize>().map(|_| None).unwrap(),
                };
                requests.push(Request {
                    block: block.clone(),
                    scope: scope.clone(),
                    text: text.to_owned(),
                    lines: expected.split(' ').filter_map(|word| word.parse().ok()).collect(),
                    verdicts: expected.split(' ').filter_map(verdict).collect(),
                });
            }
            _ => {}
        }
    }
    requests
}

/// Of a table: requests, nearest lines that are right, verdicts that are right, verdicts that are wrong and not unclear.
fn score(text: &str) -> (usize, usize, usize, usize) {
    let requests = table(text);
    let (mut near, mut right, mut wrong) = (0, 0, 0);
    for request in &requests {
        let read = read_scope(&request.text, &request.scope);
        let line = read.map_or(0, |read| read.line + 1);
        let verdict = read.map_or(ScopeVerdict::Unclear, |read| read.verdict);
        near += usize::from(request.lines.contains(&line));
        right += usize::from(request.verdicts.contains(&verdict));
        wrong += usize::from(!request.verdicts.contains(&verdict) && verdict != ScopeVerdict::Unclear);
        if !request.lines.contains(&line) || !request.verdicts.contains(&verdict) {
            eprintln!(
                "{}: {} => {line} {verdict:?}, expected {:?} {:?}",
                request.block, request.text, request.lines, request.verdicts
            );
        }
    }
    eprintln!("{} requests: {near} near, {right} right, {wrong} wrong", requests.len());
    (requests.len(), near, right, wrong)
}

#[test]
fn requests_find_their_line_and_are_unclear_rather_than_wrong() {
    let (all, near, right, wrong) = score(include_str!("../scope.txt"));
    assert!(all >= 60, "{all} requests");
    assert!(near * 100 >= all * 90, "{near} of {all} nearest lines");
    assert!(right * 100 >= all * 85, "{right} of {all} verdicts");
    assert!(wrong * 100 <= all * 3, "{wrong} of {all} verdicts are wrong");
}

#[test]
fn requests_composed_after_the_rules_are_unclear_rather_than_wrong_too() {
    let (all, near, right, wrong) = score(include_str!("../scope-unseen.txt"));
    assert!(all >= 30, "{all} requests");
    assert!(near * 100 >= all * 80, "{near} of {all} nearest lines");
    assert!(right * 100 >= all * 70, "{right} of {all} verdicts");
    assert!(wrong * 100 <= all * 5, "{wrong} of {all} verdicts are wrong");
}

#[test]
fn what_a_line_leaves_out_is_not_included() {
    let scope = [ScopeLine { included: true, text: "Hosting, without domain names".to_owned() }];
    let read = read_scope("Could you register the domain for us?", &scope);
    assert_eq!(read, Some(ScopeReading { line: 0, verdict: ScopeVerdict::NotIncluded }));
}

proptest! {
    #[test]
    fn every_text_is_read_and_a_line_that_is_named_exists(
        request in ".{0,200}",
        lines in proptest::collection::vec((any::<bool>(), "[a-zé0-9 ,.:'-]{0,60}"), 0..6),
    ) {
        let scope: Vec<_> = lines.into_iter().map(|(included, text)| ScopeLine { included, text }).collect();
        let read = read_scope(&request, &scope);
        prop_assert!(read.is_none_or(|read| read.line < scope.len()));
    }
}
/// Every request of the development mails against the scopes of the tables in its language, which were written for
/// other accounts of other trades.
#[test]
fn the_scope_of_another_trade_seldom_decides_anything() {
    let both = [include_str!("../scope.txt"), include_str!("../scope-unseen.txt")];
    let mut blocks: Vec<Request> = both.into_iter().flat_map(table).collect();
    blocks.dedup_by(|one, other| one.block == other.block);
    let (mut all, mut decided) = (0, Vec::new());
    for line in include_str!("../labelled/client-dev.jsonl").lines() {
        let mail: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(words) = mail["evidence"]["extra_work"].as_str() else { continue };
        for block in blocks.iter().filter(|block| block.block.ends_with(mail["lang"].as_str().unwrap())) {
            all += 1;
            let read = read_scope(words, &block.scope);
            let definite = read.filter(|read| read.verdict != ScopeVerdict::Unclear);
            decided.extend(definite.map(|read| (read, words.to_owned())));
        }
    }
    assert!(all > 300, "{all} pairs");
    assert!(decided.len() * 100 <= all * 2, "of {all}: {decided:?}");
}
