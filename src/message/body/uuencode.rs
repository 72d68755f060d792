//! Files that old programs write into the text (uuencode, POSIX.1-2024): "begin 644 name", lines of data, "end".

use super::super::Attachment;

/// Takes whole uuencoded files out of a text; a block without its end, or with a line that is no data, stays text.
pub(super) fn set_aside(text: &mut String) -> Vec<Attachment> {
    let mut files = Vec::new();
    if !text.contains("begin ") {
        return files;
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = &text[..];
    while !rest.is_empty() {
        if let Some((file, behind)) = file(rest) {
            files.push(file);
            rest = behind;
            continue;
        }
        let (line, behind) = next_line(rest);
        kept.push_str(line);
        rest = behind;
    }
    if !files.is_empty() {
        *text = kept;
    }
    files
}

/// The first line with its end, and what follows.
fn next_line(text: &str) -> (&str, &str) {
    text.split_at(text.find('\n').map_or(text.len(), |at| at + 1))
}

/// The file that begins with this line, and what follows it. A line of data cannot be a first line: lower case is no data.
fn file(text: &str) -> Option<(Attachment, &str)> {
    let (first, mut rest) = next_line(text);
    let (mode, name) = first.trim_end().strip_prefix("begin ")?.split_once(' ')?;
    if !(3..=4).contains(&mode.len()) || !mode.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
        return None;
    }
    let mut size = 0;
    loop {
        let (line, behind) = next_line(rest);
        if line.is_empty() {
            return None;
        }
        rest = behind;
        let line = line.trim_end_matches(['\r', '\n']);
        if line.trim_end() == "end" && size > 0 {
            break;
        }
        size += data(line)?;
    }
    let media_type = "application/octet-stream".to_string();
    Some((Attachment { name: name.trim().to_string(), media_type, size }, rest))
}

/// How many bytes a line of data holds. Blanks at its end may have been lost, and a check character may follow.
fn data(line: &str) -> Option<u64> {
    let Some(&first) = line.as_bytes().first() else { return Some(0) };
    if !line.bytes().all(|b| (b' '..=b'`').contains(&b)) {
        return None;
    }
    let size = usize::from(first - b' ') & 63;
    (line.len() <= 2 + size.div_ceil(3) * 4).then_some(size as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Vec<Attachment>) {
        let mut text = text.to_string();
        let files = set_aside(&mut text);
        (text, files)
    }

    #[test]
    fn a_whole_file_is_set_aside_with_its_name_and_size() {
        let (text, files) = read("Here it is.\nbegin 644 my cat.txt\n#0V%T\n`\nend\nRegards\n");
        assert_eq!(text, "Here it is.\nRegards\n");
        assert_eq!((files[0].name.as_str(), files[0].size), ("my cat.txt", 3));
    }

    #[test]
    fn what_is_no_whole_file_stays_text() {
        for kept in [
            "begin 644 cat.txt\n#0V%T\n`\n",
            "begin 644 cat.txt\nnot data\nend\n",
            "begin 644 cat.txt\nend\n",
            "begin 999 cat.txt\n#0V%T\nend\n",
            "We begin 100 days\nafter that.\nend",
        ] {
            assert_eq!(read(kept), (kept.to_string(), vec![]));
        }
    }
}
