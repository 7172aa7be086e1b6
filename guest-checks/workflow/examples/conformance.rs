//! Compares verdicts with those of a real ComfyUI: `cargo run --example conformance -- FOLDER`.
//!
//! The folder has `cases.jsonl` (a workflow and ComfyUI's answer on each line), the `object_info` files that the cases
//! name, and `node_replacements.json`.

use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::json;
use comfycheck_check_workflow::replacement::Replacements;
use comfycheck_check_workflow::verdict::{Refusal, Verdict, judge};
use comfycheck_sdk::wording::percent;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the shape of the corpus")]
struct Case {
    id: String,
    object_info: String,
    workflow: Box<RawValue>,
    partial_execution_targets: Option<Vec<String>>,
    ok: bool,
    error_type: Option<String>,
    #[serde(default)]
    node_errors: Option<BTreeMap<String, NodeErrors>>,
    good_outputs: Option<BTreeSet<String>>,
    deterministic: bool,
    predictable_from_object_info: bool,
    predictable_with_recommended_table: bool,
}

#[derive(Deserialize)]
struct NodeErrors {
    errors: Vec<InputError>,
}

#[derive(Deserialize)]
struct InputError {
    r#type: String,
    extra_info: BTreeMap<String, Box<RawValue>>,
    message: String,
    details: String,
}

type Sets = BTreeMap<String, BTreeSet<(String, Option<String>)>>;

/// Correct cases, of all cases.
#[derive(Default)]
struct Score(usize, usize);

impl Score {
    fn count(&mut self, right: bool) {
        self.0 += usize::from(right);
        self.1 += 1;
    }

    fn is_full(&self) -> bool {
        self.0 == self.1
    }
}

impl std::fmt::Display for Score {
    #[expect(clippy::cast_precision_loss, reason = "counts of cases")]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} ({})", self.0, self.1, percent(100.0 * self.0 as f64 / self.1.max(1) as f64))
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: conformance FOLDER")?);
    let replacements = Replacements::parse(&std::fs::read_to_string(folder.join("node_replacements.json"))?)?;
    let mut descriptions: BTreeMap<String, BTreeMap<String, Box<RawValue>>> = BTreeMap::new();
    let cases: Vec<Case> = std::fs::read_to_string(folder.join("cases.jsonl"))?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    for case in &cases {
        if !descriptions.contains_key(&case.object_info) {
            descriptions.insert(case.object_info.clone(), read_descriptions(&folder.join(&case.object_info))?);
        }
    }
    let shared: BTreeMap<&str, Classes<'_>> = descriptions
        .iter()
        .map(|(file, classes)| {
            let fetch = |name: &str| Ok(classes.get(name).map(|json| json.get().to_owned()));
            (file.as_str(), Classes::new(fetch))
        })
        .collect();
    let (mut verdicts, mut loose, mut errors, mut outputs, mut messages) =
        (Score::default(), Score::default(), Score::default(), Score::default(), Score::default());
    let mut out = stdout().lock();
    for case in &cases {
        let prompt = json::parse(case.workflow.get())?;
        let targets = case.partial_execution_targets.as_deref();
        let (verdict, _) = judge(&prompt, &shared[case.object_info.as_str()], &replacements, targets);
        let error_type = verdict.refusal.as_ref().map(Refusal::error_type);
        let right = verdict.is_ok() == case.ok && error_type == case.error_type.as_deref();
        let kind = match (case.predictable_from_object_info, case.predictable_with_recommended_table) {
            (true, true) => "",
            (false, true) => " (needs the table of validators)",
            (_, false) => " (not predictable)",
        };
        if case.predictable_with_recommended_table { &mut verdicts } else { &mut loose }.count(right);
        let expected = expected(case)?;
        let ours = ours(&verdict);
        if !right {
            writeln!(out, "{}: verdict {error_type:?}, ComfyUI {:?}{kind}", case.id, case.error_type)?;
        }
        if case.deterministic {
            errors.count(expected == ours);
            if expected != ours {
                writeln!(out, "{}: node errors {ours:?}, ComfyUI {expected:?}{kind}", case.id)?;
            }
        }
        if let Some(expected) = &case.good_outputs {
            let ours: BTreeSet<String> = verdict.good_outputs.iter().map(ToString::to_string).collect();
            outputs.count(ours == *expected);
            if ours != *expected {
                writeln!(out, "{}: good outputs {ours:?}, ComfyUI {expected:?}{kind}", case.id)?;
            }
        }
        if expected == ours && case.deterministic {
            compare_messages(case, &verdict, &mut messages, &mut out)?;
        }
    }
    writeln!(out, "correct verdicts: {verdicts}; of unpredictable cases: {loose}")?;
    writeln!(out, "correct node errors, where ComfyUI is deterministic: {errors}")?;
    writeln!(out, "correct good outputs: {outputs}")?;
    writeln!(out, "identical messages and details of node errors: {messages}")?;
    let passed = verdicts.is_full() && errors.0 * 100 >= errors.1 * 97;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read_descriptions(path: &Path) -> Result<BTreeMap<String, Box<RawValue>>, Box<dyn Error>> {
    // Refuses bare `Infinity` and `NaN`: the host replaces them by `null` before a check sees them.
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

fn expected(case: &Case) -> Result<Sets, serde_json::Error> {
    let mut sets = Sets::new();
    for (node, said) in case.node_errors.iter().flatten() {
        for error in &said.errors {
            let input = error.extra_info.get("input_name").map(|name| serde_json::from_str(name.get())).transpose()?;
            sets.entry(node.clone()).or_default().insert((error.r#type.clone(), input));
        }
    }
    Ok(sets)
}

fn ours(verdict: &Verdict) -> Sets {
    let mut sets = Sets::new();
    for (node, errors) in &verdict.node_errors {
        let set = errors.iter().map(|error| (error.error_type().to_owned(), error.input.as_deref().map(str::to_owned)));
        sets.insert(node.to_string(), set.collect());
    }
    sets
}

/// Compares messages and details, except for errors whose text depends on the server's files.
fn compare_messages(case: &Case, verdict: &Verdict, messages: &mut Score, out: &mut impl Write) -> std::io::Result<()> {
    for (node, errors) in &verdict.node_errors {
        let said = case.node_errors.as_ref().and_then(|all| all.get(&**node));
        let text_of = |error: &InputError| (error.message.clone(), error.details.clone());
        let said: BTreeSet<_> = said.iter().flat_map(|said| &said.errors).map(text_of).collect();
        for error in
            errors.iter().filter(|error| !matches!(error.error_type(), "custom_validation_failed" | "dependency_cycle"))
        {
            let ours = (error.message(), error.details());
            messages.count(said.contains(&ours));
            if !said.contains(&ours) {
                writeln!(out, "{}: messages {ours:?}, ComfyUI {said:?}", case.id)?;
            }
        }
    }
    Ok(())
}
