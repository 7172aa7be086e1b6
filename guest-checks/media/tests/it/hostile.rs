//! Files that are cut off, or made to do harm: one clear fault each, in bounded memory and time.

use crate::{FILES, file, read};
use comfycheck_check_media::facts::Media;
use comfycheck_check_media::fault::Fault;
use comfycheck_check_media::format::Format;
use comfycheck_check_media::inspect::inspect;
use comfycheck_check_media::source::Source;
use std::cell::Cell;
use std::fmt::Write;

#[test]
fn a_file_that_is_cut_anywhere_is_never_whole() {
    // Lines of an OBJ are not counted anywhere.
    for (name, bytes) in FILES.iter().filter(|(name, _)| *name != "sphere.obj") {
        // What a text may lack without a trace: the end of its last line, a digit of a number, a name.
        let last = match *name {
            "text.ply" => 4,
            "text.stl" => 9,
            _ => 1,
        };
        let ends = (1..10).map(|tenth| bytes.len() * tenth / 10).chain([bytes.len() - last]);
        for end in ends {
            let fault = read(name, &bytes[..end]).expect_err(&format!("{name}, {end} of {}", bytes.len()));
            assert!(matches!(fault, Fault::Cut(_)), "{name}, {end} of {}: {fault:?}", bytes.len());
        }
    }
}

#[test]
fn a_file_with_any_byte_changed_is_read_to_an_end() {
    for (name, bytes) in FILES.iter().filter(|(_, bytes)| bytes.len() < 25_000) {
        let step = bytes.len() / 40 + 1;
        for at in (0..bytes.len()).step_by(step).chain(0..bytes.len().min(48)) {
            for value in [0, 0xff, bytes[at] ^ 1] {
                let mut changed = bytes.to_vec();
                changed[at] = value;
                let _ = read(name, &changed);
            }
        }
    }
    assert!(read("sphere.obj", &file("sphere.obj")).is_ok());
}

/// A box of an MP4.
fn mp4_box(name: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).expect("a size");
    [&size.to_be_bytes(), name, body].concat()
}

/// An MP4 with a video track of these tables, and 1 KiB of media data.
fn mp4(tables: &[Vec<u8>]) -> Vec<u8> {
    let handler = mp4_box(b"hdlr", b"\0\0\0\0\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0\0");
    let media = mp4_box(b"minf", &mp4_box(b"stbl", &tables.concat()));
    let track = mp4_box(b"trak", &mp4_box(b"mdia", &[handler, media].concat()));
    [mp4_box(b"ftyp", b"isom\0\0\0\0"), mp4_box(b"moov", &track), mp4_box(b"mdat", &[7; 1024])].concat()
}

/// A table whose numbers follow its version and flags.
fn table(name: &[u8], numbers: &[u32]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
    mp4_box(name, &[[0; 4].as_slice(), &numbers].concat())
}

/// An element of a Matroska file, its size in 8 bytes.
fn element(id: &[u8], claimed: u64, body: &[u8]) -> Vec<u8> {
    [id, &(claimed | 1 << 56).to_be_bytes(), body].concat()
}

fn nested(count: usize, open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(count), close.repeat(count))
}

/// A GLB with this JSON.
fn glb(json: &str) -> Vec<u8> {
    let length = |size: usize| u32::try_from(size).expect("a size").to_le_bytes();
    let head = [b"glTF\x02\0\0\0".as_slice(), &length(20 + json.len()), &length(json.len()), b"JSON"].concat();
    [head, json.into()].concat()
}

/// A file of `size` bytes of which only the first are not zero, and what was read of it.
struct Sparse {
    start: Vec<u8>,
    size: u64,
    read: Cell<u64>,
}

impl Source for Sparse {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, offset: u64, length: u32) -> Vec<u8> {
        let length = u64::from(length).min(self.size.saturating_sub(offset));
        self.read.set(self.read.get() + length);
        let byte = |at: u64| usize::try_from(at).ok().and_then(|at| self.start.get(at)).copied().unwrap_or_default();
        (offset..offset + length).map(byte).collect()
    }
}

#[test]
fn false_claims_are_one_clear_fault_each() {
    let million = 10_000_000;
    let mut deep = mp4_box(b"moov", b"");
    for _ in 0..10_000 {
        deep = mp4_box(b"moov", &deep);
    }
    let mut sum = file("tone.ogg");
    sum[40] ^= 1;
    let segment = |body: &[u8]| {
        [element(b"\x1a\x45\xdf\xa3", 0, b""), element(b"\x18\x53\x80\x67", body.len() as u64, body)].concat()
    };
    let ply = |lines: &str| format!("ply\nformat binary_little_endian 1.0\n{lines}\nend_header\n").into_bytes();
    let cases: Vec<(&str, &str, Vec<u8>)> = vec![
        ("10 million frames without room for their sizes", "x.mp4", mp4(&[table(b"stsz", &[0, million, 1, 2])])),
        ("10 million frames of one size", "x.mp4", mp4(&[table(b"stsz", &[9, million])])),
        ("times for 10 million frames", "x.mp4", mp4(&[table(b"stsz", &[0, 1, 9]), table(b"stts", &[1, million, 1])])),
        ("10 million entries of times", "x.mp4", mp4(&[table(b"stts", &[million])])),
        ("a chunk beyond the end", "x.mp4", mp4(&[table(b"stco", &[1, u32::MAX])])),
        ("a box larger than its parent", "x.mp4", mp4(&[b"\xff\xff\xff\xffstsz".to_vec()])),
        ("a box smaller than its header", "x.mp4", [mp4_box(b"ftyp", b"isom"), b"\0\0\0\x04moov".to_vec()].concat()),
        (
            "a box of 8 EiB",
            "x.mp4",
            [mp4_box(b"ftyp", b"isom"), b"\0\0\0\x01mdat\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec()].concat(),
        ),
        ("boxes within boxes", "x.mp4", [mp4_box(b"ftyp", b"isom"), deep].concat()),
        ("no tracks", "x.mp4", [mp4_box(b"ftyp", b"isom"), mp4_box(b"moov", b"")].concat()),
        ("an element of 64 PiB", "x.mkv", segment(&element(b"\x1f\x43\xb6\x75", (1 << 56) - 2, b""))),
        ("an element without an id", "x.mkv", segment(&[0; 64])),
        ("a block without a track", "x.mkv", segment(&element(b"\x1f\x43\xb6\x75", 10, &element(b"\xa3", 1, b"\x81")))),
        ("a size outside of its parent", "x.mkv", {
            // A width of a track, without a size of its own.
            let video = element(b"\xe0", 1, b"\xb0\xff");
            let entry = element(b"\xae", video.len() as u64 - 1, &video);
            segment(&element(b"\x16\x54\xae\x6b", entry.len() as u64, &entry))
        }),
        ("no segment", "x.mkv", element(b"\x1a\x45\xdf\xa3", 0, b"")),
        ("a GIF without frames", "x.gif", b"GIF89a\xff\xff\xff\xff\0\0\0;".to_vec()),
        ("10 million frames of an animation", "x.png", {
            let mut bytes = file("animated.png");
            let at = bytes.windows(4).position(|name| name == b"acTL").expect("a chunk") + 4;
            bytes[at..at + 4].copy_from_slice(&million.to_be_bytes());
            bytes
        }),
        ("a chunk of 4 GiB", "x.png", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR".to_vec()),
        ("a chunk of 4 GiB", "x.webp", b"RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff".to_vec()),
        ("a chunk beyond the file", "x.webp", b"RIFF\x1a\0\0\0WEBPVP8X\xff\0\0\0\x02\0\0\0\0\0\0\0\0\0".to_vec()),
        ("samples of 4 GiB", "x.wav", [&file("tone.wav")[..40], &[0xfe, 0xff, 0xff, 0xff], &[0; 64]].concat()),
        ("samples of no bytes", "x.wav", {
            let mut bytes = file("tone.wav");
            bytes[32..34].fill(0);
            bytes
        }),
        ("34,817 channels in 2 bytes", "x.wav", {
            let mut bytes = file("tone.wav");
            bytes[23] = 0x88;
            bytes
        }),
        ("2^36 samples", "x.flac", {
            let mut bytes = file("tone.flac");
            bytes[21] |= 0x0f;
            bytes[22..26].fill(0xff);
            bytes
        }),
        ("a tag of 256 MiB", "x.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec()),
        ("a tag without audio", "x.mp3", b"ID3\x04\0\0\0\0\0\0".to_vec()),
        ("a wrong checksum", "x.ogg", sum),
        ("JSON that is nested", "x.glb", glb(&nested(100_000, "[", "", "]"))),
        ("no mesh", "x.glb", glb(r#"{"asset": {"version": "2.0"}}"#)),
        ("a buffer that is not there", "x.glb", glb(r#"{"buffers": [{"byteLength": 4000000000}], "meshes": [{}]}"#)),
        ("a mesh without vertices", "x.glb", glb(r#"{"meshes": [{"primitives": [{"attributes": {}}]}]}"#)),
        ("a vertex that is not there", "x.obj", b"v 0 0 0\nf 1 2 4000000000\n".to_vec()),
        ("a line of 1 MiB", "x.obj", [b"v 0 0 0\n".as_slice(), &[b'1'; 1 << 20]].concat()),
        ("2^63 vertices", "x.ply", ply("element vertex 9223372036854775808\nproperty float x")),
        (
            "a list of 2^32 items",
            "x.ply",
            [ply("element vertex 1\nproperty list uint double x"), vec![0xff; 4]].concat(),
        ),
        ("an unknown type", "x.ply", ply("element vertex 1\nproperty string x")),
        ("4 billion triangles", "x.stl", [[0; 80].as_slice(), &[0xff; 4], &[0; 50]].concat()),
        ("not UTF-8", "x.txt", [vec![b'a'; 600], vec![0xff]].concat()),
    ];
    let mut faults = String::new();
    for (name, file, bytes) in cases {
        let fault = read(file, &bytes).expect_err(name);
        writeln!(faults, "{name} ({file}): {fault:?}").expect("a text");
    }
    insta::assert_snapshot!(faults);
}

#[test]
fn a_large_file_is_not_read_but_for_its_structure() {
    let start = [mp4_box(b"ftyp", b"isom\0\0\0\0"), b"\0\0\0\x01mdat\0\0\x01\0\0\0\0\0".to_vec()].concat();
    let cluster = element(b"\x1f\x43\xb6\x75", 1 << 40, &element(b"\xa3", (1 << 40) - 9, b"\x81\0\0\0"));
    let size = cluster.len() as u64 + (1 << 40);
    let webm = [element(b"\x1a\x45\xdf\xa3", 0, b""), element(b"\x18\x53\x80\x67", size, &cluster)].concat();
    let mut model = vec![0; 80];
    model.extend(1_000_000_000_u32.to_le_bytes());
    for (name, start, size) in [
        ("x.mp4", start, (1 << 40) + 1024),
        ("x.mkv", webm, 1 << 41),
        ("x.stl", model, 84 + 50_000_000_000),
        ("x.wav", [&file("tone.wav")[..40], &[0xff; 4]].concat(), 1 << 40),
    ] {
        let file = Sparse { start, size, read: Cell::new(0) };
        let _ = inspect(&file, Format::declared(name.rsplit('.').next().expect("an ending")), 16 << 20);
        assert!(file.read.get() <= 1 << 20, "{name}: {} bytes were read", file.read.get());
    }
}

#[test]
fn a_small_file_that_decodes_to_much_takes_no_time() {
    // Frames of 65,535 × 65,535 pixels, whose data is one code.
    let frame = b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x4c\x01\0";
    let bomb = [b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff".as_slice(), &frame.repeat(1000), b";"].concat();
    let Ok(Media::Video(video)) = read("x.gif", &bomb) else { panic!("{:?}", read("x.gif", &bomb)) };
    assert_eq!((video.width, video.frames), (65_535, 1000));
}
