//! The media check on a sample with one file, compared with `ffprobe` on the same file.

use crate::figure::{Figure, Unit};
use crate::measure::{in_rounds, seconds};
use crate::stage::Stage;
use anyhow::ensure;
use bytes::Bytes;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const ROUNDS: usize = 15;

/// Files of the check's own tests, with their names.
const FILES: [(&str, &[u8]); 6] = [
    ("h264.mp4", include_bytes!("../../guest-checks/media/tests/media/h264.mp4")),
    ("vp9.webm", include_bytes!("../../guest-checks/media/tests/media/vp9.webm")),
    ("animated.gif", include_bytes!("../../guest-checks/media/tests/media/animated.gif")),
    ("tone.flac", include_bytes!("../../guest-checks/media/tests/media/tone.flac")),
    ("tone.mp3", include_bytes!("../../guest-checks/media/tests/media/tone.mp3")),
    ("tone.ogg", include_bytes!("../../guest-checks/media/tests/media/tone.ogg")),
];

/// The check as shipped, in an instance of its own. Without `ffprobe` there is no baseline.
pub(crate) fn figures(stage: &Stage) -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let has_ffprobe = Command::new("ffprobe").arg("-version").stdout(Stdio::null()).status().is_ok();
    let figure = |(name, bytes): &(&str, &'static [u8])| {
        let task = stage.media_check(&Bytes::from_static(bytes))?;
        let mut check = || seconds(|| stage.complete(&task));
        let what = format!("`media` on `{name}`");
        if !has_ffprobe {
            let [measured] = in_rounds(ROUNDS, [&mut check])?;
            return Ok(Figure::new(what, Unit::Time, measured));
        }
        let path = folder.path().join(name);
        fs::write(&path, bytes)?;
        let [measured, ffprobe] = in_rounds(ROUNDS, [&mut check, &mut || seconds(|| probe(&path))])?;
        Ok(Figure::new(what, Unit::Time, measured).against("`ffprobe`", &ffprobe))
    };
    FILES.iter().map(figure).collect()
}

/// What `ffprobe` reads to count the frames of a file.
fn probe(path: &Path) -> anyhow::Result<()> {
    let entries = "stream=codec_name,width,height,nb_read_packets,duration";
    let output =
        Command::new("ffprobe").args(["-v", "error", "-count_packets", "-show_entries", entries]).arg(path).output()?;
    ensure!(output.status.success(), "`ffprobe` cannot read `{}`", path.display());
    Ok(())
}
