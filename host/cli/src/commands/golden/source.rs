//! Where the images and the golden images are.

use crate::args::{
    Choices, Destination, Format, Formats, GoldenSource, NotificationArguments, Progress, RunArguments, Selection,
};
use crate::checks::Checks;
use crate::commands::run;
use crate::failure::Failure;
use crate::files;
use crate::outputs::Outputs;
use crate::platform::create_folder_of_user;
use crate::prepare::suite_of;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::golden::{Candidate, INDEX, INDEX_BYTES, Index, UnidentifiedImage, candidates, unidentified};
use comfycheck_core::report::Report;
use comfycheck_core::sample::FileFacts;
use comfycheck_core::suite::CheckSource;
use comfycheck_runtime::file;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The size limit of a golden image.
const IMAGE_BYTES: u64 = 64 << 20;

/// A run with its images, and a folder of golden images.
pub(super) struct Source {
    pub(super) report: Report,
    pub(super) candidates: Vec<Candidate>,
    /// The other images.
    pub(super) unidentified: Vec<UnidentifiedImage>,
    /// The folder of golden images, which need not exist.
    pub(super) folder: PathBuf,
    outputs: Outputs,
    /// Removed at the end.
    _scratch: Option<TempDir>,
}

impl Source {
    pub(super) fn read(arguments: &GoldenSource, checks: &Checks, terminal: Terminal) -> Result<Self, Failure> {
        let folder = folder(arguments.suite.as_deref())?;
        let (report, outputs, scratch) = if let (Some(from), Some(images)) = (&arguments.from, &arguments.images) {
            (files::report(from)?, Outputs::read(images)?, None)
        } else {
            let (scratch, place) = scratch().map_err(|error| Failure::machine("cannot save images", &error))?;
            let (report, images) = rehearse(arguments, &place, checks, terminal)?;
            (files::report(&report)?, Outputs::read(&images)?, Some(scratch))
        };
        let candidates = candidates(&report);
        let unidentified = unidentified(&report, &candidates);
        if report.summary.succeeded == 0 {
            let help = "run `comfycheck run` with the same suite and options: its report shows why";
            return Err(Diagnostic::new("no sample succeeded, so there is no image").help(help).into());
        }
        if candidates.is_empty() && unidentified.iter().all(|image| image.error.is_none()) {
            let diagnostic = Diagnostic::new("the report identifies no images");
            let help =
                "run the suite again: it had no `golden` in the settings of the check `image`, or returned no image";
            return Err(diagnostic.help(help).into());
        }
        Ok(Self { report, candidates, unidentified, folder, outputs, _scratch: scratch })
    }

    /// The bytes of an image; none if the file is missing or was changed.
    pub(super) fn image(&self, candidate: &Candidate) -> Option<Vec<u8>> {
        self.outputs.bytes(&FileFacts { sha256: candidate.sha256.clone(), ..FileFacts::default() })
    }

    /// The name that an image has in the folder of the run.
    pub(super) fn name(&self, candidate: &Candidate) -> Option<&str> {
        self.outputs.name(&candidate.sha256)
    }

    /// The index of the golden images; none if there is none yet.
    pub(super) fn index(&self) -> Result<Option<Index>, Failure> {
        let path = self.folder.join(INDEX);
        let bytes = match file::read(&path, INDEX_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.is_missing() => return Ok(None),
            Err(error) => return Err(Failure::machine(format!("cannot read `{}`", path.display()), &error)),
        };
        let index = Index::parse(&String::from_utf8_lossy(&bytes)).map_err(|reason| {
            Diagnostic::new(inert(&format!("`{}` {reason}", path.display())))
                .help("restore the file, or accept all images again with `--replace`")
        })?;
        Ok(Some(index))
    }

    /// The bytes of a golden image.
    pub(super) fn golden(&self, name: &str) -> Option<Vec<u8>> {
        file::read(&self.folder.join(name), IMAGE_BYTES).ok()
    }
}

/// The folder that the check `image` of a suite names.
fn folder(suite: Option<&Path>) -> Result<PathBuf, Failure> {
    let parsed = suite_of(suite)?;
    let named = parsed.suite.checks.iter().find_map(|check| match &check.source {
        CheckSource::Bundled(name) if name == "image" => check.settings.get("golden")?.as_str(),
        _ => None,
    });
    let folder = named.map(|named| parsed.folder.join(named)).ok_or_else(|| {
        let diagnostic = Diagnostic::new("the suite names no folder of golden images");
        diagnostic.help("add `[checks.image.settings]` with `golden = \"golden/\"` to the suite")
    })?;
    // A link in the folder of the suite may lead anywhere. A folder that is missing is made later.
    let is_inside = files::below(&parsed.folder, &folder).map(|inside| inside.is_some());
    if !is_inside.unwrap_or_else(|_| folder.symlink_metadata().is_err()) {
        let what = format!("`{}` is outside the suite's folder", folder.display());
        return Err(Diagnostic::new(what).help("replace the link by a folder").into());
    }
    Ok(folder)
}

/// Runs the suite on a recording or a simulation, and returns its report and its images.
fn rehearse(
    arguments: &GoldenSource,
    scratch: &Path,
    checks: &Checks,
    terminal: Terminal,
) -> Result<(PathBuf, PathBuf), Failure> {
    let (report, images) = (scratch.join("report.json"), scratch.join("images"));
    let GoldenSource { suite, replay, simulate, .. } = arguments;
    let choices = Choices { replay: replay.clone(), simulate: simulate.clone(), ..Choices::default() };
    let run = RunArguments {
        selection: Selection { suite: suite.clone(), choices, ..Selection::default() },
        formats: Formats {
            formats: vec![Destination { format: Format::Json, path: Some(report.clone()) }],
            ..Formats::default()
        },
        save_images: Some(images.clone()),
        notifications: NotificationArguments { no_notify: true, ..NotificationArguments::default() },
        progress: Progress::None,
        ..RunArguments::default()
    };
    run::run(&run, checks, terminal.quiet())?;
    Ok((report, images))
}

/// A new folder, and a folder in it that only this user can read.
fn scratch() -> std::io::Result<(TempDir, PathBuf)> {
    let scratch = tempfile::tempdir()?;
    let place = scratch.path().join("run");
    create_folder_of_user(&place)?;
    Ok((scratch, place))
}
