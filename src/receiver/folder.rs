//! Mails as `.eml` files in a folder.

use std::io;
use std::path::Path;

use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;

/// Writes a mail under its name, whole or not at all; one of the same name is replaced.
///
/// The folder is made if it is not there.
///
/// # Errors
///
/// What the file system says.
pub(super) async fn write(folder: &Path, name: &str, mail: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder).await?;
    let path = folder.join(format!("{name}.eml"));
    // The leading point keeps programs that watch the folder for mails from reading it too soon.
    let unfinished = folder.join(format!(".{name}.eml.part"));
    let mut file = File::create(&unfinished).await?;
    file.write_all(mail).await?;
    file.sync_all().await?;
    drop(file);
    fs::rename(&unfinished, &path).await?;
    // The rename itself is kept only once the folder is.
    File::open(folder).await?.sync_all().await
}
