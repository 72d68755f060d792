//! A body as lines, each with what the mail's structure says about it.

/// What the structure of an HTML mail says about a line; plain text has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Mark {
    /// Nothing.
    #[default]
    None,
    /// An indented block that is a quotation only when something introduces it.
    Indented,
    /// The line that introduces a quotation ("On Monday X wrote:").
    Introduction,
    /// A quotation.
    Quote,
    /// A signature.
    Signature,
}

/// One line of a body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    /// The text without its line end.
    pub text: String,
    /// What the structure says.
    pub mark: Mark,
}

/// The lines of plain text.
pub(super) fn plain(text: &str) -> Vec<Line> {
    text.lines().map(|line| Line { text: line.trim_end().to_string(), mark: Mark::None }).collect()
}

/// The lines as one text, without blank lines at the beginning, end, and more than two between.
pub(super) fn join<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    let mut blank = 0;
    for line in lines {
        if line.trim().is_empty() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.extend(std::iter::repeat_n('\n', blank.min(2) + 1));
        }
        blank = 0;
        out.push_str(line.trim_end());
    }
    out
}
