//! `man` and `completions`: what a package brings beside the program.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man as Page;

use super::{Cli, exit};

/// What the main page says of files and the environment.
const FILES: &str = r#".SH FILES
.TP
.I /etc/pairdesk/pairdesk.toml
The configuration, where neither \fB\-\-config\fR, \fB$PAIRDESK_CONFIG\fR nor \fI./pairdesk.toml\fR is.
.BR "pairdesk init" " writes one."
.TP
.I /etc/pairdesk/pairdesk.example.toml
Every key with its meaning and its usual value.
.TP
.I /var/lib/pairdesk
The database, of the user \fBpairdesk\fR.
.SH ENVIRONMENT
.TP
.B PAIRDESK_CONFIG
The configuration file.
.TP
.B CREDENTIALS_DIRECTORY
Where passwords of the form \fIcredential:NAME\fR lie; set by systemd.
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
The daemon finishes what is at hand and ends.
.TP
.B SIGHUP
The daemon reads its configuration anew; a wrong one changes nothing, and the log says what is wrong with it.
"#;

/// Write the manual pages into a folder, one for each command
#[derive(Debug, Args)]
pub struct Man {
    /// The folder, which is made
    folder: PathBuf,
}

/// Print the completions for a shell
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Man {
    pub fn run(&self) -> Result<ExitCode> {
        fs::create_dir_all(&self.folder)
            .and_then(|()| write(&self.folder))
            .with_context(|| format!("cannot write manual pages into {}", self.folder.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Completions {
    pub fn run(&self) -> Result<ExitCode> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "pairdesk", &mut text);
        io::stdout().lock().write_all(&text).context("cannot write to standard output")?;
        Ok(ExitCode::SUCCESS)
    }
}

fn write(folder: &Path) -> io::Result<()> {
    // The page has a section of its own for the exit codes.
    let command = Cli::command().after_long_help(None::<&str>);
    clap_mangen::generate_to(command.clone(), folder)?;
    let mut all = command.disable_help_subcommand(true);
    all.build();
    main(&all, File::create(folder.join("pairdesk.1"))?)
}

/// The page of the program itself, with all that is no matter of a single command.
fn main(command: &Command, mut file: File) -> io::Result<()> {
    let page = Page::new(command.clone());
    page.render_title(&mut file)?;
    page.render_name_section(&mut file)?;
    page.render_synopsis_section(&mut file)?;
    page.render_description_section(&mut file)?;
    page.render_options_section(&mut file)?;
    page.render_subcommands_section(&mut file)?;
    writeln!(file, ".SH EXIT STATUS")?;
    for (code, meaning) in exit::CODES {
        writeln!(file, ".TP\n.B {code}\n{}", meaning.replace('`', "\""))?;
    }
    file.write_all(FILES.as_bytes())?;
    page.render_version_section(&mut file)
}
