//! Lines that say nothing to us: courtesies, names under them, marks of mail programs, remains of quotations.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::plain::is_short;
use super::vocabulary;
use crate::pattern::fixed;

/// What sort of line says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chatter {
    /// "Hi Kim,".
    Greeting,
    /// "Thanks", "Kind regards".
    Closing,
    /// A name, a number, an address under a closing.
    Name,
    /// A quotation, its introduction, a mail program's line: never the owner's own words.
    Foreign,
}

/// Longer lines are words of their own, in characters.
const LONGEST: usize = 80;

fn regex(written: &str) -> Regex {
    fixed(&format!("(?i){written}"))
}

static GREETING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:hi|hiya|hello|hey|dear|hallo|moin|servus|grüezi|liebe[rs]?|sehr geehrte[rs]?|guten (?:tag|morgen|abend)|good (?:morning|afternoon|evening|day)|morning|salut|bonjour|hola)(?: (?:all|team|there|everyone|both|again|folks|zusammen|pairdesk|you two)|(?: [\p{L}.'’-]+){0,4},| \p{L}+)?[ ,.!:]*$",
    )
});
static CLOSING: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:(?:ok|okay|great|perfect|super),? )?(?:(?:(?:many |kind |best |warm |warmest |with best |with kind )?(?:thanks|thank you|thank u|thx|thnx|tks|ty|cheers|regards|rgds|wishes)|danke(?: dir| euch| schön)?|vielen dank|besten dank|merci|mfg|lg|vg|bg|br|(?:viele|liebe|beste|schöne|freundliche|herzliche) grüße|mit freundlichen grüßen|mit freundlichen gruessen|gruß|sincerely|yours(?: sincerely| truly| faithfully)?|all the best|take care|bye|ciao|have a (?:nice|good|great|lovely) (?:day|weekend|evening|one|week))(?: (?:a lot|a million|so much|so very much|again|very much|in advance|all|both|team|everyone|and (?:best |kind )?regards|for (?:this|that|your help|the heads[ -]up|the info|letting me know|flagging|the reminder)))?(?:,? \p{L}+)?|best)[ ,.!:;)🙏🙂😊👍]*$",
    )
});
/// What may stand under a closing: a name, a title, a telephone number, an address.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"^[-–—~*_/ ]*(?:\p{Lu}[\p{L}.'’-]*(?:[ ,|/&-]+(?:van|von|de|der|of|and|\p{Lu}[\p{L}.'’-]*)){0,5}|\p{Ll}{1,12}|(?i:tel|phone|mobile?|fon|t|m|p)?[.: ]*\+?[\d ()/.-]{6,24}|\S+@\S+|(?:https?://|www\.)\S+)[ ,.*_]*$",
    )
});
/// A name alone.
static SIGNED: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"^(?:(?:--?|–|—|~|/)\s?)?(?:\p{Lu}\p{Ll}{0,11}|\p{Lu}{1,2})\.?$"));
/// "Sent from my iPhone", and what else no person types.
static PROGRAM: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:sent from (?:my|mail|outlook|samsung|proton|yahoo|gmail|an? (?:mobile|phone|handheld))\b.*|sent (?:via|using|with) (?:my |the )?(?:mail|outlook|proton|yahoo|gmail|samsung|spark|superhuman|blackberry|mobile|phone|iphone|android)\b.*|get (?:outlook|bluemail) for .*|(?:von meinem|mit meinem) .{1,40} gesendet.*|gesendet (?:von|mit|aus) (?:meinem|mail|outlook|der)\b.*|diese nachricht wurde von meinem .*|holen sie sich outlook.*|outlook für (?:ios|android).*|envoyé de mon .*|enviado desde mi .*|inviato da .*|verzonden vanaf .*|\[?(?:cid|image|bild|inline image|grafik)[: ].{0,100}\]|<image.{0,60}>|(?:caution|warning|achtung|vorsicht|\[?external\]?)\b.{0,30}(?:outside|external|extern).*|\[?external(?: e-?mail)?\]?:?)$",
    )
});
static QUOTED: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*(?:>|\|\s*>|\| )"));
/// "On Monday Kim wrote:", and its end where it is wrapped.
static INTRODUCTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:(?:on|am|le|el|il|op|em) .{6,200}(?:wrote|schrieb(?: .{1,80})?|a écrit|escribió|ha scritto|schreef(?: .{1,80})?|escreveu) ?:|.{3,100}<\S+@\S+> (?:wrote|schrieb):|-{2,} ?(?:original|ursprüngliche|forwarded|weitergeleitete|message d|mensaje|messaggio|oorspronkelijk|begin forwarded|reply above).{0,40}|begin forwarded message:|_{8,})$",
    )
});
static BEGINS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:on|am|le|el|il|op|em) .{6,200}(?:\d{4}|\d:\d\d|@).*$"));
static ENDS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^.{0,200}(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu) ?:$"));
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\*?(?:from|to|cc|bcc|sent|date|subject|reply-to|von|an|kopie|gesendet|datum|betreff|de|à|envoyé|objet|priority|importance)\*?\s?:\*?\s.{0,300}$",
    )
});

/// How a letter of ours to an owner or manager begins, and how it ends: templates/owner, templates/manager.
static OUR_FIRST: LazyLock<Regex> = LazyLock::new(|| fixed(r"^(?:Notice|Digest|Alert|Answer) · \S"));
static OUR_LAST: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"^(?:Whatever else you answer is kept with|Sent only when there is something|You get this because) ?",
    )
});

/// The lines of our own letter where it came back without a mark of quotation. It holds ready replies, which nobody said.
fn ours(lines: &[String]) -> Range<usize> {
    let Some(first) = lines.iter().position(|line| OUR_FIRST.is_match(line.trim())) else { return 0..0 };
    let last = lines[first..].iter().position(|line| OUR_LAST.is_match(line.trim()));
    first..last.map_or(lines.len(), |last| first + last + 1)
}

/// Which lines say nothing, and why. A line that is part of a copied head of a mail is one only beside another.
pub(super) fn mark(lines: &[String]) -> Vec<Option<Chatter>> {
    let is_field: Vec<bool> = lines.iter().map(|line| FIELD.is_match(line.trim())).collect();
    let mut marks: Vec<Option<Chatter>> = Vec::with_capacity(lines.len());
    // Who writes no closing signs with a name alone, below all else.
    let last = lines.iter().rposition(|line| !line.trim().is_empty());
    let mut said = false;
    let mut under_closing = 0;
    let mut signature = false;
    let ours = ours(lines);
    for (at, line) in lines.iter().enumerate() {
        let text = line.trim();
        if ours.contains(&at) {
            marks.push((!text.is_empty()).then_some(Chatter::Foreign));
            continue;
        }
        let beside = |field: &[bool]| at > 0 && field[at - 1] || field.get(at + 1).is_some_and(|next| *next);
        let next = lines.get(at + 1).map_or("", |next| next.trim());
        let ended =
            at > 0 && marks[at - 1] == Some(Chatter::Foreign) && BEGINS.is_match(lines[at - 1].trim());
        let mark = if text.is_empty() {
            None
        } else if line.trim_end_matches(' ') == "--" {
            signature = true;
            Some(Chatter::Foreign)
        } else if signature && !text.contains('#') {
            Some(Chatter::Name)
        } else if is_field[at] && beside(&is_field)
            || QUOTED.is_match(line)
            || INTRODUCTION.is_match(text)
            || PROGRAM.is_match(text)
            || BEGINS.is_match(text) && !ENDS.is_match(text) && ENDS.is_match(next)
            || ended && ENDS.is_match(text)
            || text.chars().all(|c| c.is_ascii_punctuation() && !matches!(c, '?' | '#')) && text.len() > 1
        {
            Some(Chatter::Foreign)
        } else if vocabulary::find(text).is_some() && !CLOSING.is_match(text) {
            signature = false;
            None
        } else if under_closing > 0 && is_short(text, 60) && NAME.is_match(text)
            || said && last == Some(at) && is_signed(text, &lines[at - 1])
        {
            Some(Chatter::Name)
        } else {
            signature = false;
            courtesy(text)
        };
        under_closing = match mark {
            Some(Chatter::Closing) => 6,
            Some(Chatter::Name) if under_closing > 0 => under_closing - 1,
            None if text.is_empty() => under_closing,
            _ => 0,
        };
        said |= mark.is_none() && !text.is_empty();
        marks.push(mark);
    }
    marks
}

/// Whether a last line is the name of the writer: alone in its paragraph, or behind a dash.
fn is_signed(text: &str, above: &str) -> bool {
    const SAYS: [&str; 14] = [
        "Urgent", "Asap", "Nope", "Yes", "No", "Agreed", "Correct", "Right", "Never", "Sorry", "Stop", "Wow",
        "Please", "Really",
    ];
    let word = text.trim_matches(|c: char| !c.is_alphabetic());
    let dash = text.starts_with(['-', '–', '—', '~', '/']);
    let alone = above.trim().is_empty() || dash && !above.trim_start().starts_with(['-', '–', '—', '*', '•']);
    alone && SIGNED.is_match(text) && !SAYS.contains(&word)
}

/// Whether a text is a greeting or thanks and nothing else.
pub(super) fn courtesy(text: &str) -> Option<Chatter> {
    let text = text.trim();
    if text.is_empty() || !is_short(text, LONGEST) {
        None
    } else if CLOSING.is_match(text) {
        Some(Chatter::Closing)
    } else if GREETING.is_match(text) {
        Some(Chatter::Greeting)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Vec<Option<Chatter>> {
        mark(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn what_mail_programs_and_manners_leave_says_nothing() {
        for line in [
            "Hi,",
            "Hi Kim,",
            "Hello Pairdesk",
            "Hi all",
            "Guten Morgen,",
            "Thanks",
            "Thanks Kim",
            "Thank you so much!",
            "Best,",
            "Kind regards",
            "Cheers, Kim",
            "LG",
            "Viele Grüße",
            "Thanks for the heads-up!",
            "Many thanks and regards",
            "Sent from my iPhone",
            "Get Outlook for iOS<https://aka.ms/o0ukef>",
            "Von meinem iPhone gesendet",
            "> #142 mine",
            "On Mon, 23 Nov 2026 at 08:00, Pairdesk <office@firm.example> wrote:",
            "Am 23.11.2026 um 08:00 schrieb Pairdesk:",
            "-----Original Message-----",
            "________________________________",
            "[cid:image001.png@01D9]",
            "--",
            "***",
            "CAUTION: This email originated from outside the organization.",
            "Have a nice weekend!",
        ] {
            assert!(marks(line)[0].is_some(), "{line}");
        }
    }

    #[test]
    fn what_an_owner_says_is_no_chatter() {
        for line in [
            "Thanks, can you call them back today",
            "Hi Kim, she is furious",
            "Best option is a refund",
            "mine",
            "Done.",
            "Sent from the warehouse by truck yesterday",
            "On Monday Anna wrote that they leave",
            "Subject to change",
            "👍",
            "To kim@firm.example",
            "From: kim",
            "Dear oh dear, this again and again",
            "Cheers broke the feed again today",
        ] {
            assert_eq!(marks(line)[0], None, "{line}");
        }
    }

    #[test]
    fn a_name_counts_under_a_closing_and_a_head_of_a_mail_has_several_lines() {
        assert_eq!(
            marks("Best regards\nKim Weber\nHead of Sales\n+49 30 123456").iter().flatten().count(),
            4
        );
        assert_eq!(marks("Kim Weber")[0], None);
        assert_eq!(marks("Kim")[0], None);
        assert_eq!(marks("She called\n\nKim")[2], Some(Chatter::Name));
        assert_eq!(marks("She called\n- Kim")[1], Some(Chatter::Name));
        assert_eq!(marks("They need\n- Paper\n- Ink").iter().flatten().count(), 0);
        assert_eq!(marks("She called\n\nUrgent")[2], None);
        assert_eq!(marks("Thanks\n\nKim\nmine")[3], None);
        assert_eq!(marks("From: Pairdesk\nSent: Monday\nTo: Kim\nSubject: #142").iter().flatten().count(), 4);
        assert_eq!(
            marks("On Mon, 23 Nov 2026, Pairdesk <o@firm.example>\nwrote:").iter().flatten().count(),
            2
        );
    }
}
