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
    // What is written in the background is known to have failed only by this.
    file.flush().await?;
    file.sync_all().await?;
    drop(file);
    fs::rename(&unfinished, &path).await?;
    // The rename itself is kept only once the folder is.
    File::open(folder).await?.sync_all().await
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[tokio::test]
    async fn a_mail_for_which_the_disk_has_no_room_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        symlink("/dev/full", folder.path().join(".d1.eml.part")).unwrap();
        let written = write(folder.path(), "d1", b"Subject: it fires\r\n").await;
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(!folder.path().join("d1.eml").exists());
    }
}
