//! What the demonstration says before its first mail and after its last.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use super::telling::{WIDTH, wrap};
use crate::directory::Directory;
use crate::effect::Disposition;
use crate::message::Address;
use crate::store::Status;

/// Who the firm is, and who owns what.
pub(super) fn introduction(directory: &Directory, say: &mut dyn Write) -> io::Result<()> {
    let firm = directory.firm();
    let manager = firm.manager.as_ref().map_or("nobody", Address::display);
    paragraph(
        &format!(
            "{} cleans, carries and repairs for six clients. They write to {}. Two people own each client together: \
             one from sales, one from operations. {manager} manages.",
            firm.name, firm.address
        ),
        say,
    )?;
    writeln!(say, "\n  {:<28}{:<18}operations", "client", "sales")?;
    let name = |owner: &Option<Address>| owner.as_ref().map_or("(nobody)", Address::display).to_owned();
    for account in directory.accounts() {
        writeln!(say, "  {:<28}{:<18}{}", account.name, name(&account.sales), name(&account.operations))?;
    }
    writeln!(say)?;
    paragraph(
        "Here are three weeks of their mail, played quickly. As in every new installation nothing goes to a client: \
         what would go is kept as a draft until an owner says so. The percentages say how sure the reading is.",
        say,
    )
}

/// How it ended.
pub(super) struct End<'a> {
    /// The folder of the demonstration.
    pub folder: &'a Path,
    /// How the program is called.
    pub program: &'a str,
    /// How everything stands.
    pub status: Status,
    /// How many mails went to whom.
    pub letters: &'a BTreeMap<String, usize>,
    /// The case that most was written about at once.
    pub worst: Option<i64>,
}

/// What came of it, where everything lies, and what to try next.
pub(super) fn summary(end: &End<'_>, say: &mut dyn Write) -> io::Result<()> {
    let count = |disposition| {
        end.status.mails.iter().find(|(of, _)| *of == disposition).map_or(0, |(_, count)| *count)
    };
    let total: u64 = end.status.mails.iter().map(|(_, count)| count).sum();
    let (unfinished, cases) = end.status.cases;
    writeln!(say, "\nThree weeks later\n")?;
    paragraph(
        &format!(
            "{total} mails came: {} belong to cases, {} are routine, {} are from owners, {} from other staff, {} from \
             machines, {} came a second time, {} could not be placed, {} could not be read. All are kept.",
            count(Disposition::Case),
            count(Disposition::Routine),
            count(Disposition::Owner),
            count(Disposition::Staff),
            count(Disposition::Automatic),
            count(Disposition::Duplicate),
            count(Disposition::Unmatched),
            count(Disposition::SetAside),
        ),
        say,
    )?;
    paragraph(
        &format!(
            "{cases} cases were opened, {unfinished} are unfinished. {} mails went to owners and the manager, none to \
             a client; {} drafts to clients wait for an owner's word.",
            end.status.sent, end.status.drafts
        ),
        say,
    )?;
    let folder = end.folder.display();
    writeln!(
        say,
        "\nWhere everybody's mails lie (a Maildir each; any mail program or pager opens the files)\n"
    )?;
    for (address, mails) in end.letters {
        let path = format!("{folder}/outgoing/{address}/new");
        writeln!(say, "  {path:<60} {mails:>3} mails")?;
    }
    writeln!(say, "  {:<60}  what came in", format!("{folder}/mailbox/service/new"))?;
    writeln!(say, "\nWhat to try next\n\n  cd {folder}")?;
    let case = end.worst.unwrap_or(1);
    for (command, what) in [
        ("cases".to_owned(), "all that is unfinished"),
        (format!("show {case}"), "one case, from its first mail to now"),
        (format!("why {case}"), "why it is one, and why each mail was written"),
        ("digest --preview kim".to_owned(), "what Kim would read in the morning"),
        ("report --weeks 3 --out report.html".to_owned(), "the three weeks for the manager, with pictures"),
        ("why whitlock".to_owned(), "why a client's mood is what it is, mail by mail"),
        ("status".to_owned(), "what waits, and which mails nobody could place"),
        ("accounts list".to_owned(), "the clients and their pairs"),
    ] {
        let line = format!("{} {command}", end.program);
        writeln!(say, "  {line:<48}  {what}")?;
    }
    Ok(())
}

fn paragraph(text: &str, say: &mut dyn Write) -> io::Result<()> {
    wrap(text, WIDTH).iter().try_for_each(|line| writeln!(say, "{line}"))
}
