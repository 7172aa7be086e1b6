//! Names of saved files. The names that workers give are not trusted.

use comfycheck_core::media::{content_type, ending_of};
use comfycheck_core::sample::FileFacts;

/// The longest part of a worker's name that is kept, in characters.
const STEM: usize = 60;
/// How much of the digest is in the name, in hex digits.
const DIGEST: usize = 12;

/// The endings of media types that names of inputs do not have.
const ENDINGS: [(&str, &str); 3] =
    [("application/json", "json"), ("image/vnd.adobe.photoshop", "psd"), ("image/vnd.radiance", "hdr")];

/// `ComfyUI_00001_-3f2a91c0b7de.png`: what is harmless of the worker's name, the digest, and the ending of the content.
pub(super) fn of(facts: &FileFacts, bytes: &[u8]) -> String {
    let last = facts.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let harmless =
        |character: char| if character.is_ascii_alphanumeric() || "-_".contains(character) { character } else { '_' };
    let stem: String = stem.chars().take(STEM).map(harmless).collect();
    let stem = stem.trim_start_matches('-');
    let stem = if stem.is_empty() { "file" } else { stem };
    let digest: String = facts.sha256.chars().take(DIGEST).collect();
    format!("{stem}-{digest}.{}", ending(bytes))
}

/// By the content alone: a file that claims to be a page or a script must not act when a browser or a desktop opens it.
fn ending(bytes: &[u8]) -> &'static str {
    let of = |media| {
        let own = ENDINGS.iter().find(|(known, _)| *known == media).map(|(_, ending)| *ending);
        own.or_else(|| ending_of(media))
    };
    content_type(bytes).and_then(of).unwrap_or("bin")
}

/// Whether a name stays in its folder and has no character that [`of`] does not write.
pub(super) fn is_plain(name: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_the_folder_and_ends_like_its_content() {
        let png = b"\x89PNG\r\n\x1a\n";
        for (name, bytes, expected) in [
            ("ComfyUI_00001_.png", &png[..], "ComfyUI_00001_-0123456789ab.png"),
            ("../../etc/passwd", png, "passwd-0123456789ab.png"),
            ("C:\\a\\b.png", png, "b-0123456789ab.png"),
            ("-rf \u{1b}[2J\n.svg", png, "rf___2J_-0123456789ab.png"),
            ("", png, "file-0123456789ab.png"),
            ("..", png, "_-0123456789ab.png"),
            ("page.html", b"<script>alert(1)</script>", "page-0123456789ab.txt"),
            ("image.svg", b"<svg onload=alert(1)>", "image-0123456789ab.txt"),
            ("x.png", b"\0\x01\x02", "x-0123456789ab.bin"),
        ] {
            let facts = FileFacts { name: name.into(), sha256: "0123456789abcdef".into(), ..FileFacts::default() };
            let name = of(&facts, bytes);
            assert_eq!(name, expected);
            assert!(is_plain(&name));
        }
        for name in ["", ".", "..", "a/b", "../a", ".hidden", "a b"] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
