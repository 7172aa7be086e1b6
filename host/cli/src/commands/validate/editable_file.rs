//! A workflow file that is edited: read, and written only if it is still the same.

use crate::platform::keep_owner;
use comfycheck_core::workflow::{LARGEST_FILE, RequestFile};
use comfycheck_runtime::file::{FileError, open_no_link};
use same_file::Handle;
use std::fs::Metadata;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A regular file of UTF-8 text.
pub(super) struct EditableFile {
    path: PathBuf,
    content: Content,
}

/// A file at one moment.
struct Content {
    bytes: Vec<u8>,
    metadata: Metadata,
    /// Keeps the file open, so no other file has its number.
    identity: Handle,
}

const MARK: &str = "\u{feff}";

impl EditableFile {
    /// Opens a file. Refuses what is not a regular file, also a symbolic link, and what is not UTF-8 text.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let content = read(path).map_err(io::Error::other)?;
        let bytes = &content.bytes;
        if let Some(why) =
            RequestFile::read("", bytes.clone()).map_or(Some("it holds no workflow"), |file| file.uneditable)
        {
            return Err(io::Error::other(why));
        }
        std::str::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8 text"))?;
        Ok(Self { path: path.to_owned(), content })
    }

    /// The text without its byte order mark.
    pub(super) fn text(&self) -> &str {
        let text = self.whole_text();
        text.strip_prefix(MARK).unwrap_or(text)
    }

    /// The text with its byte order mark.
    pub(super) fn whole_text(&self) -> &str {
        std::str::from_utf8(&self.content.bytes).unwrap_or_default()
    }

    /// A new text with the byte order mark of the file.
    pub(super) fn marked(&self, new: &str) -> String {
        let mark = if self.whole_text().starts_with(MARK) { MARK } else { "" };
        format!("{mark}{new}")
    }

    /// Replaces the file, completely or not at all. It keeps its mode and owner. Fails if it changed since it was opened.
    pub(super) fn write(&self, new: &str) -> io::Result<()> {
        let new = self.marked(new);
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut part = tempfile::Builder::new().prefix(".comfycheck-").suffix(".part").tempfile_in(folder)?;
        part.write_all(new.as_bytes())?;
        keep_owner(part.as_file(), &self.content.metadata)?;
        part.as_file().set_permissions(self.content.metadata.permissions())?;
        part.as_file().sync_all()?;
        let Content { bytes, identity, .. } = read(&self.path).map_err(io::Error::other)?;
        if bytes == new.as_bytes() {
            // The same file under two names.
            return Ok(());
        }
        if identity != self.content.identity || bytes != self.content.bytes {
            return Err(io::Error::other("it changed in the meantime"));
        }
        part.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// The bytes of a regular file, not through a symbolic link.
fn read(path: &Path) -> Result<Content, FileError> {
    let file = open_no_link(path)?;
    let metadata = file.metadata()?;
    let mut bytes = Vec::new();
    (&file).take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Content { bytes, metadata, identity: Handle::from_file(file)? })
}

// The tests make links, pipes and devices.
#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    const API: &str = "{\"3\": {\"class_type\": \"A\"}}\r\n";

    #[test]
    fn only_regular_files_of_utf_8_text_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), API).unwrap();
        std::fs::write(at("marked"), format!("{MARK}{API}")).unwrap();
        let utf16: Vec<u8> = API.encode_utf16().flat_map(u16::to_le_bytes).collect();
        std::fs::write(at("utf-16"), utf16).unwrap();
        std::fs::write(at("latin-1"), b"{\"3\": \"\xe9\"}").unwrap();
        std::fs::write(at("image.json"), b"\x89PNG\r\n\x1a\n").unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink("/dev/zero", at("device")).unwrap();
        assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        for name in ["file", "marked"] {
            assert_eq!(EditableFile::open(&at(name)).unwrap().text(), API, "{name}");
        }
        for name in ["utf-16", "latin-1", "image.json", "link", "device", "pipe", "missing", "."] {
            assert!(EditableFile::open(&at(name)).is_err(), "{name}");
        }
    }

    #[test]
    fn a_file_keeps_its_mode_and_its_byte_order_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.json");
        std::fs::write(&path, format!("{MARK}{API}")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        EditableFile::open(&path).unwrap().write("{}\r\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{MARK}{{}}\r\n"));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else remains");
    }

    #[test]
    fn a_file_that_changed_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.json");
        std::fs::write(&path, API).unwrap();
        let file = EditableFile::open(&path).unwrap();
        std::fs::write(&path, "{}").unwrap();
        file.write("{\"4\": {}}").unwrap_err();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{}");
        std::fs::remove_file(&path).unwrap();
        symlink("other.json", &path).unwrap();
        std::fs::write(folder.path().join("other.json"), API).unwrap();
        file.write("{\"4\": {}}").unwrap_err();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), API);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else remains");
    }
}
