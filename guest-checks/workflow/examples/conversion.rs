//! Compares conversions with exports of ComfyUI's editor: `cargo run --example conversion -- FOLDER OBJECT_INFO`.
//!
//! The folder has `ui/NAME.json` as saved and `api/NAME.json` as exported by the editor. `OBJECT_INFO` is the file of
//! the installed classes. The comparison covers `class_type` and `inputs` of each node, with numbers by value. It fails
//! if a conversion differs from the export, or if less than 95 % of the files can be converted.

use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::convert::convert;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The most differences of one workflow that are printed.
const SHOWN: usize = 10;

enum Score {
    /// With what the conversion calls doubtful all the same.
    Exact(Vec<String>),
    Different(Vec<String>),
    Refused(String),
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let [folder, object_info] = std::env::args_os()
        .skip(1)
        .map(PathBuf::from)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "usage: conversion FOLDER OBJECT_INFO")?;
    let object_info = fs::read_to_string(object_info)?;
    let classes: HashMap<String, &RawValue> = serde_json::from_str(&object_info)?;
    let mut files =
        fs::read_dir(folder.join("ui"))?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    files.sort();
    let mut out = stdout().lock();
    let (mut exact, mut doubtful, mut different, mut refused) = (0_usize, 0_usize, 0_usize, 0_usize);
    for file in &files {
        let name = file.file_name().unwrap_or_default();
        match score(file, &folder.join("api").join(name), &classes)? {
            Score::Exact(doubts) => {
                exact += 1;
                doubtful += usize::from(!doubts.is_empty());
                for doubt in doubts {
                    writeln!(out, "doubtful   {}: {doubt}", name.display())?;
                }
            }
            Score::Different(differences) => {
                different += 1;
                writeln!(out, "different  {}", name.display())?;
                for difference in differences.iter().take(SHOWN) {
                    writeln!(out, "           {difference}")?;
                }
            }
            Score::Refused(why) => {
                refused += 1;
                writeln!(out, "refused    {}: {why}", name.display())?;
            }
        }
    }
    writeln!(
        out,
        "conversion: {exact} of {} exact, {doubtful} of them called doubtful, {different} different, {refused} refused",
        files.len()
    )?;
    let passed = different == 0 && exact * 100 >= files.len() * 95;
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn score(ui: &Path, api: &Path, classes: &HashMap<String, &RawValue>) -> Result<Score, Box<dyn Error>> {
    let source = fs::read_to_string(ui)?;
    let classes = Classes::new(|name| Ok(classes.get(name).map(|entry| entry.get().to_owned())));
    let converted = match convert(&source, &classes, None) {
        Ok(converted) => converted,
        Err(refused) => return Ok(Score::Refused(refused.to_string())),
    };
    let exported: Map<String, Value> = serde_json::from_str(&fs::read_to_string(api)?)?;
    let differences = differences(&converted.api, &exported);
    let doubts = converted.notes.iter().filter(|note| note.is_doubt()).map(ToString::to_string);
    Ok(if differences.is_empty() { Score::Exact(doubts.collect()) } else { Score::Different(differences) })
}

/// One line for each difference, in the order of ids and names.
fn differences(converted: &Map<String, Value>, exported: &Map<String, Value>) -> Vec<String> {
    let mut differences = Vec::new();
    for id in names(converted, exported) {
        let of = |api: &Map<String, Value>| api.get(id).cloned().unwrap_or_default();
        let (ours, theirs) = (of(converted), of(exported));
        if ours["class_type"] != theirs["class_type"] {
            differences.push(format!("{id}: {} instead of {}", ours["class_type"], theirs["class_type"]));
            continue;
        }
        let none = Map::new();
        let inputs = |node: &Value| node["inputs"].as_object().cloned().unwrap_or_else(|| none.clone());
        let (ours, theirs) = (inputs(&ours), inputs(&theirs));
        for name in names(&ours, &theirs) {
            if !is_same(ours.get(name), theirs.get(name)) {
                let shown = |value: Option<&Value>| value.map_or("nothing".into(), ToString::to_string);
                differences.push(format!(
                    "{id}.{name}: {} instead of {}",
                    shown(ours.get(name)),
                    shown(theirs.get(name))
                ));
            }
        }
    }
    differences
}

fn names<'a>(one: &'a Map<String, Value>, other: &'a Map<String, Value>) -> BTreeSet<&'a String> {
    one.keys().chain(other.keys()).collect()
}

fn is_same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => one == other || one.as_f64() == other.as_f64(),
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(Some(one), Some(other)))
        }
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            names(one, other).into_iter().all(|name| is_same(one.get(name), other.get(name)))
        }
        (one, other) => one == other,
    }
}
