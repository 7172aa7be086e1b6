//! The deployment of a suite, with its values from the environment.

mod endpoint;
mod keys;

use super::file::{DeploymentFile, TextOrEnv, VolumeFile};
use super::problems::Problems;
use super::surroundings::{FileLocation, FileRequest, InventoryReadError, Overrides, Surroundings, UnsetVariables};
use super::variables::{Missing, Variable};
use super::volumes::{self, VolumeProblem, volume_problems};
use super::{Deployment, OutputPath, Volume};
use crate::address::{self, AddressError};
use crate::diagnostic::{Diagnostic, Kind};
use crate::inventory::InventoryFile;
use crate::secret::{Secret, Secrets, is_suspicious};
use std::sync::Arc;

/// The most bytes of a saved inventory. A ComfyUI with many packs and files can have more than 100 MB.
pub const LARGEST_INVENTORY: u64 = 256 * 1024 * 1024;

/// The most jobs of a dry run.
const MOST_DRY_RUN: u32 = 32;

/// The variables that hold the endpoint's id where the suite names none.
pub(super) const ENDPOINT_VARIABLES: [&str; 2] = ["RUNPOD_ENDPOINT_COMFYUI", "RUNPOD_ENDPOINT_ID"];

/// The deployment. Adds a problem for each value that is missing or not valid, and a warning where two variables
/// contradict each other.
pub(super) fn deployment(
    mut file: DeploymentFile,
    surroundings: &Surroundings<'_>,
    overrides: &Overrides,
    problems: &mut Problems<'_>,
    warnings: &mut Vec<Diagnostic>,
) -> Deployment {
    let mut resolve = Resolve { surroundings, problems, warnings, secrets: Vec::new() };
    if overrides.without_volumes {
        file.volumes.clear();
    }
    // First, so that no message on another value shows them.
    let s3_keys = resolve.s3_keys(!file.volumes.is_empty());
    let volumes = std::mem::take(&mut file.volumes);
    let comfyui = file.comfyui.take();
    let object_info = file.object_info.take();
    let image_hosts = std::mem::take(&mut file.image_hosts);
    let output_path = file.output_path.take();
    let dry_run = file.dry_run.unwrap_or_default();
    let local_worker = file.local_worker.take();
    let worker = resolve.local_worker(local_worker, file.endpoint.is_some(), overrides);
    let known = match worker {
        Some(base_url) => Deployment { base_url, local_worker: true, ..Deployment::default() },
        None => resolve.endpoint(file, overrides),
    };
    resolve.image_hosts(&image_hosts);
    let output_path = output_path.and_then(|path| resolve.output_path(&path));
    if dry_run > MOST_DRY_RUN {
        let diagnostic = Diagnostic::of(Kind::OutOfRange, format!("`dry-run` must be at most {MOST_DRY_RUN}"));
        resolve.problem("dry-run", diagnostic.help("use 2, and one more for each class that can be missing"));
    }
    let comfyui = resolve.entry(comfyui, "comfyui", &[]).and_then(|entry| resolve.address(&entry));
    let volumes = resolve.volumes(volumes);
    let object_info = match &overrides.object_info {
        Some(file) => Some(file.clone()),
        None => object_info.and_then(|path| resolve.object_info(path)),
    };
    Deployment { comfyui, volumes, s3_keys, object_info, image_hosts, output_path, dry_run, ..known }
}

/// A value, and where it comes from.
struct Entry {
    /// The key, the variable or the option that holds it.
    name: String,
    /// Its place in the suite. Empty for a default variable and for an option.
    path: Vec<String>,
    value: Secret,
}

impl Entry {
    fn of_suite(path: &[&str], text: &str) -> Self {
        let path: Vec<_> = path.iter().map(|&step| step.to_owned()).collect();
        Self { name: path.last().cloned().unwrap_or_default(), path, value: Secret::new(text.trim()) }
    }

    fn of_option(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), path: Vec::new(), value: Secret::new(text) }
    }

    /// Whether the value itself stands in the suite, where the place shows it.
    fn is_in_suite(&self) -> bool {
        self.path.last() == Some(&self.name)
    }
}

struct Resolve<'a, 'p> {
    surroundings: &'a Surroundings<'a>,
    problems: &'a mut Problems<'p>,
    warnings: &'a mut Vec<Diagnostic>,
    /// No message shows them.
    secrets: Vec<Secret>,
}

impl Resolve<'_, '_> {
    /// The address of a local worker, if one is under test.
    fn local_worker(&mut self, given: Option<TextOrEnv>, endpoint: bool, overrides: &Overrides) -> Option<String> {
        let entry = match (&overrides.local_worker, &overrides.endpoint) {
            (Some(address), _) => Entry::of_option("--local-worker", address),
            (None, Some(_)) => return None,
            (None, None) if endpoint && given.is_some() => {
                let diagnostic = Diagnostic::of(Kind::Conflict, "the suite names an endpoint and a local worker");
                self.problem("local-worker", diagnostic.help("remove `endpoint` or `local-worker`"));
                return None;
            }
            (None, None) => self.entry(given, "local-worker", &[])?,
        };
        // Without an address the suite is refused; that it names no endpoint either is not worth a second problem.
        Some(self.address(&entry).unwrap_or_default())
    }

    fn image_hosts(&mut self, hosts: &[String]) {
        for (index, host) in hosts.iter().enumerate().filter(|(_, host)| !address::is_host_name(host)) {
            let what = format!("`{}` is not a host name", self.redacted(host));
            let help = "write a lower-case name such as `cdn.example.org`: no scheme, port, path or IP address, and no \
                        public suffix such as `com.au`";
            let path = ["deployment", "image-hosts", &index.to_string()];
            self.problems.value(&path, Diagnostic::of(Kind::InvalidValue, what).help(help));
        }
    }

    fn output_path(&mut self, text: &str) -> Option<OutputPath> {
        let path = OutputPath::parse(text);
        if path.is_none() {
            let what = format!("`{}` is not a path in an output", self.redacted(text));
            let help = "write the names of members and the indices of lists, separated by dots: `result.files`";
            self.problem("output-path", Diagnostic::of(Kind::InvalidValue, what).help(help));
        }
        path
    }

    /// The secrets that are known so far.
    fn known_secrets(&self) -> Secrets {
        Secrets::new(self.secrets.iter().cloned())
    }

    fn redacted(&self, text: &str) -> String {
        self.known_secrets().redact(text)
    }

    fn problem(&mut self, key: &str, diagnostic: Diagnostic) {
        self.problems.value(&["deployment", key], diagnostic);
    }

    fn problem_of(&mut self, entry: &Entry, diagnostic: Diagnostic) {
        let path: Vec<_> = entry.path.iter().map(String::as_str).collect();
        self.problems.value(&path, diagnostic);
    }

    /// The value of a key; without the key in the file, of the default variables. A variable that the file names must have
    /// a value, a default one need not.
    fn entry(&mut self, given: Option<TextOrEnv>, key: &str, default: &[&str]) -> Option<Entry> {
        let path = ["deployment", key];
        let names = match given {
            Some(TextOrEnv::Text(text)) => return Some(Entry::of_suite(&path, &text)),
            Some(TextOrEnv::Env(env)) => env.into_names(),
            None => {
                let names: Vec<_> = default.iter().map(|&name| name.to_owned()).collect();
                let Variable { name, value } = self.first(&names).ok()?;
                return Some(Entry { name, path: Vec::new(), value });
            }
        };
        if names.iter().any(|name| is_secret(name)) {
            let what = format!("`{key}` contains a secret instead of the name of a variable");
            let help = "write the name of the variable, such as `RUNPOD_API_KEY`; revoke a key that was committed";
            self.problem(key, Diagnostic::of(Kind::Secret, what).help(help));
            return None;
        }
        if names.is_empty() {
            let what = format!("`{key}` names no environment variable");
            let help = format!("name one, or remove `{key}` from the suite");
            self.problem(key, Diagnostic::of(Kind::InvalidValue, what).help(help));
            return None;
        }
        match self.first(&names) {
            Ok(Variable { name, value }) => {
                Some(Entry { name, path: path.iter().map(|&step| step.to_owned()).collect(), value })
            }
            Err(missing) => {
                if self.surroundings.unset == UnsetVariables::Refused {
                    let verb = if names.len() == 1 { "set it" } else { "set one" };
                    let help = format!("{verb}, or remove `{key}` from the suite");
                    self.problem(key, Diagnostic::of(Kind::NotSet, missing.describe()).help(help).missing());
                }
                None
            }
        }
    }

    /// The first of these variables that has a value.
    fn first(&mut self, names: &[String]) -> Result<Variable, Missing> {
        let mut variables = self.surroundings.variables(names)?;
        let first = variables.remove(0);
        for other in variables.iter().filter(|other| other.value != first.value) {
            let what = format!("`{}` and `{}` have different values: `{0}` is used", first.name, other.name);
            self.warnings.push(Diagnostic::of(Kind::Conflict, what));
        }
        Ok(first)
    }

    fn volumes(&mut self, files: Vec<VolumeFile>) -> Vec<Volume> {
        let named = files.iter().map(|file| (file.id.as_str(), file.data_center.as_str()));
        for VolumeProblem { index, key, what, kind } in volume_problems(named, &self.known_secrets()) {
            let problem = Diagnostic::of(kind, what);
            let problem = if kind == Kind::InvalidValue { problem.help(volumes::HELP) } else { problem };
            self.problems.value(&["deployment", "volumes", &index.to_string(), key], problem);
        }
        let volume = |(index, VolumeFile { id, data_center, address }): (usize, VolumeFile)| {
            let address = match address {
                Some(address) => {
                    let path = ["deployment", "volumes", &index.to_string(), "address"];
                    self.address(&Entry::of_suite(&path, &address)).unwrap_or_default()
                }
                None => format!("https://s3api-{}.runpod.io", data_center.to_ascii_lowercase()),
            };
            Volume { id, data_center, address }
        };
        files.into_iter().enumerate().map(volume).collect()
    }

    /// The address that an entry holds. None, and a problem, if it is not one that requests can go to.
    fn address(&mut self, entry: &Entry) -> Option<String> {
        let (name, text) = (&entry.name, entry.value.expose());
        let error = match address::base(text) {
            Ok(address) => return Some(address),
            Err(error) => error,
        };
        let shown = match error {
            AddressError::Credentials | AddressError::Query => None,
            _ => address::shown(text).map(|shown| self.redacted(shown)),
        };
        let shown = shown.map(|shown| format!(": `{shown}`")).unwrap_or_default();
        let diagnostic = Diagnostic::of(Kind::InvalidValue, format!("`{name}` is {error}{shown}"));
        self.problem_of(entry, diagnostic.help(error.help()));
        None
    }

    fn object_info(&mut self, path: String) -> Option<InventoryFile> {
        let request = FileRequest { path: &path, limit: LARGEST_INVENTORY, within: FileLocation::Anywhere };
        let diagnostic = match (self.surroundings.read_inventory)(&request) {
            Ok(inventory) => return Some(InventoryFile { path, inventory: Arc::new(inventory) }),
            Err(InventoryReadError::File(error)) => Diagnostic::of(Kind::Unreadable, request.refusal(&error)),
            Err(InventoryReadError::Content(error)) => error.describe(&path),
        };
        self.problem("object-info", diagnostic);
        None
    }
}

/// Whether a text that should name a variable looks like a secret.
fn is_secret(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !name.bytes().all(is_part) && is_suspicious(name)
}
