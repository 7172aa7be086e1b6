//! Any text as a suite: no panic. An error has a place in the text, and renders.
#![no_main]

use comfycheck_core::diagnostic::Color;
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::{
    BundledName, InventoryReadError, Needs, Overrides, ReadError, Suite, Surroundings, UnsetVariables,
};
use comfycheck_core::text::TextFile;
use libfuzzer_sys::fuzz_target;

const WORKFLOW: &str = r#"{"3": {"class_type": "KSampler", "inputs": {"seed": 1}}, "9": {"class_type": "SaveImage", "inputs": {}}}"#;

fuzz_target!(|text: &str| {
    let bundled = ["endpoint", "nodes", "models", "image"].map(|name| BundledName { name, by_default: true });
    for (unset, needs) in [(UnsetVariables::Refused, Needs::Everything), (UnsetVariables::Tolerated, Needs::NoJobs)] {
        let surroundings = Surroundings {
            environment: &|name| Some(Secret::new(format!("value-of-{name}"))),
            read: &|file| {
                if file.path.ends_with(".json") { Ok(WORKFLOW.into()) } else { Err(ReadError::Missing) }
            },
            read_inventory: &|_| Err(InventoryReadError::File(ReadError::Missing)),
            unset,
            needs,
            bundled: &bundled,
        };
        let file = TextFile { path: "suite.toml".to_owned(), text: text.to_owned() };
        match Suite::parse(file, &surroundings, &Overrides::default()) {
            Ok((suite, _)) => assert!(!suite.checks.iter().any(|check| check.name.is_empty())),
            Err(refusal) => {
                assert!(!refusal.diagnostics.is_empty());
                let _ = refusal.render(Color::On);
            }
        }
    }
});
