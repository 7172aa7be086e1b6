//! The files that are sent with each job.

use super::file::InputsFile;
use super::problems::Problems;
use super::surroundings::{FileLocation, FileRequest, GivenInput, Needs, Overrides, ReadError, Surroundings};
use super::{Sampling, Submit};
use crate::diagnostic::{Diagnostic, Kind};
use crate::nearest::did_you_mean;
use crate::request::{InputFile, file_name};
use crate::workflow::{Variation, Workflow};
use std::collections::BTreeSet;
use std::path::{Component, Path};

/// The most bytes of a file. RunPod takes less; a local worker has no limit of its own.
const LARGEST: u64 = 4 * (Submit::Runsync.largest_request() as u64);

const INSIDE: &str = "move the file into the suite's folder, or name it on the command line: `--input NAME=PATH`";

/// Whether a file must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    /// The worker can have it.
    Optional,
}

/// The inputs of the command line, of the suite, and of the request that holds the workflow. Of equal names the first counts.
pub(super) fn inputs(
    file: &InputsFile,
    of_request: Vec<InputFile>,
    (workflow, sampling): (Option<&Workflow>, &Sampling),
    surroundings: &Surroundings<'_>,
    overrides: &Overrides,
    problems: &mut Problems<'_>,
) -> Vec<InputFile> {
    if surroundings.needs == Needs::NoJobs {
        return of_request;
    }
    let used = workflow.map(|workflow| workflow.loader_files(&sampling.variations));
    let check = |input: &InputFile| {
        let used = used.as_ref().filter(|used| !used.contains(&input.name))?;
        let what = format!("no loader node of the workflow names the input file `{}`", input.name);
        let files = used.iter().map(String::as_str).filter(|name| is_media_name(name));
        let help = did_you_mean(&input.name, files);
        let help = help.unwrap_or_else(|| "remove the input: the workflow loads no such file".to_owned());
        Some(Diagnostic::of(Kind::UnknownName, what).help(help))
    };
    let mut inputs: Vec<InputFile> = Vec::new();
    for GivenInput { name, path, bytes } in &overrides.inputs {
        match input(name, path, bytes.clone(), file.any_type) {
            Ok(input) => {
                if let Some(problem) = check(&input) {
                    problems.key(&[], problem);
                }
                inputs.push(input);
            }
            Err(problem) => problems.key(&[], problem),
        }
    }
    let is_new = |inputs: &[InputFile], name: &str| inputs.iter().all(|other| other.name != name);
    for (name, path) in file.files.iter().filter(|(name, _)| is_new(&inputs, name)).collect::<Vec<_>>() {
        match read(name, path, Presence::Required, file.any_type, surroundings) {
            Ok(Some(input)) => {
                if let Some(problem) = check(&input) {
                    problems.key(&["inputs", "files", name], problem);
                }
                inputs.push(input);
            }
            Ok(None) => {}
            Err(problem) => problems.value(&["inputs", "files", name], problem),
        }
    }
    inputs.extend(of_request.into_iter().filter(|input| is_new(&inputs, &input.name)).collect::<Vec<_>>());
    let outside = file.folder.as_ref().filter(|folder| !is_inside(folder));
    if let Some(folder) = outside {
        problems.value(&["inputs", "folder"], outside_of_suite(folder));
    }
    if let Some(folder) = file.folder.as_ref().filter(|_| outside.is_none()) {
        let request = FileRequest { path: folder, limit: LARGEST, within: FileLocation::SuiteFolder };
        let problem = match (surroundings.read)(&request) {
            Err(ReadError::Missing) => Some(format!("there is no folder `{folder}`")),
            Ok(_) | Err(ReadError::TooLarge | ReadError::NotText) => {
                Some(format!("`{folder}` is a file, not a folder"))
            }
            Err(ReadError::Outside | ReadError::Other(_)) => None,
        };
        if let Some(problem) = problem {
            let problem = Diagnostic::of(Kind::Unreadable, problem).help("name a folder beside the suite");
            problems.value(&["inputs", "folder"], problem);
            return inputs;
        }
        for name in used.iter().flatten().filter(|name| is_inside(name)) {
            if is_new(&inputs, name) {
                let path = format!("{}/{name}", folder.trim_end_matches('/'));
                match read(name, &path, Presence::Optional, file.any_type, surroundings) {
                    Ok(input) => inputs.extend(input),
                    Err(problem) => problems.value(&["inputs", "folder"], problem),
                }
            }
        }
    }
    inputs
}

/// The file of a name. None if it is optional and not there.
fn read(
    name: &str,
    path: &str,
    presence: Presence,
    any_type: bool,
    surroundings: &Surroundings<'_>,
) -> Result<Option<InputFile>, Diagnostic> {
    if !is_inside(path) {
        return Err(outside_of_suite(path).help(INSIDE));
    }
    let request = FileRequest { path, limit: LARGEST, within: FileLocation::SuiteFolder };
    match (surroundings.read)(&request) {
        Ok(bytes) => input(name, path, bytes, any_type).map(Some),
        Err(ReadError::Missing) if presence == Presence::Optional => Ok(None),
        Err(error) => {
            let problem = Diagnostic::of(Kind::Unreadable, request.refusal(&error));
            Err(if error == ReadError::Outside { problem.help(INSIDE) } else { problem })
        }
    }
}

pub(super) fn outside_of_suite(path: &str) -> Diagnostic {
    Diagnostic::of(Kind::Unreadable, format!("`{path}` is outside the suite's folder"))
        .help("move the file into the suite's folder")
}

/// A file with a name. Refuses a file that is not media unless any type is allowed.
fn input(name: &str, path: &str, bytes: Vec<u8>, any_type: bool) -> Result<InputFile, Diagnostic> {
    let input = InputFile::new(name, bytes).map_err(|error| {
        Diagnostic::of(Kind::InvalidValue, format!("`{name}`: {error}")).help("name it as the workflow does")
    })?;
    if input.media.is_none() && !any_type {
        let what = format!("`{path}` does not start like an image, audio, video or 3D file");
        return Err(
            Diagnostic::of(Kind::InvalidValue, what).help("check the file, or set `any-type = true` in `[inputs]`")
        );
    }
    Ok(input)
}

/// Whether a text of a loader node can name an image, audio, a video or a 3D file: it has an ending, and not one of models.
pub fn is_media_name(name: &str) -> bool {
    const MODELS: [&str; 9] = ["safetensors", "sft", "ckpt", "pt", "pth", "bin", "gguf", "onnx", "engine"];
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| MODELS.iter().all(|model| !ending.eq_ignore_ascii_case(model)))
}

/// Whether a path is relative and without `..`. Links are resolved where the file is read.
pub(super) fn is_inside(path: &str) -> bool {
    let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    !path.is_empty() && Path::new(path).components().all(inside)
}

impl Workflow {
    /// The names of files that loader nodes can read, in the workflow or in a variation of it: every text of such a node.
    pub fn loader_files(&self, variations: &[Variation]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (id, node) in self.nodes() {
            let class = node["class_type"].as_str().unwrap_or_default();
            // `LoadImage`, `VHS_LoadVideo`, `Image Load`, `Load3D`.
            if !class.to_ascii_lowercase().contains("load") {
                continue;
            }
            let own = node["inputs"].as_object().into_iter().flat_map(|inputs| inputs.values());
            let varied = variations.iter().filter(|variation| variation.input.node == *id);
            let values = own.chain(varied.flat_map(|variation| &variation.values));
            names.extend(values.filter_map(|value| Some(file_name(value.as_str()?).to_owned())));
        }
        names
    }
}
