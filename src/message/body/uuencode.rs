//! Files that old programs write into the text (uuencode, POSIX.1-2024): "begin 644 name", lines of data, "end".

use super::super::Attachment;
use super::super::lines::{Line, Mark};

/// Sets the lines of whole uuencoded files aside, and names the files; a block without its end, or with a line that is
/// no data, stays text.
pub(super) fn set_aside(lines: &mut [Line]) -> Vec<Attachment> {
    let mut files = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        // A line of data is no first line, since lower case is no data: nothing is looked at twice.
        match file(&lines[at..]) {
            Some((file, count)) => {
                files.push(file);
                lines[at..at + count].iter_mut().for_each(|line| line.mark = Mark::Quote);
                at += count;
            }
            None => at += 1,
        }
    }
    files
}

/// The file that begins with the first line, and how many lines it has.
fn file(lines: &[Line]) -> Option<(Attachment, usize)> {
    let (mode, name) = lines.first()?.text.strip_prefix("begin ")?.split_once(' ')?;
    if !(3..=4).contains(&mode.len()) || !mode.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
        return None;
    }
    let mut size = 0;
    for (at, line) in lines.iter().enumerate().skip(1) {
        if line.text == "end" && size > 0 {
            let media_type = "application/octet-stream".to_string();
            return Some((Attachment { name: name.trim().to_string(), media_type, size }, at + 1));
        }
        size += data(&line.text)?;
    }
    None
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
    use super::super::super::lines;
    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<Attachment>) {
        let mut lines = lines::plain(text);
        let files = set_aside(&mut lines);
        (lines.into_iter().filter(|l| l.mark == Mark::None).map(|l| l.text).collect(), files)
    }

    #[test]
    fn a_whole_file_is_set_aside_with_its_name_and_size() {
        let (text, files) = read("Here it is.\nbegin 644 my cat.txt\n#0V%T\n`\nend\nRegards\n");
        assert_eq!(text, ["Here it is.", "Regards"]);
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
            assert_eq!(read(kept), (kept.lines().map(str::to_string).collect(), vec![]));
        }
    }
}
