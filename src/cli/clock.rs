//! The clocks of cases in words: what is overdue and why, what is due of one case, and who is reminded next.

use std::fmt::Write as _;

use super::layout::{plain, short, time, wrapped};
use crate::case::{Case, Goal, Kind, State, Step};
use crate::directory::Directory;
use crate::effect::Due;
use crate::schedule::Watch;

/// The section of `status` that lists what is overdue, oldest first; empty where nothing is.
pub fn overdue(cases: &[Case], watch: &Watch<'_>, directory: &Directory, listed: usize) -> String {
    let late = cases.iter().filter_map(|case| Some((case, watch.due(case)?)));
    let mut late: Vec<(&Case, Due)> = late.filter(|(_, due)| due.overdue.is_some()).collect();
    late.sort_by_key(|(_, due)| due.at);
    if late.is_empty() {
        return String::new();
    }
    let mut text = "\nOverdue\n".to_owned();
    for (case, _) in late.iter().take(listed) {
        let account = directory.account(&case.account).map_or(&case.account, |account| &account.name);
        let head = format!("#{} {}: {}", case.number, case.kind.words(), short(&plain(account), 32));
        let _ = writeln!(text, "  {head}: {}", short(&plain(&case.subject), 44));
        text.push_str(&wrapped(&state(case, watch, directory), 6));
    }
    if late.len() > listed {
        let _ = writeln!(text, "  and {} more", late.len() - listed);
    }
    text
}

/// How the clock of a case stands, and what comes next; why it stands still where it does.
pub fn state(case: &Case, watch: &Watch<'_>, directory: &Directory) -> String {
    let timezone = &directory.firm().timezone;
    let Some(due) = watch.due(case) else {
        return match (case.state, case.answered_at) {
            _ if case.kind == Kind::Praise => "none: praise waits for nothing".to_owned(),
            (State::Waiting, _) => "stands still while it rests".to_owned(),
            (State::Resolved | State::Closed, _) => format!("stopped: it is {}", case.state.key()),
            (_, Some(answered)) => format!("stopped: the client was answered {}", time(answered, timezone)),
            _ => "stands still: nobody works whom it could run for".to_owned(),
        };
    };
    let at = time(due.at, timezone);
    let mut text = match (due.goal, &due.overdue) {
        (Goal::Answer, None) => format!("an answer is due by {at}"),
        (Goal::Answer, Some(late)) => {
            format!("an answer was due by {at}, {late} ago; the client has waited for {}", due.waited)
        }
        (Goal::Resolution, None) => format!("answered; to be settled by {at}"),
        (Goal::Resolution, Some(late)) => {
            format!("answered; was to be settled by {at}, {late} ago; it is {} old", due.waited)
        }
    };
    if let Some(last) = case.clock.reminded.filter(|last| last.goal == due.goal && last.at >= case.asked_at())
    {
        let who = match last.step {
            Step::Lead => "the lead was reminded",
            Step::Partner => "the partner was reminded",
            Step::Manager if case.clock.held_at == Some(last.at) => {
                "it is kept for the manager's digest since"
            }
            Step::Manager => "the manager was alerted",
        };
        let _ = write!(text, "; {who} {}", time(last.at, timezone));
    }
    let ahead: Vec<String> = watch
        .ahead(case)
        .iter()
        .map(|next| format!("{} {}", plain(next.person.display()), time(next.at, timezone)))
        .collect();
    if !ahead.is_empty() {
        let _ = write!(text, "; reminded next: {}", ahead.join(", "));
    }
    if case.clock.quiet {
        text.push_str("; no manager is alerted unless it gets worse");
    }
    text
}
