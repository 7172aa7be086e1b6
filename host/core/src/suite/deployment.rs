//! The deployment of a suite, with what the environment says of it.

use super::file::{DeploymentFile, FromEnv, Names, TextOrEnv, VolumeFile};
use super::problems::Problems;
use super::surroundings::{FileRequest, Overrides, Surroundings, Unset, Within};
use super::volumes::{self, VolumeProblem, volume_problems};
use super::{Deployment, RUNPOD, S3Keys, TextFile, Volume};
use crate::address;
use crate::diagnostic::{Diagnostic, Kind, inert};
use crate::nearest::in_words;
use crate::secret::{Secret, redact};
use std::num::NonZeroU32;

/// The management API of the same, unless the suite or `RUNPOD_REST_V2_API_URL` names another.
const MANAGEMENT_URL: &str = "https://api.runpod.io/v2";

/// What no worker costs in a second, in USD.
const HIGHEST_PRICE: f64 = 1_000.0;

/// The most bytes of a saved inventory. A `ComfyUI` with many packs answers some 10 MB.
const LARGEST_OBJECT_INFO: u64 = 64 * 1024 * 1024;

/// The most jobs of a dry run.
const MOST_DRY_RUN: u32 = 32;

/// Finds out the deployment. Adds a problem for all that is named and cannot be had, and
/// a warning where two variables contradict each other.
pub(super) fn deployment(
    mut file: DeploymentFile,
    surroundings: &Surroundings<'_>,
    overrides: &Overrides,
    problems: &mut Problems<'_>,
    warnings: &mut Vec<String>,
) -> Deployment {
    let mut resolve = Resolve { surroundings, problems, warnings, secrets: Vec::new() };
    if overrides.without_volumes {
        file.volumes.clear();
    }
    // First, so that they are in no message on another value.
    let s3_keys = resolve.s3_keys(!file.volumes.is_empty());
    let volumes = file.volumes.clone();
    let (given, endpoint) = (file.local_worker.clone(), file.endpoint.is_some());
    let worker = resolve.local_worker(given, endpoint, overrides);
    let comfyui = file.comfyui.clone();
    let object_info = file.object_info.clone();
    let image_hosts = resolve.image_hosts(&file.image_hosts);
    let dry_run = file.dry_run.unwrap_or_default();
    if dry_run > MOST_DRY_RUN {
        let what = format!("`dry-run` must be at most {MOST_DRY_RUN}");
        resolve.problem(
            "dry-run",
            Diagnostic::of(Kind::OutOfRange, what)
                .help("it takes 2 jobs, and one more for each class that is missing."),
        );
    }
    let known = match worker {
        Some(base_url) => Deployment { base_url, local_worker: true, ..Deployment::default() },
        None => resolve.endpoint(file, overrides),
    };
    let comfyui = resolve.text(comfyui, "comfyui", &[]).map(|address| resolve.address("comfyui", address));
    let volumes = resolve.volumes(volumes);
    let object_info = match &overrides.object_info {
        Some(file) => Some(file.clone()),
        None => object_info.and_then(|path| resolve.object_info(path)),
    };
    Deployment { comfyui, volumes, s3_keys, object_info, image_hosts, dry_run, ..known }
}

/// Where a value stands.
#[derive(Clone, Copy)]
enum Given<'a> {
    /// At a path of the suite, or in the environment in its place.
    Suite(&'a [&'a str]),
    /// On the command line, by the option of this name.
    Option(&'a str),
}

impl<'a> Given<'a> {
    /// What the value is called.
    fn name(self) -> &'a str {
        match self {
            Self::Suite(path) => path.last().copied().unwrap_or_default(),
            Self::Option(name) => name,
        }
    }

    /// The place in the suite that a message shows.
    fn path(self) -> &'a [&'a str] {
        match self {
            Self::Suite(path) => path,
            Self::Option(_) => &[],
        }
    }
}

struct Resolve<'a, 'p> {
    surroundings: &'a Surroundings<'a>,
    problems: &'a mut Problems<'p>,
    warnings: &'a mut Vec<String>,
    /// What no message shows.
    secrets: Vec<Secret>,
}

impl Resolve<'_, '_> {
    /// The address of a local worker, if one is under test.
    fn local_worker(&mut self, given: Option<TextOrEnv>, endpoint: bool, overrides: &Overrides) -> Option<String> {
        let address = match (&overrides.local_worker, &overrides.endpoint, given) {
            (Some(address), _, _) => return Some(self.address_of(Given::Option("--local-worker"), address.clone())),
            (None, Some(_), _) | (None, None, None) => return None,
            (None, None, Some(_)) if endpoint => {
                let what = "the deployment is an endpoint or a local worker, and the suite names both";
                self.problem("local-worker", Diagnostic::of(Kind::Conflict, what).help("remove one of them."));
                return None;
            }
            (None, None, given) => self.text(given, "local-worker", &[])?,
        };
        Some(self.address("local-worker", address))
    }

    fn image_hosts(&mut self, hosts: &[String]) -> Vec<String> {
        for host in hosts.iter().filter(|host| !address::is_host_name(host)) {
            let what = format!("`{}` is not the name of a host", redact(host, &self.secrets));
            let help = "give a name in lower case, such as `cdn.example.org`: no address, no scheme, no port, no path, and \
                        not a domain in which anybody can have a host, such as `com.au`.";
            self.problem("image-hosts", Diagnostic::of(Kind::InvalidValue, what).help(help));
        }
        hosts.to_vec()
    }

    /// An endpoint, and what it costs.
    fn endpoint(&mut self, file: DeploymentFile, overrides: &Overrides) -> Deployment {
        // First, so that it is in no message on another value: variables are mixed up easily.
        let names_key = file.key.is_some();
        let key = self.key(file.key);
        self.secrets.extend(key.clone().map(Secret::new));
        let (endpoint, given) = if let Some(endpoint) = &overrides.endpoint {
            (Some(endpoint.clone()), Given::Option("--endpoint"))
        } else {
            let variables = ["RUNPOD_ENDPOINT_COMFYUI", "RUNPOD_ENDPOINT_ID"];
            (self.text(file.endpoint, "endpoint", &variables), Given::Suite(&["deployment", "endpoint"]))
        };
        if let Some(endpoint) = &endpoint {
            self.check_endpoint(endpoint, given);
        }
        // A variable that the suite names and that is not set is a problem of its own.
        if endpoint.is_some() && key.is_none() && !names_key && self.surroundings.unset == Unset::Refused {
            let what = "the endpoint needs an API key, and `RUNPOD_API_KEY` is not set";
            self.problems.key(
                &[],
                Diagnostic::of(Kind::NotSet, what).help("set it to a key that may use the endpoint.").missing(),
            );
        }
        let base_url = self.text(file.base_url, "base-url", &["RUNPOD_ENDPOINT_BASE_URL"]);
        let base_url = base_url.unwrap_or_else(|| RUNPOD.to_owned());
        let base_url = self.address("base-url", base_url);
        let management_url = self.text(file.management_url, "management-url", &["RUNPOD_REST_V2_API_URL"]);
        let management_url = match management_url {
            Some(address) => Some(self.address("management-url", address)),
            None => (base_url == RUNPOD).then(|| MANAGEMENT_URL.to_owned()),
        };
        if file.price_per_second.is_some_and(|price| price <= 0.0) {
            self.problem("price-per-second", Diagnostic::of(Kind::OutOfRange, "`price-per-second` must be above 0"));
        }
        if file.price_per_second.is_some_and(|price| price > HIGHEST_PRICE) {
            let what =
                format!("`price-per-second` is in USD for one second, and {HIGHEST_PRICE} is the most that it can be");
            self.problem("price-per-second", Diagnostic::of(Kind::OutOfRange, what));
        }
        Deployment {
            endpoint,
            key: key.map(Secret::new),
            base_url,
            management_url,
            gpu: file.gpu,
            gpu_count: file.gpu_count.unwrap_or(NonZeroU32::MIN),
            price_per_second: file.price_per_second,
            ..Deployment::default()
        }
    }

    fn problem(&mut self, key: &str, diagnostic: Diagnostic) {
        self.problems.value(&["deployment", key], diagnostic);
    }

    /// The value of a key of the file; where the file has none, of the default variables.
    /// A variable that the file names has to be set, a default one need not.
    fn text(&mut self, given: Option<TextOrEnv>, key: &str, default: &[&str]) -> Option<String> {
        let names = match given {
            Some(TextOrEnv::Text(text)) => return Some(text.trim().to_owned()),
            None => return self.first_set(&default.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()),
            Some(TextOrEnv::Env(FromEnv { env: Names::One(name) })) => vec![name],
            Some(TextOrEnv::Env(FromEnv { env: Names::Several(names) })) => names,
        };
        let is_name =
            |name: &String| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        if names.iter().any(|name| !is_name(name) && redact(name, &[]) != *name) {
            let help =
                "name the variable that holds the value, such as `RUNPOD_API_KEY`; revoke a key that was committed.";
            self.problem(
                key,
                Diagnostic::of(Kind::Secret, format!("`{key}` names a secret instead of a variable")).help(help),
            );
            return Some(String::new());
        }
        let value = self.first_set(&names);
        if value.is_none() && self.surroundings.unset == Unset::Refused {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let (what, verb) = match names.as_slice() {
                [] => (format!("`{key}` names no environment variable"), "name one"),
                [name] => (format!("environment variable `{name}` is not set"), "set it"),
                _ => (format!("none of the environment variables {} is set", in_words(&names, "and")), "set one"),
            };
            let problem = Diagnostic::of(Kind::NotSet, what).help(format!("{verb}, or remove `{key}` from the suite."));
            self.problem(key, if names.is_empty() { problem } else { problem.missing() });
        }
        value
    }

    /// The first of the variables that is set and not empty, without white space around
    /// it, which secrets that were pasted often have.
    fn first_set(&mut self, names: &[String]) -> Option<String> {
        if self.surroundings.unset == Unset::Tolerated {
            return None;
        }
        let value = |name: &String| {
            let value = (self.surroundings.environment)(name)?.trim().to_owned();
            (!value.is_empty()).then_some((name.clone(), value))
        };
        let set: Vec<_> = names.iter().filter_map(value).collect();
        let (first, value) = set.first()?;
        for (other, _) in set.iter().filter(|(_, other)| other != value) {
            self.warnings.push(inert(&format!("`{first}` and `{other}` are both set and differ; `{first}` is used")));
        }
        Some(value.clone())
    }

    fn key(&mut self, given: Option<TextOrEnv>) -> Option<String> {
        if let Some(TextOrEnv::Text(_)) = given {
            let help = "put the key into an environment variable, name it as `key = { env = \"RUNPOD_API_KEY\" }`, and \
                        revoke a key that was committed.";
            self.problem(
                "key",
                Diagnostic::of(Kind::Secret, "the suite holds an API key, which does not belong in a file").help(help),
            );
            return Some(String::new());
        }
        let key = self.text(given, "key", &["RUNPOD_API_KEY"])?;
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let what = "the API key has a character that no key has, such as a space";
            let help = "set the variable to the key alone, as RunPod's console showed it.";
            self.problem("key", Diagnostic::of(Kind::InvalidValue, what).help(help));
        }
        Some(key)
    }

    /// The keys of volumes. Also where none is named: what the environment holds stands in no report.
    fn s3_keys(&mut self, wanted: bool) -> Option<S3Keys> {
        const VARIABLES: [&str; 2] = ["RUNPOD_S3_ACCESS_KEY", "RUNPOD_S3_SECRET_KEY"];
        let values = VARIABLES.map(|name| self.first_set(&[name.to_owned()]));
        self.secrets.extend(values.iter().flatten().map(Secret::new));
        let is_key = |value: &String| value.bytes().all(|byte| byte.is_ascii_graphic());
        for (name, value) in VARIABLES.into_iter().zip(&values) {
            let problem = match value {
                None if wanted && self.surroundings.unset == Unset::Refused => {
                    Diagnostic::of(Kind::NotSet, format!("the network volumes need an S3 key, and `{name}` is not set"))
                        .missing()
                }
                Some(value) if !is_key(value) => Diagnostic::of(
                    Kind::InvalidValue,
                    format!("`{name}` has a character that no key has, such as a space"),
                ),
                _ => continue,
            };
            let help = "set `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY` to an S3 API key of RunPod's console, which is \
                        another one than `RUNPOD_API_KEY`.";
            self.problems.key(&["deployment", "volumes"], problem.help(help));
        }
        let [access, secret] = values;
        Some(S3Keys { access: Secret::new(access?), secret: Secret::new(secret?) })
    }

    fn volumes(&mut self, files: Vec<VolumeFile>) -> Vec<Volume> {
        let named = files.iter().map(|file| (file.id.as_str(), file.data_center.as_str()));
        for VolumeProblem { index, key, what, kind } in volume_problems(named, &self.secrets) {
            let problem = Diagnostic::of(kind, what);
            let problem = if kind == Kind::InvalidValue { problem.help(volumes::HELP) } else { problem };
            self.problems.value(&["deployment", "volumes", &index.to_string(), key], problem);
        }
        let volume = |(index, VolumeFile { id, data_center, address }): (usize, VolumeFile)| {
            let address = match address {
                Some(address) => {
                    let path = ["deployment", "volumes", &index.to_string(), "address"];
                    self.address_of(Given::Suite(&path), address)
                }
                None => format!("https://s3api-{}.runpod.io", data_center.to_ascii_lowercase()),
            };
            Volume { id, data_center, address }
        };
        files.into_iter().enumerate().map(volume).collect()
    }

    fn check_endpoint(&mut self, endpoint: &str, given: Given<'_>) {
        let is_id = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
        if redact(endpoint, &[]) != endpoint {
            let what = match given {
                Given::Suite(_) => "the id of the endpoint is an API key".to_owned(),
                Given::Option(name) => format!("`{name}` is an API key"),
            };
            let help =
                "give the endpoint's id here, and the key in an environment variable; revoke a key that was shown.";
            self.problems.value(given.path(), Diagnostic::of(Kind::Secret, what).help(help));
        } else if endpoint.is_empty() || !endpoint.chars().all(is_id) {
            let endpoint = redact(endpoint, &self.secrets);
            let what = match given {
                Given::Suite(_) => format!("`{endpoint}` is not the id of an endpoint"),
                Given::Option(name) => format!("`{name}` is `{endpoint}`, which is not the id of an endpoint"),
            };
            let help =
                "give the id alone, such as `4m7x2k9q`; a base address has a key of its own in the suite, `base-url`.";
            self.problems.value(given.path(), Diagnostic::of(Kind::InvalidValue, what).help(help));
        }
    }

    fn address(&mut self, key: &str, text: String) -> String {
        self.address_of(Given::Suite(&["deployment", key]), text)
    }

    fn address_of(&mut self, given: Given<'_>, text: String) -> String {
        let key = given.name();
        match address::base(&text) {
            Ok(address) => address,
            Err(error) => {
                let what = match (error, address::shown(&text)) {
                    (address::AddressError::Credentials | address::AddressError::Query, _) => {
                        format!("`{key}` is an address {error}")
                    }
                    (_, Some(shown)) => format!("`{key}` is `{}`, which is {error}", redact(shown, &self.secrets)),
                    (_, None) => format!("`{key}` is {error}"),
                };
                self.problems.value(given.path(), Diagnostic::of(Kind::InvalidValue, what).help(error.help()));
                text
            }
        }
    }

    fn object_info(&mut self, path: String) -> Option<TextFile> {
        let request = FileRequest { path: &path, limit: LARGEST_OBJECT_INFO, within: Within::Anywhere };
        match (self.surroundings.read)(&request) {
            Ok(text) => Some(TextFile { path, text }),
            Err(error) => {
                self.problem("object-info", Diagnostic::of(Kind::Unreadable, request.refusal(&error)));
                None
            }
        }
    }
}
