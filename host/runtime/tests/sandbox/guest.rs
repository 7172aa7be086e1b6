//! Builds components from `guests/*.wat` and runs them.

#[path = "../shared/wording.rs"]
mod wording;

pub(crate) use wording::wording;

use comfycheck_core::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use comfycheck_core::finding::{Finding, OpenQuestion, Severity};
use comfycheck_core::manifest::Scope;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::HttpPaths;
use comfycheck_runtime::capabilities::{Capabilities, WorkflowText};
use comfycheck_runtime::sandbox::{Call, Check, ComponentSource, Interface, Limits, LoadError, LogLevel, Sandbox};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::{PackageId, Resolve};

/// One sandbox for all tests of this binary, as in a process.
pub(crate) static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| Sandbox::new(None).unwrap());

/// The component of `guests/<name>.wat`.
pub(crate) fn component(name: &str) -> Vec<u8> {
    let guests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests");
    let read = |name: &str| std::fs::read_to_string(guests.join(name).with_extension("wat")).unwrap();
    let mut fields = read(name);
    if !fields.contains("(func $describe") {
        fields += "(func $describe (result i32) (call $manifest))";
    }
    if !fields.contains("(func $run") {
        fields += "(func $run (param i32 i32 i32) (result i32) (call $nothing))";
    }
    let world = if fields.contains("(func $watch ") { "watching-check" } else { "check" };
    of_module(&format!("(module {fields} {})", read("prelude")), world)
}

/// The component of a core module with the exports of a world of the contract.
fn of_module(module: &str, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap();
    let (resolve, package) = contract();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

/// The resolved contract, and the package of its world.
pub(crate) fn contract() -> (Resolve, PackageId) {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit")).unwrap();
    (resolve, package)
}

/// Loads a guest, and grants all its imports.
#[track_caller]
pub(crate) fn check_of(name: &str) -> Check {
    let wasm = component(name);
    let component = SANDBOX.load(ComponentSource { name, wasm: &wasm, sha256: None }).unwrap();
    component.grant(&Interface::ALL.map(Interface::name)).unwrap()
}

/// Why a guest is not loaded: the message, its causes, the help.
#[track_caller]
pub(crate) fn load_error(name: &str, wasm: &[u8]) -> String {
    let error: LoadError = SANDBOX.load(ComponentSource { name, wasm, sha256: None }).unwrap_err();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str("\n  ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text + &error.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default()
}

/// The arguments of a guest.
pub(crate) struct Trial {
    pub(crate) scope: Scope,
    pub(crate) sample: Option<u32>,
    pub(crate) settings: &'static str,
    pub(crate) severity: BTreeMap<String, Severity>,
    pub(crate) capabilities: Capabilities,
    pub(crate) limits: Limits,
    pub(crate) secrets: Secrets,
    pub(crate) log: Arc<Mutex<Vec<(LogLevel, String)>>>,
    pub(crate) http_paths: HttpPaths,
}

impl Default for Trial {
    fn default() -> Self {
        Self {
            scope: Scope::Deployment,
            sample: None,
            settings: "{}",
            severity: BTreeMap::new(),
            capabilities: Capabilities::offline(WorkflowText { source: "{}".into(), is_api: false }, None),
            limits: Limits::default(),
            secrets: Secrets::default(),
            log: Arc::default(),
            http_paths: HttpPaths::default(),
        }
    }
}

impl Trial {
    #[track_caller]
    pub(crate) fn run(&self, name: &str) -> Execution {
        runtime().block_on(self.execute(name, &check_of(name)))
    }

    /// Runs a loaded guest.
    pub(crate) async fn execute(&self, name: &str, check: &Check) -> Execution {
        let log = self.log.clone();
        let call = Call {
            instance: CheckInstance { check: name.to_owned(), scope: self.scope, sample: self.sample },
            settings: self.settings,
            severity: &self.severity,
            capabilities: self.capabilities.for_instance().requesting(self.http_paths.clone()),
            limits: self.limits.clone(),
            secrets: self.secrets.clone(),
            log: Arc::new(move |level, line| log.lock().unwrap().push((level, line.to_owned()))),
        };
        check.run(call).await
    }

    /// The findings and open questions of a guest that completes.
    #[track_caller]
    pub(crate) fn completed(&self, name: &str) -> (Vec<Finding>, Vec<OpenQuestion>) {
        match self.run(name).outcome {
            Outcome::Completed { findings, open } => (findings, open),
            other => panic!("{other:?}"),
        }
    }

    /// The kind of a guest's error, and its message.
    #[track_caller]
    pub(crate) fn error(&self, name: &str) -> (ErrorKind, String) {
        match self.run(name).outcome {
            Outcome::Errored { kind, message } => (kind, message),
            other => panic!("{other:?}"),
        }
    }
}

/// The messages of guests, each of which ends with an error of this kind.
#[track_caller]
pub(crate) fn errors(trial: &Trial, kind: ErrorKind, guests: &[&'static str]) -> String {
    wording(guests.iter().map(|guest| {
        let (found, message) = trial.error(guest);
        assert_eq!(found, kind, "{guest}: {message}");
        (*guest, message)
    }))
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

#[test]
fn every_guest_is_used() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let files = |folder: &str| {
        let entries = std::fs::read_dir(tests.join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect::<Vec<_>>()
    };
    let sources: String = files("sandbox").iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for guest in files("guests") {
        let name = guest.file_stem().unwrap().to_str().unwrap();
        assert!(sources.contains(&format!("\"{name}\"")), "no test uses `{name}`");
    }
}
