//! The workflow that ComfyUI embeds in the images that it saves.

use comfycheck_sdk::{Input, Node, Workflow};
use serde_json::Value;

/// Larger texts are not read, in bytes.
const MOST_BYTES: usize = 4 << 20;

/// An input whose value differs between two workflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The id of the node.
    pub node: String,
    /// None if the class of the node differs.
    pub input: Option<String>,
}

/// The workflow in an image's metadata. None if it has none: workers and converters remove it.
#[must_use]
pub fn embedded(bytes: &[u8]) -> Option<Workflow> {
    let text = match bytes {
        [0x89, b'P', b'N', b'G', ..] => png_text(bytes)?,
        [b'R', b'I', b'F', b'F', ..] => webp_text(bytes)?,
        _ => return None,
    };
    Workflow::parse(text).ok().filter(|workflow| workflow.nodes().any(|node| node.class.is_some()))
}

/// The text `prompt` of a PNG.
fn png_text(bytes: &[u8]) -> Option<&str> {
    let mut rest = bytes.get(8..)?;
    loop {
        let &[a, b, c, d, kind @ ..] = rest.first_chunk::<8>()?;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let body = rest.get(8..8_usize.checked_add(length)?)?;
        let text = match &kind {
            b"tEXt" => body.strip_prefix(b"prompt\0"),
            // Not compressed, without a language.
            b"iTXt" => body.strip_prefix(b"prompt\0\0\0\0\0"),
            b"IEND" => return None,
            _ => None,
        };
        if let Some(text) = text {
            return std::str::from_utf8(text).ok().filter(|text| text.len() <= MOST_BYTES);
        }
        rest = rest.get(length + 12..)?;
    }
}

/// ComfyUI writes `prompt:` and the workflow into a field of a WebP's EXIF, which ends with a zero.
fn webp_text(bytes: &[u8]) -> Option<&str> {
    const MARK: &[u8] = b"prompt:";
    let mut rest = bytes.get(12..)?;
    loop {
        let &[k0, k1, k2, k3, a, b, c, d] = rest.first_chunk::<8>()?;
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        let body = rest.get(8..8_usize.checked_add(length)?)?;
        if [k0, k1, k2, k3] == *b"EXIF" {
            let body = &body[..body.len().min(MOST_BYTES)];
            let start = body.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
            let end = body[start..].iter().position(|byte| *byte == 0).map_or(body.len(), |end| start + end);
            return std::str::from_utf8(&body[start..end]).ok();
        }
        rest = rest.get(8 + length + (length & 1)..)?;
    }
}

/// The first difference of each node, in the order of the workflow that was sent.
///
/// Names of files do not count: workers choose names of their own for what they save, and for the images that they are sent.
#[must_use]
pub fn differences(sent: &Workflow, embedded: &Workflow) -> Vec<Difference> {
    let of = |node: &Node| {
        let other = embedded.node(&node.id)?;
        let difference = |input: Option<&str>| Difference { node: node.id.clone(), input: input.map(str::to_owned) };
        if node.class != other.class {
            return Some(difference(None));
        }
        let names_files = |input: &str| {
            input == "filename_prefix" || node.class.as_deref().is_some_and(|class| class.starts_with("Load"))
        };
        let changed = node.inputs.iter().find(|(name, value)| {
            let found = other.inputs.get(*name);
            !names_files(name) && found.is_some_and(|found| !equal(value, found, node, other, name))
        });
        changed.map(|(name, _)| difference(Some(name)))
    };
    sent.nodes().filter_map(of).collect()
}

/// Whether two values are the same; 1 and 1.0 are.
fn equal(sent: &Value, found: &Value, node: &Node, other: &Node, name: &str) -> bool {
    if let (Some(Input::Link { .. }), Some(Input::Link { .. })) = (node.input(name), other.input(name)) {
        return node.input(name) == other.input(name);
    }
    match (sent, found) {
        (Value::Number(sent), Value::Number(found)) => sent == found || sent.as_f64() == found.as_f64(),
        _ => sent == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = r#"{"3": {"class_type": "KSampler", "inputs": {"seed": 5, "cfg": 7, "model": ["4", 0]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "a"}}}"#;

    fn png(keyword: &str, text: &str) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, body) in [(b"IHDR", vec![0; 13]), (b"tEXt", [keyword.as_bytes(), b"\0", text.as_bytes()].concat())] {
            bytes.extend(u32::try_from(body.len()).expect("small").to_be_bytes());
            bytes.extend(kind);
            bytes.extend(body);
            bytes.extend([0; 4]);
        }
        bytes
    }

    fn webp(text: &str) -> Vec<u8> {
        let body = [b"MM\0*....prompt:", text.as_bytes(), b"\0"].concat();
        let length = u32::try_from(body.len()).expect("small").to_le_bytes();
        [b"RIFF....WEBPVP8X\x02\0\0\0..EXIF", &length[..], &body].concat()
    }

    fn changed(text: &str) -> Vec<(String, Option<String>)> {
        let sent = Workflow::parse(SENT).expect("a workflow");
        let found = embedded(&png("prompt", text)).expect("metadata");
        differences(&sent, &found).into_iter().map(|change| (change.node, change.input)).collect()
    }

    #[test]
    fn the_workflow_of_an_image_is_found() {
        let sent = Workflow::parse(SENT).ok();
        assert_eq!(embedded(&png("prompt", SENT)), sent);
        assert_eq!(embedded(&webp(SENT)), sent);
        assert_eq!(embedded(&png("workflow", SENT)), None);
        assert_eq!(embedded(&png("prompt", "a cat")), None);
        for cut in [0, 3, 12, 40, 60] {
            assert_eq!(embedded(&png("prompt", SENT)[..cut]), None, "{cut}");
        }
        assert_eq!(embedded(&webp(SENT)[..50]), None);
    }

    #[test]
    fn other_values_are_found_and_names_of_files_are_not() {
        assert_eq!(changed(SENT), []);
        assert_eq!(changed(&SENT.replace("\"a\"", "\"b\"").replace('7', "7.0")), []);
        assert_eq!(changed(&SENT.replace('5', "6")), [("3".to_owned(), Some("seed".to_owned()))]);
        assert_eq!(changed(&SENT.replace("[\"4\", 0]", "[\"4\", 1]")), [("3".to_owned(), Some("model".to_owned()))]);
        assert_eq!(changed(&SENT.replace("KSampler", "Other")), [("3".to_owned(), None)]);
    }
}
