//! The process's own environment and files, as rules files may ask for them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::config::Surroundings;
use crate::unit::Glob;

/// The most of a file that is read: what is larger is refused by its size.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The machine that the process runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk;

impl Surroundings for Disk {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        let kind = std::fs::metadata(path).map_err(|fault| fault.to_string())?;
        // A pipe without a writer would be waited for, for ever. The shell's own are meant.
        let is_of_shell = path == "/dev/stdin" || path.starts_with("/dev/fd/");
        if !kind.is_file() && !kind.is_dir() && !is_of_shell {
            return Err("it is no regular file".to_owned());
        }
        let room = usize::try_from(kind.len().min(FILE_BYTES_MAX)).unwrap_or(0);
        let mut bytes = Vec::with_capacity(room);
        let file = File::open(path).map_err(|fault| fault.to_string())?;
        file.take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(|fault| fault.to_string())?;
        String::from_utf8(bytes).map_err(|_| "it is not text in UTF-8".to_owned())
    }

    /// Globs stand in the last part of the path only: folders are named.
    fn glob(&self, pattern: &str) -> Result<Vec<String>, String> {
        let path = Path::new(pattern);
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or("it names no file")?;
        let glob = Glob::from(name);
        let entries =
            std::fs::read_dir(folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut found: Vec<String> = names
            .filter(|name| glob.matches(name) && !name.starts_with('.'))
            .map(|name| path.with_file_name(name).to_string_lossy().into_owned())
            .collect();
        found.sort();
        Ok(found)
    }
}
