//! Any workflow with any description of a class: no panic, and time and memory in proportion to their size.
//!
//! The input is a text of up to three parts, separated by NUL: the workflow, the description of every class, and the
//! node replacements.
#![no_main]

use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::replacement::Replacements;
use comfycheck_check_workflow::rules::{Server, Settings, examine};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\0');
    let workflow = parts.next().unwrap_or_default();
    let description =
        parts.next().unwrap_or(r#"{"input": {"required": {"v": ["INT"]}}, "output": ["INT"], "output_node": true}"#);
    let replacements = parts.next().and_then(|json| Replacements::parse(json).ok());
    let classes = Classes::new(|name| Ok((!name.is_empty()).then(|| description.to_owned())));
    for is_core_only in [false, true] {
        let server = Server {
            classes: &classes,
            replacements: replacements.as_ref(),
            is_core_only,
            class_names: &|| vec!["KSampler".to_owned(), "SaveImage".to_owned()],
        };
        let _ = examine(workflow, &server, &Settings { complete: is_core_only, ..Settings::default() });
    }
});
