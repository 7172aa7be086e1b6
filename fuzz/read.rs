//! Reads a file under a name, with the signature that the name stands for.

use comfycheck_check_media::format::Format;
use comfycheck_check_media::inspect::inspect;

/// Signatures by the ending of the name. The other formats have none.
const SIGNATURES: [(&str, &[u8]); 9] = [
    ("mp4", b"\0\0\0\x14ftyp"),
    ("mkv", b"\x1a\x45\xdf\xa3"),
    ("gif", b"GIF89a"),
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("flac", b"fLaC"),
    ("mp3", b"ID3"),
    ("ogg", b"OggS"),
    ("glb", b"glTF"),
    ("ply", b"ply\n"),
];

/// The most bytes of a file that are in memory at once.
const LIMIT: u64 = 16 << 20;

pub fn read(name: &str, bytes: &[u8]) {
    let (_, ending) = name.rsplit_once('.').unwrap_or_default();
    let signature = SIGNATURES.iter().find(|(known, _)| *known == ending).map(|(_, signature)| *signature);
    // A seed has its signature already.
    let signature = signature.filter(|signature| !bytes.starts_with(signature)).unwrap_or_default();
    let _ = inspect(&[signature, bytes].concat(), Format::declared(ending), LIMIT);
}
