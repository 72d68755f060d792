//! The frame of a letter: greeting and sign-off, which name people and say nothing else.

/// What a greeting begins with.
const GREETINGS: &str = "dear|hi|hello|hey|good morning|good afternoon|good evening|morning|hallo|moin|servus|liebe|lieber|liebes|\
    sehr geehrte|sehr geehrter|guten tag|guten morgen|guten abend|grüß gott|bonjour|bonsoir|cher|chère|chers|chères|salut|\
    madame|monsieur|mesdames|messieurs|hola|estimado|estimada|estimados|estimadas|buenos días|buenas tardes|buenas|querido|\
    querida|beste|geachte|goedemorgen|goedemiddag|goedendag|dag|hoi|ciao|gentile|gentili|gentilissimo|gentilissima|egregio|\
    egregia|spettabile|buongiorno|buonasera|salve|caro|cara|cari|olá|oi|prezado|prezada|prezados|caro|cara|bom dia|boa tarde|\
    boa noite|exmo|exma|to whom";
/// What a sign-off begins with.
const CLOSINGS: &str = "kind regards|best regards|warm regards|regards|best wishes|with best wishes|all the best|best|many thanks|\
    thanks|thank you|thx|cheers|sincerely|yours|yours sincerely|yours faithfully|respectfully|mit freundlichen grüßen|\
    mit freundlichen grüssen|mit freundlichem gruß|freundliche grüße|mit besten grüßen|beste grüße|viele grüße|liebe grüße|\
    herzliche grüße|schöne grüße|grüße|gruß|mfg|vg|lg|danke|vielen dank|besten dank|hochachtungsvoll|cordialement|\
    bien cordialement|bien à vous|salutations|sincères salutations|meilleures salutations|merci|merci d'avance|à bientôt|\
    saludos|un saludo|saludos cordiales|atentamente|gracias|muchas gracias|cordialmente|cordiali saluti|distinti saluti|saluti|\
    un saluto|grazie|grazie mille|cumprimentos|com os melhores cumprimentos|melhores cumprimentos|atenciosamente|att|\
    obrigado|obrigada|abraço|um abraço|met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|hartelijke groet|\
    groet|groeten|groetjes|mvg|bedankt|alvast bedankt|dank";
/// The longest greeting or sign-off line, in words.
const SHORT: usize = 7;
/// The most lines that follow a sign-off.
const BELOW: usize = 8;

/// The text without greeting and sign-off, and what those name.
pub(super) fn cut(text: &str) -> (&str, Vec<String>) {
    let mut named = Vec::new();
    let text = text.trim();
    let text = cut_greeting(text, &mut named);
    let text = cut_closing(text, &mut named);
    let text = cut_last_name(text, &mut named);
    (text.trim(), named)
}

/// "Dear Emma," at the beginning, on a line of its own or not.
fn cut_greeting<'a>(text: &'a str, named: &mut Vec<String>) -> &'a str {
    let Some(after) = begins_with(text, GREETINGS) else { return text };
    let line = text.lines().next().unwrap_or_default();
    let end = line.find([',', '!', ':', '.']).filter(|end| *end >= text.len() - after.len());
    // "Dr. Weber," goes on after its point.
    let end = end.map(|end| {
        line[end..].find([',', '!', ':']).filter(|_| line[end..].starts_with('.')).map_or(end, |on| end + on)
    });
    let end = end.filter(|end| words(&line[..*end]) <= SHORT).map(|end| end + 1);
    let end = end.or_else(|| (words(line) <= SHORT && !line.ends_with('?')).then_some(line.len()));
    let Some(end) = end else { return text };
    named.extend(capitalised(&text[text.len() - after.len()..end.max(text.len() - after.len())]));
    text[end..].trim_start_matches([',', ' ', '\n', '\r', '\t'])
}

/// The last "Kind regards," with the lines below it, or "Kind regards, Chidi" at the end of the last line.
fn cut_closing<'a>(text: &'a str, named: &mut Vec<String>) -> &'a str {
    let starts: Vec<usize> = line_starts(text);
    for &start in starts.iter().rev().take(BELOW) {
        let line = text[start..].lines().next().unwrap_or_default();
        let Some(after) = begins_with(line.trim(), CLOSINGS) else { continue };
        // "Thanks for sending it." says something.
        let bare = after.trim_start_matches([',', '.', '!', ' ', '-', '–']);
        if words(line) <= SHORT && (bare.is_empty() || !after.starts_with(' ') || starts_upper(bare)) {
            named.extend(capitalised(after));
            named.extend(text[start + line.len()..].lines().flat_map(capitalised));
            return text[..start].trim_end();
        }
    }
    let from = starts.last().copied().unwrap_or_default();
    for (at, _) in text[from..].match_indices([' ']).collect::<Vec<_>>().into_iter().rev().take(SHORT) {
        let (before, rest) = (&text[..from + at], &text[from + at + 1..]);
        if before.ends_with(['.', '!', '?', ','])
            && let Some(after) = begins_with(rest, CLOSINGS)
            && words(after) <= 3
            && after.trim_start_matches([',', '.', '!', ' ']).split_whitespace().all(starts_upper)
        {
            named.extend(capitalised(after));
            return before.trim_end_matches(',').trim_end();
        }
    }
    text
}

/// A last line, or last words after a sentence's end, that are a bare name: "Wim".
fn cut_last_name<'a>(text: &'a str, named: &mut Vec<String>) -> &'a str {
    let from = text.rfind(['\n', '.', '!', '?']).map(|at| at + 1);
    let Some(from) = from else { return text };
    let last = text[from..].trim();
    let is_name = !last.is_empty() && words(last) <= 3 && last.split_whitespace().all(starts_upper);
    if is_name && last.chars().all(|c| c.is_alphabetic() || " '’-".contains(c)) {
        named.extend(capitalised(last));
        return cut_last_name(text[..from].trim_end(), named);
    }
    text
}

/// What follows one of these phrases at the beginning of a text, whole words only.
fn begins_with<'a>(text: &'a str, phrases: &str) -> Option<&'a str> {
    let beginning: String = text.chars().take(40).collect::<String>().to_lowercase();
    let longest = phrases
        .split('|')
        .filter(|phrase| beginning.starts_with(*phrase))
        .map(|phrase| phrase.chars().count())
        .max()?;
    let end = text.char_indices().nth(longest).map_or(text.len(), |(end, _)| end);
    let after = &text[end..];
    (!after.starts_with(|c: char| c.is_alphanumeric())).then_some(after)
}

fn line_starts(text: &str) -> Vec<usize> {
    let mut at = 0;
    let mut starts = Vec::new();
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            starts.push(at);
        }
        at += line.len();
    }
    starts
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn starts_upper(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// The capitalised words of a line that greets or signs.
fn capitalised(line: &str) -> Vec<String> {
    let words = line.split(|c: char| !c.is_alphabetic() && c != '-').filter(|word| starts_upper(word));
    words.filter(|word| word.chars().count() > 1).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greeting_and_sign_off_go_and_the_sentences_stay() {
        let table = [
            ("Dear Emma, minutes attached. Kind regards, Chidi", "minutes attached.", &["Emma", "Chidi"][..]),
            ("Hi\n\nIs it done?\n\nThanks\nJo", "Is it done?", &["Jo"]),
            (
                "Hello Dr. Weber,\nit leaks.\nBest,\nA. Lang\nHead of Things",
                "it leaks.",
                &["Dr", "Weber", "Lang", "Head", "Things"],
            ),
            ("Thanks for the draft.\nBest so far.", "Thanks for the draft.\nBest so far.", &[]),
            ("Hi, can you call?", "can you call?", &[]),
            ("It is wrong.\n\nRolleston", "It is wrong.", &["Rolleston"]),
            ("Thank you", "", &[]),
            ("Hi", "", &[]),
            ("", "", &[]),
        ];
        for (text, left, named) in table {
            let (cut, found) = cut(text);
            assert_eq!(
                (cut, found.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
                (left, named),
                "{text}"
            );
        }
    }
}
