//! HTML as lines of text that keep what its structure says: quotations, introductions, signatures, hidden parts.
//!
//! The tokens of html5ever are read with a bounded stack of open elements: time is linear, nesting cannot exhaust anything,
//! and the tag soup of mail programs needs no repaired tree.

use std::cell::{Cell, RefCell};
use std::sync::LazyLock;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use regex::Regex;

use super::lines::{Line, Mark};
use crate::pattern::fixed;

mod roles;

use roles::Role;

/// Elements nested deeper have no effect of their own.
const MAX_OPEN: usize = 400;

/// The tokenizer is fed so many bytes at a time.
const CHUNK: usize = 4 * 1024;
/// A tag with more words than this ends the reading: the tokenizer compares each attribute with all others.
const MAX_WORDS: usize = 8_000;

/// An image inside an address: long, and nothing to read.
static DATA: LazyLock<Regex> = LazyLock::new(|| fixed("(?i)data:[a-z0-9.+/-]{1,60};base64,[a-z0-9+/=]{64,}"));

/// Reads HTML.
pub(super) fn lines(html: &str, defects: &mut Vec<String>) -> Vec<Line> {
    let html = DATA.replace_all(html, "data:,");
    let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    let mut words = 0;
    let mut rest = &*html;
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(rest.floor_char_boundary(CHUNK));
        rest = behind;
        input.push_back(StrTendril::from_slice(chunk));
        let _ = tokenizer.feed(&input);
        if tokenizer.sink.moved.take() {
            words = 0;
        }
        words += chunk.bytes().filter(|&b| b.is_ascii_whitespace() || b == b'/').count();
        if words > MAX_WORDS {
            defects.push(format!("an HTML tag of more than {MAX_WORDS} words: the rest was not read"));
            break;
        }
    }
    tokenizer.end();
    tokenizer.sink.state.into_inner().finish()
}

#[derive(Default)]
struct Reader {
    state: RefCell<State>,
    /// Whether a token came since this was last asked.
    moved: Cell<bool>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if !matches!(token, Token::ParseError(_)) {
            self.moved.set(true);
        }
        let mut state = self.state.borrow_mut();
        match token {
            Token::CharacterTokens(text) => state.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                state.open(&tag);
                return match &*tag.name {
                    "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                        TokenSinkResult::RawData(RawKind::Rawtext)
                    }
                    "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                    "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => TokenSinkResult::Continue,
                };
            }
            Token::TagToken(tag) => state.close(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// One open element, with what it and those around it mean.
#[derive(Debug, Clone)]
struct Open {
    name: LocalName,
    mark: Mark,
    /// Gmail's container: an introduction before the inner quotation, own text behind it.
    container: bool,
    hidden: bool,
    pre: bool,
}

#[derive(Default)]
struct State {
    open: Vec<Open>,
    /// Everything that follows is a quotation.
    rest: bool,
    line: String,
    /// Whether the line has more than blanks.
    worded: bool,
    mark: Mark,
    /// A blank is due before the next word.
    blank: bool,
    lines: Vec<Line>,
}

impl State {
    fn top(&self) -> Open {
        self.open.last().cloned().unwrap_or(Open {
            name: LocalName::from(""),
            mark: Mark::None,
            container: false,
            hidden: false,
            pre: false,
        })
    }

    fn mark_now(&self) -> Mark {
        if self.rest { Mark::Quote } else { self.open.last().map_or(Mark::None, |o| o.mark) }
    }

    fn text(&mut self, text: &str) {
        let (hidden, pre) = self.open.last().map_or((false, false), |o| (o.hidden, o.pre));
        if hidden {
            return;
        }
        for c in text.chars() {
            match c {
                '\n' if pre => self.end_line(),
                '\u{200B}' | '\u{FEFF}' | '\u{AD}' | '\u{34F}' | '\u{200C}' => {}
                '\u{A0}' => self.push(' ', true),
                c if c.is_control() && !c.is_whitespace() => {}
                c if c.is_whitespace() && !pre => self.blank = true,
                c => self.push(c, pre),
            }
        }
    }

    /// Appends a character; `keep` is for blanks that HTML does not fold.
    fn push(&mut self, c: char, keep: bool) {
        if self.blank && !self.line.is_empty() && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
        self.blank = false;
        if !self.worded {
            self.mark = self.mark_now();
        }
        self.worded |= c != ' ';
        if keep || c != ' ' {
            self.line.push(c);
        }
    }

    fn end_line(&mut self) {
        self.blank = false;
        let text = std::mem::take(&mut self.line);
        let mark = if std::mem::take(&mut self.worded) { self.mark } else { self.mark_now() };
        self.lines.push(Line { text: text.trim_end().to_string(), mark });
    }

    /// Ends the line when it has text, as the edge of a block does.
    fn edge(&mut self) {
        if self.worded {
            self.end_line();
        }
        self.line.clear();
        self.blank = false;
    }

    /// A blank line, unless one stands there.
    fn gap(&mut self) {
        self.edge();
        if self.lines.last().is_some_and(|l| !l.text.is_empty()) {
            let mark = self.mark_now();
            self.lines.push(Line { text: String::new(), mark });
        }
    }

    fn open(&mut self, tag: &Tag) {
        let name = &*tag.name;
        let attribute = |wanted: &str| {
            tag.attrs
                .iter()
                .find(|a| &*a.name.local == wanted)
                .map(|a| a.value.to_string())
                .unwrap_or_default()
        };
        match name {
            "br" => {
                if !self.top().hidden {
                    self.end_line();
                }
                return;
            }
            "hr" => {
                self.edge();
                if roles::hr_begins_quotation(&attribute("id")) {
                    self.rest = true;
                }
                return;
            }
            "img" => {
                let alt = attribute("alt");
                if alt.chars().count() <= 3 && !alt.is_ascii() {
                    self.text(&alt);
                }
                return;
            }
            "meta" | "link" | "input" | "base" | "col" | "wbr" | "area" | "source" | "embed" | "html"
            | "body" => return,
            _ => {}
        }
        if matches!(name, "p" | "li" | "td" | "th" | "tr" | "dd" | "dt" | "option")
            && self.open.last().is_some_and(|o| o.name == tag.name)
        {
            self.close(&tag.name);
        }
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "table" | "blockquote" | "pre" => {
                self.gap();
            }
            "li" => {
                self.edge();
                self.text("- ");
                self.line = "- ".into();
                self.mark = self.mark_now();
            }
            "td" | "th" => self.blank = true,
            n if is_block(n) => self.edge(),
            _ => {}
        }
        if self.open.len() >= MAX_OPEN {
            return;
        }
        let mut inner = self.top();
        inner.container = false;
        inner.name = tag.name.clone();
        inner.pre |= name == "pre";
        inner.hidden |=
            matches!(name, "style" | "script" | "title" | "head" | "template" | "select" | "xmp" | "iframe")
                || roles::is_hidden(&attribute("style"))
                || tag.attrs.iter().any(|a| &*a.name.local == "hidden");
        match roles::role(
            name,
            &attribute("class"),
            &attribute("id"),
            &attribute("name"),
            &attribute("type"),
            &attribute("style"),
            &attribute("data-smartmail"),
        ) {
            Some(Role::Quote) => inner.mark = Mark::Quote,
            Some(Role::Container) if inner.mark == Mark::None => {
                inner.mark = Mark::Quote;
                inner.container = true;
            }
            Some(Role::Introduction) if inner.mark == Mark::None => inner.mark = Mark::Introduction,
            Some(Role::Signature) if inner.mark == Mark::None => inner.mark = Mark::Signature,
            Some(Role::Indented) if inner.mark == Mark::None => inner.mark = Mark::Indented,
            Some(Role::Rest) => self.rest = true,
            _ => {}
        }
        self.open.push(inner);
    }

    fn close(&mut self, tag: &LocalName) {
        let name: &str = tag;
        if name == "br" || name == "p" && !self.open.iter().any(|o| o.name == *tag) {
            self.edge();
            return;
        }
        let cell = matches!(name, "td" | "th" | "tr" | "table" | "tbody" | "thead" | "tfoot");
        let Some(at) = self.open.iter().rposition(|o| o.name == *tag) else {
            return;
        };
        // The end of an element inside a cell does not close what is open around the table.
        if !cell && self.open[at..].iter().skip(1).any(|o| matches!(&*o.name, "td" | "th" | "table")) {
            return;
        }
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "table" | "blockquote" | "pre" => {
                self.gap();
            }
            "td" | "th" => self.blank = true,
            n if is_block(n) => self.edge(),
            _ => {}
        }
        self.open.truncate(at);
        if name == "blockquote"
            && let Some(container) = self.open.iter().rposition(|o| o.container)
        {
            for open in &mut self.open[container..] {
                open.mark = Mark::None;
            }
        }
    }

    fn finish(mut self) -> Vec<Line> {
        self.edge();
        self.lines
    }
}

/// Whether an element begins and ends a line.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "div"
            | "tr"
            | "li"
            | "dd"
            | "dt"
            | "dl"
            | "center"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "address"
            | "form"
            | "tbody"
            | "thead"
            | "tfoot"
            | "main"
            | "nav"
            | "aside"
            | "fieldset"
            | "figure"
            | "caption"
            | "title"
            | "head"
    )
}
