//! Bytes of a file, refused early where they cannot be a text file that is meant.

use relight_model::Finding;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// Largest file read, bytes: many times the largest public case file (19 MB for 70,000 buses).
pub const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Reads a whole file.
///
/// # Errors
/// A finding that names the file, with one of the codes `missing-file`, `not-a-file`, `empty-file`, `file-too-large`,
/// `unreadable-file`. The size is judged by the file's metadata before anything is read.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Finding> {
    read_inner(path).map_err(|finding| finding.file(path.display().to_string()))
}

/// [`read_file`], then [`as_text`].
///
/// # Errors
/// The findings of both.
pub fn read_text(path: &Path) -> Result<String, Finding> {
    let bytes = read_file(path)?;
    match String::from_utf8(bytes) {
        Ok(text) if !text.as_bytes().contains(&0) => Ok(text),
        Ok(text) => Err(binary(text.as_bytes())),
        Err(e) => Err(binary(e.as_bytes())),
    }
    .map_err(|finding| finding.file(path.display().to_string()))
}

/// The bytes as UTF-8 text without NUL.
///
/// # Errors
/// A finding with code `not-text` that names the offset of the first byte that is no text.
pub fn as_text(bytes: &[u8]) -> Result<&str, Finding> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0) => Ok(text),
        _ => Err(binary(bytes)),
    }
}

fn read_inner(path: &Path) -> Result<Vec<u8>, Finding> {
    let metadata = fs::metadata(path).map_err(|e| unreadable(&e))?;
    if metadata.is_dir() {
        return Err(Finding::error("not-a-file", "this is a folder, a file is needed").hint("name the file inside it"));
    }
    if !metadata.is_file() {
        return Err(Finding::error("not-a-file", "this is no regular file").hint("copy the data into a file first"));
    }
    if metadata.len() > FILE_BYTES_MAX {
        return Err(Finding::error("file-too-large", "the file is larger than any known case")
            .field("size_bytes", metadata.len())
            .allowed(format!("at most {FILE_BYTES_MAX} bytes"))
            .hint("check that this is the right file"));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    // `take`: the file may grow while it is read.
    fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|e| unreadable(&e))?;
    if bytes.is_empty() {
        return Err(Finding::error("empty-file", "the file is empty").hint("fetch or export it again"));
    }
    Ok(bytes)
}

fn unreadable(e: &io::Error) -> Finding {
    match e.kind() {
        io::ErrorKind::NotFound => Finding::error("missing-file", "there is no such file").hint("check the path"),
        io::ErrorKind::PermissionDenied => {
            Finding::error("unreadable-file", "no permission to read this file").hint("check the file's permissions")
        }
        _ => Finding::error("unreadable-file", format!("the file cannot be read: {e}")).hint("check the disk"),
    }
}

fn binary(bytes: &[u8]) -> Finding {
    let valid = match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(e) => e.valid_up_to(),
    };
    let offset = bytes[..valid].iter().position(|&b| b == 0).unwrap_or(valid);
    let line = 1 + bytes[..offset].iter().filter(|&&b| b == b'\n').count();
    Finding::error("not-text", "this is no text file (binary data, or not UTF-8)")
        .at("", u32::try_from(line).unwrap_or(u32::MAX))
        .field("byte", bytes.get(offset).map_or_else(String::new, |b| format!("0x{b:02X} at offset {offset}")))
        .allowed("UTF-8 text")
        .hint("if it is an archive, unpack it; if it is text in another encoding, convert it to UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unusable_file_has_its_own_code() {
        let dir = tempfile::tempdir().unwrap();
        let code = |path: &Path| read_text(path).unwrap_err().code;
        assert_eq!(code(&dir.path().join("absent.m")), "missing-file");
        assert_eq!(code(dir.path()), "not-a-file");
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            fs::write(&path, bytes).unwrap();
            path
        };
        assert_eq!(code(&write("empty.m", b"")), "empty-file");
        assert_eq!(code(&write("nul.m", b"mpc\0x")), "not-text");
        assert_eq!(code(&write("latin1.m", b"caf\xE9\n")), "not-text");
        let sparse = dir.path().join("sparse.m");
        fs::File::create(&sparse).unwrap().set_len(1 << 30).unwrap();
        let start = std::time::Instant::now();
        assert_eq!(code(&sparse), "file-too-large");
        // Reading a gigabyte takes longer than this even from memory: the size alone must decide.
        assert!(start.elapsed().as_millis() < 200);
        assert_eq!(read_text(&write("good.m", b"mpc")).unwrap(), "mpc");
    }

    #[test]
    fn a_binary_file_says_where() {
        let finding = as_text(b"a\nb\xFFc").unwrap_err();
        assert_eq!((finding.row, finding.value.as_str()), (2, "0xFF at offset 3"));
        assert!(as_text("приклад".as_bytes()).is_ok());
    }
}
