//! A file that holds a workflow: alone, in a request, or in the metadata of media.
//!
//! Everything that reads a workflow file reads it here. What comes out has the text of the workflow only, at the places of the file.

use super::embedded::{Container, LARGEST_MEDIA, unreadable};
use super::encoding::{Encoding, decode};
use super::members::{Member, find, items, members};
use crate::diagnostic::{Diagnostic, Kind};
use crate::request::{ENVIRONMENT, EXECUTION_TIMEOUT_S, InputFile, Policy, TTL_S};
use crate::text::TextFile;
use serde_json::Value;
use std::ops::{Range, RangeInclusive};

/// The most bytes of a file that holds a workflow. Text has at most [`LARGEST_REQUEST`].
pub const LARGEST_FILE: usize = LARGEST_MEDIA;

/// The most bytes of a request as text. RunPod takes at most 20 MiB.
const LARGEST_REQUEST: usize = 32 * 1024 * 1024;

/// A file that holds a workflow, and what else it holds.
#[derive(Clone, Debug)]
pub struct RequestFile {
    /// The workflow. Everything around it is white space, so each node has its place of the file.
    pub workflow: TextFile,
    /// Why the text of the file cannot be edited. None for UTF-8 text.
    pub uneditable: Option<&'static str>,
    /// Whether the file is media with the workflow in its metadata.
    pub is_media: bool,
    /// Whether the workflow is part of a request.
    pub is_request: bool,
    /// The files of a request, from `images`.
    pub inputs: Vec<InputFile>,
    /// The policy of a request.
    pub policy: Policy,
    /// Why a live run does not send the request: for example, it holds a key. They show no value.
    pub problems: Vec<Diagnostic>,
    /// The name of the test, if the file holds several with a workflow each.
    pub test: Option<String>,
    /// What a reader should know.
    pub warnings: Vec<Diagnostic>,
}

/// Where requests have their workflow, outermost first.
const WORKFLOWS: [&[&str]; 4] = [
    // RunPod and worker-comfyui; other handlers.
    &["input", "workflow"],
    &["input", "prompt"],
    // The input of such a request alone.
    &["workflow"],
    // ComfyUI's `/prompt`, and the `/prompt` of SaladTechnologies/comfyui-api.
    &["prompt"],
];

/// Members of a request that hold keys and addresses.
const LITERALS: [(&[&str], &str, Remedy); 10] = [
    (&["input", "comfy_org_api_key"], "a Comfy.org key", Remedy::ComfyOrgKey),
    (&["comfy_org_api_key"], "a Comfy.org key", Remedy::ComfyOrgKey),
    (&["extra_data", "api_key_comfy_org"], "a Comfy.org key", Remedy::ComfyOrgKey),
    (&["extra_data", "auth_token_comfy_org"], "a Comfy.org token", Remedy::ComfyOrgKey),
    (&["s3Config"], "the keys of a bucket", Remedy::RemoveKey),
    (&["s3"], "the address of a bucket", Remedy::Remove),
    (&["credentials"], "credentials", Remedy::RemoveKey),
    (&["webhook"], "the address of a webhook", Remedy::Remove),
    (&["webhook_v2"], "the address of a webhook", Remedy::Remove),
    (&["input", "webhook"], "the address of a webhook", Remedy::Remove),
];

#[derive(Clone, Copy)]
enum Remedy {
    ComfyOrgKey,
    RemoveKey,
    Remove,
}

impl Remedy {
    fn help(self) -> &'static str {
        match self {
            Self::ComfyOrgKey => {
                "remove it, and write `comfy-org-api-key = { env = \"COMFY_ORG_API_KEY\" }` in `[request]`; renew a key \
                 that was committed"
            }
            Self::RemoveKey => "remove it: results are read from the job's output; renew a key that was committed",
            Self::Remove => "remove it: results are read from the job's output",
        }
    }
}

impl RequestFile {
    /// Reads a file by its bytes. Refuses media without a workflow, and text that is too large.
    ///
    /// Text that is not a workflow comes out unchanged: the parser and the checks explain it.
    pub fn read(path: &str, bytes: Vec<u8>) -> Result<Self, Diagnostic> {
        let container = Container::of(&bytes);
        let is_media = container.is_some();
        let (text, encoding) = match container {
            Some(container) => {
                let refused = |error| {
                    Diagnostic::of(Kind::NotAWorkflow, format!("`{path}` has no embedded workflow: {error}"))
                        .help("use a file that ComfyUI saved with metadata, or a workflow file")
                };
                (container.workflow(&bytes).map_err(refused)?, Encoding::Utf8)
            }
            None if bytes.len() > LARGEST_REQUEST => {
                let what = format!("`{path}` is larger than {} MiB", LARGEST_REQUEST >> 20);
                return Err(Diagnostic::of(Kind::TooLarge, what));
            }
            None => match unreadable(&bytes) {
                Some(kind) => {
                    let what = format!("`{path}` is {kind}, which comfycheck reads no workflow from");
                    let help = "use a workflow file, or a PNG, WebP, JPEG, FLAC or MP4 file that ComfyUI saved";
                    return Err(Diagnostic::of(Kind::NotAWorkflow, what).help(help));
                }
                None => decode(bytes),
            },
        };
        let mut read = Self::of_text(TextFile { path: path.to_owned(), text });
        read.is_media = is_media;
        read.warnings.extend(of_encoding(path, encoding));
        read.uneditable = match encoding {
            _ if is_media => Some("it is media"),
            Encoding::Utf16 => Some("it is UTF-16 text"),
            Encoding::Unknown { .. } => Some("it is not UTF-8 text"),
            Encoding::Utf8 | Encoding::Utf8Marked => None,
        };
        Ok(read)
    }

    /// The same for text without a byte order mark.
    pub fn of_text(file: TextFile) -> Self {
        if let Some(text) = with_object_as_input(&file.text) {
            let file = TextFile { text, ..file };
            return Self { uneditable: Some("its `input` is a text"), ..Self::of_object(file) };
        }
        Self::of_object(file)
    }

    fn of_object(file: TextFile) -> Self {
        match Self::of_request(&file, 0) {
            Some(request) => request,
            None => Self::alone(TextFile { text: without_is_changed(&file.text, 0..file.text.len()), ..file }),
        }
    }

    /// The request that begins at a byte of a file. None if it holds no workflow.
    pub(crate) fn of_request(file: &TextFile, at: usize) -> Option<Self> {
        let text = &file.text;
        let around = members(text, at);
        let workflow = workflow(text, &around)?;
        let part = TextFile { path: file.path.clone(), text: without_is_changed(text, workflow) };
        let problems = literals(file, &around).map(|literal| literal.problem("request", literal.remedy.help()));
        let mut read = Self { is_request: true, problems: problems.collect(), ..Self::alone(part) };
        if let Some(policy) = reach(text, &around, &["policy"]) {
            read.policy = Policy::of_request(&serde_json::from_str(&text[policy.value]).unwrap_or_default());
            read.problems.extend(times(file, &around));
        }
        read.warnings.extend(unread(file, &around));
        let images = [&["input", "images"][..], &["images"]].into_iter().find_map(|path| reach(text, &around, path));
        if let Some(images) = images.as_ref().filter(|images| !is_list(&text[images.value.clone()])) {
            let problem = Diagnostic::of(Kind::InvalidValue, "`images` is not a list of files");
            read.problems.push(problem.at(file, images.key.clone()).hide_secret().help(IMAGE));
        }
        for item in images.into_iter().flat_map(|images| items(text, images.value.start)) {
            match image(&text[item.clone()]) {
                Ok(input) if read.inputs.iter().any(|other| other.name == input.name) => {
                    let what = format!("the request has two files `{}`", input.name);
                    read.problems.push(Diagnostic::of(Kind::Duplicate, what).at(file, item).hide_secret());
                }
                Ok(mut input) => {
                    input.of_request = true;
                    read.inputs.push(input);
                }
                Err((what, help)) => {
                    let problem = Diagnostic::of(Kind::InvalidValue, what).at(file, item.start..item.start + 1);
                    read.problems.push(problem.hide_secret().help(help));
                }
            }
        }
        Some(read)
    }

    fn alone(workflow: TextFile) -> Self {
        Self {
            workflow,
            uneditable: None,
            test: None,
            is_media: false,
            is_request: false,
            inputs: Vec::new(),
            policy: Policy::default(),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// Members of a request that have no effect here.
fn unread(file: &TextFile, around: &[Member]) -> Vec<Diagnostic> {
    let warning = |path: &[&str], what: &str, help: &str| {
        let member = reach(&file.text, around, path)?;
        Some(Diagnostic::new(what).at(file, member.key).hide_secret().help(help))
    };
    let targets = warning(
        &["partial_execution_targets"],
        "`partial_execution_targets` of the file is not read",
        "name the output nodes with `comfycheck validate --targets`",
    );
    let has_workflow = reach(&file.text, around, &["input", "workflow"]).is_some();
    let prompt = warning(
        &["input", "prompt"],
        "the workflow is in `input.prompt`, which worker-comfyui does not read",
        "name it `input.workflow`, unless your worker reads `prompt`",
    );
    targets.into_iter().chain(prompt.filter(|_| !has_workflow)).collect()
}

fn is_list(value: &str) -> bool {
    value.starts_with('[') || value == "null"
}

/// Times of a policy that RunPod does not take.
fn times(file: &TextFile, around: &[Member]) -> Vec<Diagnostic> {
    let wrong = |(name, range): (&'static str, RangeInclusive<u32>)| {
        let value = reach(&file.text, around, &["policy", name])?.value;
        let millis = |seconds: u32| u64::from(seconds) * 1_000;
        let range = millis(*range.start())..=millis(*range.end());
        let given = &file.text[value.clone()];
        let is_taken = given == "null" || given.parse().is_ok_and(|time| range.contains(&time));
        let what = format!("`policy.{name}` is not a number of milliseconds from {} to {}", range.start(), range.end());
        (!is_taken).then(|| Diagnostic::of(Kind::OutOfRange, what).at(file, value))
    };
    [("executionTimeout", EXECUTION_TIMEOUT_S), ("ttl", TTL_S)].into_iter().filter_map(wrong).collect()
}

/// The keys and addresses in a template for requests. Variables of the environment are in their place where it is right.
pub fn literals_of_template(file: &TextFile) -> Vec<Diagnostic> {
    const HELP: &str =
        "write `{{env:NAME}}` in its place, and list the variable in `secrets`; renew a key that was committed";
    let around = members(&file.text, 0);
    let literals =
        literals(file, &around).filter(|literal| !file.text[literal.member.value.clone()].contains(ENVIRONMENT));
    literals.map(|literal| literal.problem("template", HELP)).collect()
}

/// A key or an address in a request.
struct Literal<'a> {
    file: &'a TextFile,
    path: &'static [&'static str],
    what: &'static str,
    remedy: Remedy,
    member: Member,
}

impl Literal<'_> {
    fn problem(&self, of: &str, help: &str) -> Diagnostic {
        let what = format!("the {of} contains {}: `{}`", self.what, self.path.join("."));
        Diagnostic::of(Kind::Secret, what).at(self.file, self.member.key.clone()).hide_secret().help(help)
    }
}

fn literals<'a>(file: &'a TextFile, around: &'a [Member]) -> impl Iterator<Item = Literal<'a>> {
    LITERALS.iter().filter_map(move |(path, what, remedy)| {
        let member = reach(&file.text, around, path)?;
        let is_literal = has_value(&file.text[member.value.clone()]);
        is_literal.then_some(Literal { file, path, what, remedy: *remedy, member })
    })
}

impl From<TextFile> for RequestFile {
    fn from(file: TextFile) -> Self {
        Self::of_text(file)
    }
}

fn of_encoding(path: &str, encoding: Encoding) -> Option<Diagnostic> {
    let what = match encoding {
        Encoding::Utf8 => return None,
        Encoding::Utf8Marked => "starts with a byte order mark, which is not sent",
        Encoding::Utf16 => "is UTF-16 text, which is sent as UTF-8",
        Encoding::Unknown { valid } => {
            let what = format!("`{path}` is not UTF-8 text: byte {} is not valid, and the rest is not read", valid + 1);
            return Some(
                Diagnostic::new(what).help("save the file as UTF-8 text; unpack it first if it is compressed"),
            );
        }
    };
    let help = "save the file as UTF-8 without a byte order mark: ComfyUI itself does not read it";
    Some(Diagnostic::new(format!("`{path}` {what}")).help(help))
}

/// The workflow in a request. None if the text is not a request.
fn workflow(text: &str, around: &[Member]) -> Option<Range<usize>> {
    // A workflow itself, of the editor or of the API.
    let is_node = |member: &Member| find(&members(text, member.value.start), "class_type").is_some();
    if find(around, "nodes").is_some_and(|nodes| text[nodes.value.clone()].starts_with('[')) {
        return None;
    }
    // What the editor's own code exports, and what others save, has the workflow in both formats. That of the API is ready to be
    // sent.
    let is_api = |found: &Member| members(text, found.value.start).iter().any(is_node);
    let exported = || reach(text, around, &["output"]).filter(is_api);
    let named = || WORKFLOWS.iter().filter_map(|path| reach(text, around, path));
    let found = exported().or_else(|| named().find(is_api)).or_else(|| named().next())?;
    let holds = members(text, found.value.start);
    let outer = WORKFLOWS.iter().filter_map(|path| find(around, path[0]));
    let is_workflow = !holds.is_empty() && !outer.clone().any(is_node);
    is_workflow.then_some(found.value)
}

/// The member at the end of a path.
fn reach(text: &str, around: &[Member], path: &[&str]) -> Option<Member> {
    let (first, rest) = path.split_first()?;
    let mut found = find(around, first)?.clone();
    for name in rest {
        found = find(&members(text, found.value.start), name)?.clone();
    }
    Some(found)
}

/// The request with an object as `input`, where it has the text of one. worker-comfyui takes both.
fn with_object_as_input(text: &str) -> Option<String> {
    let input = find(&members(text, 0), "input")?.value.clone();
    let object: String =
        text[input.clone()].starts_with('"').then(|| serde_json::from_str(&text[input.clone()]).ok())??;
    let is_object = object.trim_start().starts_with('{') && !members(&object, 0).is_empty();
    is_object.then(|| format!("{}{object}{}", &text[..input.start], &text[input.end..]))
}

fn has_value(value: &str) -> bool {
    !matches!(value, "null" | "\"\"" | "{}" | "false")
}

/// Help for a file of a request.
const IMAGE: &str = "write `{\"name\": \"FILE\", \"image\": \"data:image/png;base64,…\"}`";

/// An item of `images`, as worker-comfyui takes it. Else what is wrong, and what to do.
fn image(item: &str) -> Result<InputFile, (String, &'static str)> {
    let item: Value = serde_json::from_str(item).unwrap_or_default();
    let (Some(name), Some(data)) = (item["name"].as_str(), item["image"].as_str()) else {
        return Err(("an item of `images` needs the strings `name` and `image`".to_owned(), IMAGE));
    };
    if data.starts_with("http://") || data.starts_with("https://") {
        let what = format!("the image `{name}` is a URL, which worker-comfyui does not download");
        return Err((what, "put the file itself there, as base64"));
    }
    let base64 = data.split_once(',').map_or(data, |(_, base64)| base64);
    let bytes = base64_simd::forgiving_decode_to_vec(base64.as_bytes())
        .map_err(|_| (format!("the image `{name}` is not valid base64"), IMAGE))?;
    let help = "name it as a file below ComfyUI's folder `input`, such as `photo.png`";
    InputFile::new(name, bytes).map_err(|error| (error.to_string(), help))
}

/// The text of a workflow with white space in place of all that is around it, and of the key `is_changed` of its nodes: ComfyUI
/// itself writes that into images, often as `NaN`. It is not an input.
fn without_is_changed(text: &str, workflow: Range<usize>) -> String {
    let nodes = members(text, workflow.start);
    let changed: Vec<_> = nodes.iter().filter_map(|node| is_changed(text, node)).collect();
    if changed.is_empty() && workflow == (0..text.len()) {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(workflow.len());
    let before = &text[..workflow.start];
    // Only the last line decides a column.
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    kept.extend(before[..line].matches('\n'));
    blank(&before[line..], &mut kept);
    let mut at = workflow.start;
    for span in changed {
        kept += &text[at..span.start];
        blank(&text[span.clone()], &mut kept);
        at = span.end;
    }
    kept += &text[at..workflow.end];
    kept
}

/// The key `is_changed` of a node with its value and one comma.
fn is_changed(text: &str, node: &Member) -> Option<Range<usize>> {
    let inner = members(text, node.value.start);
    let at = inner.iter().position(|member| member.name == "is_changed")?;
    Some(match (inner.get(at + 1), at.checked_sub(1)) {
        (Some(next), _) => inner[at].key.start..next.key.start,
        (None, Some(previous)) => inner[previous].value.end..inner[at].value.end,
        (None, None) => inner[at].key.start..inner[at].value.end,
    })
}

/// A space for each character, and each line break.
fn blank(text: &str, to: &mut String) {
    to.extend(text.chars().map(|char| if matches!(char, '\n' | '\r') { char } else { ' ' }));
}

#[cfg(test)]
mod tests;
