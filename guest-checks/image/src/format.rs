//! The format of a file, by its bytes and never by its name.

use serde::Deserialize;

/// A format that this check decodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Also animated (APNG).
    Png,
    /// Baseline or progressive.
    Jpeg,
    /// Lossy, lossless or animated.
    Webp,
}

/// The kind of a file, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An image that can be decoded.
    Image(Format),
    /// An image of a format that is not decoded, such as `TIFF`.
    Foreign(&'static str),
    /// A video, such as `MP4`: the check `media` reads it.
    Video,
    Text(Text),
    Unknown,
}

/// Text in place of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    Html,
    Xml,
    Json,
    DataUri,
    Base64,
}

impl Format {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Webp => "WebP",
        }
    }

    /// The format that a media type or the ending of a file's name stands for: `image/png`, `png`, `jpg`.
    ///
    /// None for any other text: an unknown declaration is never wrong.
    #[must_use]
    pub fn declared(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let text = text.split(';').next().unwrap_or_default().trim();
        match text.strip_prefix("image/").unwrap_or(text) {
            "png" | "apng" | "x-png" => Some(Self::Png),
            "jpg" | "jpeg" | "jpe" | "jfif" | "pjpeg" => Some(Self::Jpeg),
            "webp" => Some(Self::Webp),
            _ => None,
        }
    }
}

impl Text {
    /// As a message calls it: `an HTML page`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "an HTML page",
            Self::Xml => "an XML document",
            Self::Json => "JSON",
            Self::DataUri => "a data URI that was not decoded",
            Self::Base64 => "base64 that was not decoded",
        }
    }
}

impl Kind {
    /// The kind of a file that begins with these bytes; 32 are enough.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let starts = |signature: &[u8]| bytes.starts_with(signature);
        let at = |offset: usize, tag: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(tag));
        // A file that is cut within its signature is recognized by the rest of it; one byte alone is not enough.
        if starts(b"\x89PNG") || (bytes.len() >= 2 && b"\x89PNG\r\n\x1a\n".starts_with(bytes)) {
            return Self::Image(Format::Png);
        }
        if starts(&[0xff, 0xd8]) {
            return Self::Image(Format::Jpeg);
        }
        if starts(b"RIFF") && (at(8, b"WEBP") || bytes.len() < 12) {
            return Self::Image(Format::Webp);
        }
        if starts(b"GIF8") {
            return Self::Video;
        }
        if starts(b"BM") && at(6, &[0, 0, 0, 0]) {
            return Self::Foreign("BMP");
        }
        if starts(b"II*\0") || starts(b"MM\0*") {
            return Self::Foreign("TIFF");
        }
        if starts(b"v/1\x01") {
            return Self::Foreign("OpenEXR");
        }
        if starts(&[0xff, 0x0a]) || at(4, b"JXL \r\n") {
            return Self::Foreign("JPEG XL");
        }
        if starts(&[0x1a, 0x45, 0xdf, 0xa3]) {
            return Self::Video;
        }
        if at(4, b"ftyp") {
            let brand = |tag: &[u8]| at(8, tag);
            return if brand(b"avif") || brand(b"avis") {
                Self::Foreign("AVIF")
            } else if brand(b"heic") || brand(b"mif1") {
                Self::Foreign("HEIF")
            } else {
                Self::Video
            };
        }
        Self::of_text(bytes)
    }

    /// The kind of a text in place of an image: an error page, or base64 that was not decoded.
    fn of_text(bytes: &[u8]) -> Self {
        let start: Vec<u8> = bytes.iter().take(64).map(u8::to_ascii_lowercase).collect();
        let text = start.trim_ascii_start();
        if text.starts_with(b"<!doctype html") || text.starts_with(b"<html") {
            Self::Text(Text::Html)
        } else if text.starts_with(b"<svg") {
            Self::Foreign("SVG")
        } else if text.starts_with(b"<?xml") || text.starts_with(b"<error>") {
            Self::Text(Text::Xml)
        } else if text.starts_with(b"{") || text.starts_with(b"[") {
            Self::Text(Text::Json)
        } else if text.starts_with(b"data:") {
            Self::Text(Text::DataUri)
        } else if [b"ivborw0kggo".as_slice(), b"/9j/", b"uklgr"].iter().any(|sign| text.starts_with(sign)) {
            Self::Text(Text::Base64)
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Kind) {
        assert_eq!(Kind::of(bytes), expected, "{:?}", bytes.escape_ascii().to_string());
    }

    #[test]
    fn the_kind_of_a_file_is_that_of_its_bytes() {
        check(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Kind::Image(Format::Png));
        check(b"\x89PN", Kind::Image(Format::Png));
        check(b"\xff\xd8\xff\xe0\0\x10JFIF", Kind::Image(Format::Jpeg));
        check(b"RIFF\x10\0\0\0WEBPVP8 ", Kind::Image(Format::Webp));
        check(b"RIFF\x10\0\0\0WAVEfmt ", Kind::Unknown);
        check(b"GIF89a", Kind::Video);
        check(b"\0\0\0\x20ftypavif", Kind::Foreign("AVIF"));
        check(b"\0\0\0\x20ftypisom", Kind::Video);
        check(b"  <!DOCTYPE html><html>", Kind::Text(Text::Html));
        check(b"<?xml version=\"1.0\"?><Error><Code>AccessDenied", Kind::Text(Text::Xml));
        check(b"{\"error\": \"gone\"}", Kind::Text(Text::Json));
        check(b"iVBORw0KGgoAAAA", Kind::Text(Text::Base64));
        check(b"BMW is a car", Kind::Unknown);
        check(b"\x89", Kind::Unknown);
        check(b"", Kind::Unknown);
    }

    #[test]
    fn only_a_known_declaration_stands_for_a_format() {
        for (text, expected) in [
            ("image/png", Some(Format::Png)),
            ("IMAGE/JPEG; q=0.9", Some(Format::Jpeg)),
            ("jpg", Some(Format::Jpeg)),
            ("webp", Some(Format::Webp)),
            ("application/octet-stream", None),
            ("", None),
        ] {
            assert_eq!(Format::declared(text), expected, "{text}");
        }
    }
}
