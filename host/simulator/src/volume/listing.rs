//! Listings of a volume: `ListObjectsV2`.

use crate::chance::digest;
use crate::exchange::{Response, decoded};
use crate::scenario::{Volume, VolumeFile};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt::Write;

/// An entry of a listing: a file, or the common prefix of several.
enum Entry<'a> {
    File(&'a VolumeFile),
    Folder,
}

/// The listing of a query.
pub(super) fn list(volume: &Volume, date: &str, query: &str) -> Response {
    let parameters: BTreeMap<String, String> = query
        .split('&')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(&value.replace('+', " "))))
        .collect();
    let parameter = |name: &str| parameters.get(name).map_or("", String::as_str);
    let (prefix, delimiter) = (parameter("prefix"), parameter("delimiter"));
    let most = parameter("max-keys").parse().unwrap_or(1000_usize).clamp(1, 1000);
    let mut entries: BTreeMap<&str, Entry<'_>> = BTreeMap::new();
    for (key, file) in volume.files.iter().filter(|(key, _)| key.starts_with(prefix)) {
        let rest = &key[prefix.len()..];
        match rest.find(delimiter).filter(|_| !delimiter.is_empty()) {
            Some(at) => entries.insert(&key[..prefix.len() + at + delimiter.len()], Entry::Folder),
            None => entries.insert(key, Entry::File(file)),
        };
    }
    // A token is the last name of the page before.
    let token = parameter("continuation-token");
    let after = if token.is_empty() { parameter("start-after") } else { token };
    let repeats = volume.repeats_token && !token.is_empty();
    let left: Vec<_> = entries.iter().filter(|(name, _)| repeats || after.is_empty() || **name > after).collect();
    let page = &left[..left.len().min(most)];
    let is_truncated = left.len() > most;
    let next = page.last().filter(|_| is_truncated).map(|(name, _)| if repeats { token } else { name });
    let mut body = String::new();
    // Writing to a string does not fail.
    let _ = write_page(&mut body, volume, date, prefix, page, next);
    Response::typed(200, "application/xml", body)
}

fn write_page(
    body: &mut String,
    volume: &Volume,
    date: &str,
    prefix: &str,
    page: &[(&&str, &Entry<'_>)],
    next: Option<&str>,
) -> std::fmt::Result {
    write!(
        body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>{}</Name><Prefix>{}</Prefix><KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>",
        escaped(&volume.id),
        escaped(prefix),
        page.len(),
        next.is_some(),
    )?;
    if let Some(next) = next {
        write!(body, "<NextContinuationToken>{}</NextContinuationToken>", escaped(next))?;
    }
    for (name, entry) in page {
        match entry {
            Entry::File(file) => write!(
                body,
                "<Contents><Key>{}</Key><LastModified>{date}T00:00:00.000Z</LastModified><ETag>{}</ETag><Size>{}</Size>\
                 <StorageClass>STANDARD</StorageClass></Contents>",
                escaped(name),
                escaped(&etag(name, file)),
                file.bytes,
            )?,
            Entry::Folder => {
                write!(body, "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", escaped(name))?;
            }
        }
    }
    body.push_str("</ListBucketResult>");
    Ok(())
}

/// The tag of a file: it differs with name and size, and is not a digest of the content.
pub(super) fn etag(key: &str, file: &VolumeFile) -> String {
    let tag = digest(&[key.as_bytes(), &file.bytes.to_le_bytes()]);
    format!("\"{tag:016x}{:016x}\"", digest(&[&tag.to_le_bytes()]))
}

/// Midnight of a date in HTTP's format.
pub(super) fn http_date(date: &str) -> String {
    let date: Date = date.parse().unwrap_or_default();
    date.strftime("%a, %d %b %Y 00:00:00 GMT").to_string()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
