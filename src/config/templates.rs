//! The firm's folder of templates, read whole: the letters are few and short.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::compose::{LONGEST_OWN_FILE, OwnFile};

/// The most files that are read.
const FILES: usize = 500;

/// The files of the folder and of the folders in it, in the order of their names, without hidden ones and editors' copies.
/// What cannot be read is among them, with the reason.
pub fn read(folder: &Path) -> Vec<OwnFile> {
    let mut files = Vec::new();
    if let Err(error) = list(folder, "", &mut files) {
        let place = folder.display().to_string();
        files.push(OwnFile { name: String::new(), place, bytes: Err(error.to_string()) });
    }
    files
}

fn list(folder: &Path, below: &str, files: &mut Vec<OwnFile>) -> io::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    for name in names {
        let hidden = name.starts_with('.') || name.ends_with('~') || name.starts_with('#');
        if hidden || files.len() >= FILES {
            continue;
        }
        let path = folder.join(&name);
        let name = format!("{below}{name}");
        // Folders of other names, and folders in folders, are named as what they are: no letters.
        if path.is_dir() && name == "client" {
            list(&path, "client/", files)?;
            continue;
        }
        let place = path.display().to_string();
        files.push(OwnFile { name, place, bytes: bytes(&path).map_err(|error| error.to_string()) });
    }
    Ok(())
}

/// The bytes of a file, at most one more than a letter may have.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe or a device would be waited for forever.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST_OWN_FILE as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
