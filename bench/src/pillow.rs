//! Images decoded in the sandbox, and by Pillow with libjpeg-turbo, libwebp and zlib.

use crate::figure::{Figure, Unit};
use crate::measure::{in_rounds, seconds};
use crate::pictures::Picture;
use crate::stage::Stage;
use anyhow::{Context, ensure};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Repetitions besides the first.
const TIMES: u32 = 10;
const ROUNDS: usize = 9;

/// Decodes a file ten times after the first, and prints the seconds of one time.
const SCRIPT: &str = "\
import io, sys, time
from PIL import Image
data = open(sys.argv[1], 'rb').read()
Image.open(io.BytesIO(data)).load()
start = time.perf_counter()
for _ in range(10):
    Image.open(io.BytesIO(data)).load()
print((time.perf_counter() - start) / 10)
";

/// The decoder of the image check in an instance that has decoded before. Without Pillow there is no baseline.
pub(crate) fn figures(stage: &Stage, pictures: &[Picture]) -> anyhow::Result<Vec<Figure>> {
    // Another interpreter can have it, such as that of a virtual environment.
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let import = Command::new(&python).args(["-c", "import PIL"]).stderr(Stdio::null()).status();
    let has_pillow = import.is_ok_and(|status| status.success());
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("picture");
    let figure = |picture: &Picture| {
        fs::write(&path, &picture.bytes)?;
        let (once, more) =
            (stage.guest("decode", 1, &picture.bytes)?, stage.guest("decode", 1 + TIMES, &picture.bytes)?);
        let (mut once, mut more) = (|| seconds(|| stage.complete(&once)), || seconds(|| stage.complete(&more)));
        let mut pillow = || if has_pillow { decode(&python, &path) } else { Ok(0.0) };
        let [once, more, pillow] = in_rounds(ROUNDS, [&mut once, &mut more, &mut pillow])?;
        let guest = more.with(&once, |more, once| (more - once) / f64::from(TIMES));
        let figure = Figure::new(format!("{}, decoded", picture.name), Unit::Time, guest);
        Ok(if has_pillow { figure.against("Pillow", &pillow) } else { figure })
    };
    pictures.iter().map(figure).collect()
}

fn decode(python: &str, path: &Path) -> anyhow::Result<f64> {
    let output = Command::new(python).args(["-c", SCRIPT]).arg(path).output()?;
    ensure!(output.status.success(), "Pillow cannot decode `{}`", path.display());
    String::from_utf8(output.stdout)?.trim().parse().context("Pillow printed no time")
}
