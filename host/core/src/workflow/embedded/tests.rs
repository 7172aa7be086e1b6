//! Files of each format, built here, whole and cut.

use super::*;

const PROMPT: &str = r#"{"3": {"class_type": "Ä"}}"#;

fn png(texts: &[(&str, &str)], packed: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, 1, 1);
    for (keyword, text) in texts {
        let (keyword, text) = ((*keyword).to_owned(), (*text).to_owned());
        if packed { encoder.add_ztxt_chunk(keyword, text) } else { encoder.add_text_chunk(keyword, text) }.unwrap();
    }
    encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
    bytes
}

fn exif(little: bool, texts: &[(u16, &str)]) -> Vec<u8> {
    let two = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let four = |value: usize| {
        let value = u32::try_from(value).unwrap();
        if little { value.to_le_bytes() } else { value.to_be_bytes() }
    };
    let mut bytes = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    bytes.extend(four(8));
    bytes.extend(two(u16::try_from(texts.len()).unwrap()));
    let mut data = Vec::new();
    for (tag, text) in texts {
        let at = 8 + 2 + texts.len() * 12 + 4 + data.len();
        data.extend_from_slice(text.as_bytes());
        data.push(0);
        bytes.extend([two(*tag), two(2)].concat());
        bytes.extend([four(text.len() + 1), four(at)].concat());
    }
    bytes.extend(four(0));
    bytes.extend(data);
    bytes
}

fn webp(exif: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        let padding = vec![0; data.len() % 2];
        [kind, &length[..], data, &padding[..]].concat()
    };
    let chunks = [chunk(b"VP8X", &[0; 10]), chunk(b"VP8 ", &[0; 7]), chunk(b"EXIF", exif)].concat();
    [b"RIFF".as_slice(), &[0; 4], b"WEBP", &chunks[..]].concat()
}

fn jpeg(exif: &[u8]) -> Vec<u8> {
    let length = u16::try_from(exif.len() + 8).unwrap().to_be_bytes();
    let segment = [b"\xff\xe1".as_slice(), &length, b"Exif\0\0", exif].concat();
    [b"\xff\xd8\xff\xe0\0\x04ab".as_slice(), &segment[..], b"\xff\xda\0\x02"].concat()
}

fn flac(comments: &[&str]) -> Vec<u8> {
    let four = |value: usize| u32::try_from(value).unwrap().to_le_bytes().to_vec();
    let mut block = [four(3), b"abc".to_vec(), four(comments.len())].concat();
    for comment in comments {
        block.extend([four(comment.len()), comment.as_bytes().to_vec()].concat());
    }
    let length = u32::try_from(block.len()).unwrap().to_be_bytes();
    [b"fLaC\0\0\0\x02xx\x84".as_slice(), &length[1..], &block[..]].concat()
}

fn mp4_box(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    [&length[..], kind, content].concat()
}

/// With `use_metadata_tags`: named keys, and values by their number.
fn mp4(tags: &[(&str, &str)], quicktime: bool) -> Vec<u8> {
    let names = tags.iter().flat_map(|(name, _)| mp4_box(b"mdta", name.as_bytes())).collect::<Vec<_>>();
    let count = u32::try_from(tags.len()).unwrap().to_be_bytes();
    let keys = mp4_box(b"keys", &[&[0; 4], &count[..], &names[..]].concat());
    let items = tags.iter().zip(1_u32..).flat_map(|((_, text), number)| {
        mp4_box(&number.to_be_bytes(), &mp4_box(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0], text.as_bytes()].concat()))
    });
    let list = mp4_box(b"ilst", &items.collect::<Vec<_>>());
    let version: &[u8] = if quicktime { &[] } else { &[0; 4] };
    let meta = mp4_box(b"meta", &[version, &mp4_box(b"hdlr", &[0; 24]), &keys, &list].concat());
    let inner = if quicktime { meta } else { mp4_box(b"udta", &meta) };
    let moov = mp4_box(b"moov", &[mp4_box(b"mvhd", &[0; 100]), inner].concat());
    [mp4_box(b"ftyp", b"isom\0\0\0\0isom"), mp4_box(b"mdat", &[7; 50]), moov].concat()
}

fn comment(text: &str) -> Vec<u8> {
    let data = mp4_box(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0], text.as_bytes()].concat());
    let list = mp4_box(b"ilst", &mp4_box(b"\xa9cmt", &data));
    let meta = mp4_box(b"meta", &[&[0; 4], &mp4_box(b"hdlr", &[0; 24])[..], &list].concat());
    [mp4_box(b"ftyp", b"isom"), mp4_box(b"moov", &mp4_box(b"udta", &meta))].concat()
}

/// A file of each format that holds both workflows.
fn files() -> Vec<(Container, Vec<u8>)> {
    let both = [("workflow", r#"{"nodes": []}"#), ("prompt", PROMPT)];
    let (workflow, prompt) = (r#"workflow:{"nodes": []}"#, format!("prompt:{PROMPT}"));
    let tags = [(0x010f, workflow), (0x0110, prompt.as_str())];
    let text = serde_json::json!({"prompt": PROMPT, "workflow": {"nodes": []}}).to_string();
    vec![
        (Container::Png, png(&both.map(|(name, text)| (name, if name == "prompt" { "{}" } else { text })), false)),
        (Container::WebP, webp(&exif(false, &tags))),
        (Container::WebP, webp(&[b"Exif\0\0".as_slice(), &exif(true, &tags)].concat())),
        (Container::Jpeg, jpeg(&exif(true, &tags))),
        (Container::Jpeg, jpeg(&exif(false, &tags))),
        (Container::Flac, flac(&[r#"workflow={"nodes": []}"#, &format!("PROMPT={PROMPT}")])),
        (Container::Mp4, mp4(&both, false)),
        (Container::Mp4, mp4(&both, true)),
        (Container::Mp4, comment(&text)),
    ]
}

#[test]
fn the_workflow_that_ran_precedes_the_editors() {
    for (container, bytes) in files() {
        assert_eq!(Container::of(&bytes), Some(container));
        let expected = if container == Container::Png { "{}" } else { PROMPT };
        assert_eq!(container.workflow(&bytes).unwrap(), expected, "{container}");
    }
    for packed in [false, true] {
        let both = png(&[("workflow", r#"{"nodes": []}"#), ("prompt", r#"{"3": {}}"#)], packed);
        assert_eq!(Container::Png.workflow(&both).unwrap(), r#"{"3": {}}"#);
        assert_eq!(Container::Png.workflow(&png(&[("workflow", "{}")], packed)).unwrap(), "{}");
    }
}

#[test]
fn a_cut_file_is_broken_or_still_has_its_workflow() {
    for (container, bytes) in files() {
        let whole = container.workflow(&bytes).unwrap();
        for length in 12..bytes.len() {
            match container.workflow(&bytes[..length]) {
                Ok(text) => assert_eq!(text, whole, "{container} cut at {length}"),
                // A cut between two parts looks like a file without metadata.
                Err(EmbeddedError::Broken(_) | EmbeddedError::NoWorkflow(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[test]
fn lengths_that_lie_do_no_harm() {
    for (container, bytes) in files() {
        for at in 8..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                changed[(at + 1).min(bytes.len() - 1)] = value;
                if let Ok(text) = container.workflow(&changed) {
                    assert!(text.len() <= bytes.len(), "{container} changed at {at}");
                }
            }
        }
    }
}

#[test]
fn a_file_without_a_workflow_is_refused() {
    let without = [
        png(&[("Software", "x")], false),
        webp(&exif(false, &[(0x010f, "a camera")])),
        jpeg(&exif(false, &[])),
        flac(&["title=x"]),
        mp4(&[("title", "x")], false),
    ];
    let mut wording = Vec::new();
    for bytes in without {
        let container = Container::of(&bytes).unwrap();
        let error = container.workflow(&bytes).unwrap_err();
        assert!(matches!(error, EmbeddedError::NoWorkflow(_)), "{error}");
        wording.push(error.to_string());
    }
    let broken = Container::Png.workflow(&png(&[("prompt", "{}")], false)[..40]).unwrap_err();
    assert!(matches!(broken, EmbeddedError::Broken(_)));
    wording.extend([broken.to_string(), EmbeddedError::TooLarge(Container::Mp4).to_string()]);
    insta::assert_snapshot!(wording.join("\n"));
}

#[test]
fn other_files_are_not_media() {
    for text in ["", "{", "{\"3\": {}}", "\u{feff}{}", "RIFF....WAVE"] {
        assert_eq!(Container::of(text.as_bytes()), None, "{text}");
    }
}
