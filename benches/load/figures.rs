//! Figures of several rounds, in a table.

use std::time::Duration;

/// One thing that is measured, once a round.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What it is.
    pub name: String,
    /// Its figure in each round.
    pub rounds: Vec<f64>,
}

impl Measured {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), rounds: Vec::new() }
    }

    pub fn median(&self) -> f64 {
        median(self.rounds.clone())
    }

    /// How many times the other's figure, at the median of the rounds that both were in.
    pub fn times(&self, other: &Self) -> f64 {
        median(self.rounds.iter().zip(&other.rounds).map(|(own, other)| own / other).collect())
    }
}

/// The middle one of some figures; the mean of the two in the middle.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    match figures.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => figures[count / 2],
        count => f64::midpoint(figures[count / 2 - 1], figures[count / 2]),
    }
}

/// How many a second.
#[expect(clippy::cast_precision_loss, reason = "a count of mails is small")]
pub fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// A number with as many places as it deserves, and commas.
pub fn short(figure: f64) -> String {
    if figure.is_nan() {
        return "-".to_owned();
    }
    if figure.abs() < 10.0 {
        return format!("{figure:.2}");
    }
    if figure.abs() < 100.0 {
        return format!("{figure:.1}");
    }
    let whole = format!("{figure:.0}");
    let grouped: Vec<&str> =
        whole.as_bytes().rchunks(3).rev().map(|part| str::from_utf8(part).unwrap()).collect();
    grouped.join(",")
}

/// Prints columns, the first to the left and the others to the right.
pub fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let cell = if column == 0 { format!("{cell:width$}") } else { format!("   {cell:>width$}") };
            line.push_str(&cell);
        }
        println!("{}", line.trim_end());
    }
}
