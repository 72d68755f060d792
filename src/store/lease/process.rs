//! Which process a daemon is, and whether such a process of this machine is gone: its work is then taken over at once.

use std::os::unix::fs::MetadataExt;

/// What tells a process from all others: the machine's boot, the name space of its number, its user, its number and
/// when it began. Only who shares the first three can say that it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    seen_by: String,
    number: u32,
    began: u64,
}

impl Process {
    /// This process; none where the system does not tell (no `/proc`).
    pub fn own() -> Option<Self> {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let space = std::fs::read_link("/proc/self/ns/pid").ok()?;
        let user = std::fs::metadata("/proc/self").ok()?.uid();
        let number = std::process::id();
        let seen_by = format!("{} {} {user}", boot.trim(), space.display());
        Some(Self { seen_by, number, began: began(number)? })
    }

    /// As the database keeps it.
    pub fn key(&self) -> String {
        format!("{} {} {}", self.seen_by, self.number, self.began)
    }

    /// Whether the process of this key is surely gone, as far as this one can see. Never said of another machine's.
    pub fn sees_gone(&self, key: &str) -> bool {
        let numbers = key.strip_prefix(&self.seen_by).and_then(|rest| rest.trim().split_once(' '));
        let Some((number, since)) = numbers else { return false };
        match (number.parse(), since.parse()) {
            (Ok(number), Ok(since)) => began(number) != Some(since),
            _ => false,
        }
    }
}

/// This machine's name, as people know it.
pub(super) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "a machine without a name".to_owned() } else { name.to_owned() }
}

/// When a process began, in ticks since the boot (proc(5), field 22 of `stat`); none when there is no such process, or
/// one that has ended and waits for its parent.
fn began(number: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The name before it stands in parentheses and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let ended = ["Z", "X", "x"].contains(&state);
    fields.nth(18)?.parse().ok().filter(|_| !ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_this_machine_is_seen_to_be_gone() {
        let own = Process::own().unwrap();
        let number = own.number;
        for (key, gone, what) in [
            (own.key(), false, "this one"),
            (Process { began: own.began + 1, ..own.clone() }.key(), true, "an earlier one of this number"),
            (Process { number: u32::MAX, ..own.clone() }.key(), true, "one that does not run"),
            (
                Process { seen_by: "elsewhere pid:[1] 0".into(), ..own.clone() }.key(),
                false,
                "another machine's",
            ),
            (format!("{} {number}", own.seen_by), false, "no time"),
            (String::new(), false, "nothing"),
        ] {
            assert_eq!(own.sees_gone(&key), gone, "{what}");
        }
    }

    #[test]
    fn a_child_that_was_killed_and_not_waited_for_is_gone() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let own = Process::own().unwrap();
        let process = Process { number: child.id(), began: began(child.id()).unwrap(), ..own.clone() };
        assert!(!own.sees_gone(&process.key()));
        child.kill().unwrap();
        // The signal ends it in a moment; nobody has waited for it yet.
        while !own.sees_gone(&process.key()) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
    }
}
