//! Text for terminals of a hundred columns: wrapped lines, tables, times.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The widest line.
pub const WIDTH: usize = 96;

/// A text of mail on one line, without anything that a terminal would obey.
pub fn plain(text: &str) -> String {
    let visible: String = text.chars().map(|c| if is_hidden(c) { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Control characters, and those that turn the direction of what follows.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The beginning of a text, with an ellipsis where it was cut.
pub fn short(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let cut: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// A text wrapped between words, each line after `indent` spaces.
pub fn wrapped(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = String::new();
    let mut used = 0;
    for word in plain(text).split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > WIDTH {
            lines.push('\n');
            used = 0;
        }
        if used == 0 {
            lines.push_str(&margin);
            used = indent;
        } else {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += length;
    }
    lines.push('\n');
    lines
}

/// `label` in a column of its own, and the text beside it.
pub fn labelled(label: &str, text: &str) -> String {
    const COLUMN: usize = 12;
    let beside = wrapped(text, COLUMN);
    let label_width = label.chars().count().min(COLUMN - 1);
    format!("{}{}", short(label, COLUMN - 1), &beside[label_width.min(beside.len())..])
}

/// Rows under headings, columns as wide as they need to be; the last column takes what is left of the line.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let columns = headings.len();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let before_last: usize = widths[..columns - 1].iter().map(|width| width + 2).sum();
    let last = WIDTH.saturating_sub(before_last).max(20);
    let mut text = String::new();
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    for row in std::iter::once(&headings).chain(rows) {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            if column + 1 == columns {
                line.push_str(&short(cell, last));
            } else {
                let _ = write!(line, "{cell:<width$}  ", width = widths[column]);
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// An instant where the firm is: "2026-11-21 14:05".
pub fn time(at: Timestamp, timezone: &str) -> String {
    let zone = TimeZone::get(timezone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

/// How long ago something was, in its largest unit: "12m", "5h", "3d".
pub fn age(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(at).as_mins().max(0);
    match minutes {
        0..60 => format!("{minutes}m"),
        60..2880 => format!("{}h", minutes / 60),
        _ => format!("{}d", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_mail_can_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mred\r\n\tb\u{202e}c\u{7}"), "a [31mred b c");
    }

    #[test]
    fn a_long_text_is_wrapped_between_words_and_kept_whole() {
        let text = "word ".repeat(60);
        let lines = wrapped(&text, 4);
        assert!(lines.lines().all(|line| line.starts_with("    word") && line.chars().count() <= WIDTH));
        assert_eq!(lines.split_whitespace().count(), 60);
        assert_eq!(wrapped("", 2), "  \n");
    }

    #[test]
    fn a_label_stands_before_the_first_line() {
        assert_eq!(labelled("Lead", "Kim"), "Lead        Kim\n");
        let long = labelled("History", &"ü ".repeat(80));
        assert!(
            long.starts_with("History     ü ü") && long.lines().nth(1).unwrap().starts_with("            ü")
        );
    }

    #[test]
    fn a_tables_columns_stand_below_each_other_and_the_last_is_cut() {
        let text =
            table(&["no", "subject"], &[vec!["#1".into(), "x".repeat(200)], vec!["#22".into(), "y".into()]]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!((lines[0], lines[2]), ("no   subject", "#22  y"));
        assert!(lines[1].ends_with('…') && lines[1].chars().count() == WIDTH);
    }

    #[test]
    fn an_age_is_said_in_its_largest_unit() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-21T12:00:00Z");
        let ages =
            ["2026-11-21T11:18:00Z", "2026-11-20T11:00:00Z", "2026-11-11T12:00:00Z", "2026-11-21T12:00:05Z"];
        assert_eq!(ages.map(|then| age(at(then), now)), ["42m", "25h", "10d", "0m"]);
    }
}
