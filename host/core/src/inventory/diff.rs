//! The differences between two inventories, such as those of two worker images.

mod classes;

pub(super) use classes::compare_class;

use super::{Inventory, ModelFolder, Pack, SystemFacts};
use crate::wording::{bytes, bytes_beside};
use serde::Serialize;
use std::collections::BTreeMap;

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    pub kind: Kind,
    /// Such as `KSampler` for a class, `KSampler.cfg` for an input, `vae/ae.safetensors` for a model.
    pub name: String,
    #[serde(flatten)]
    pub change: Change,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A version of `ComfyUI`, Python or `PyTorch`.
    Version,
    Pack,
    Class,
    /// An input of a node class in both.
    Input,
    /// A value that an input offers.
    Value,
    /// The default of an input. Only compared for a workflow.
    Default,
    /// The outputs of a node class in both.
    Outputs,
    Model,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Pack => "pack",
            Self::Class => "class",
            Self::Input => "input",
            Self::Value => "value",
            Self::Default => "default",
            Self::Outputs => "outputs",
            Self::Model => "model",
        }
    }
}

/// How it differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum Change {
    /// It is only in the second.
    Added,
    /// It is only in the first.
    Removed,
    /// It is in both and differs.
    Changed {
        /// In the first.
        from: String,
        /// In the second.
        to: String,
    },
}

/// Reports each difference between two inventories: versions, packs, classes, models, each sorted by name. Ends with the first
/// error of `each`.
///
/// A part that one of them does not have is not compared. Of an input, at most `most_values` values that were added and as
/// many that were removed are reported one by one. Large inventories differ in millions of values, so none is kept.
pub fn diff<E>(
    from: &Inventory,
    to: &Inventory,
    most_values: usize,
    each: &mut dyn FnMut(Changed) -> Result<(), E>,
) -> Result<(), E> {
    if let (Some(from), Some(to)) = (&from.system, &to.system) {
        compare(Kind::Version, &versions(from), &versions(to), each)?;
    }
    if let (Some(from), Some(to)) = (&from.packs, &to.packs) {
        compare(Kind::Pack, &packs(from), &packs(to), each)?;
    }
    classes::compare(&from.classes, &to.classes, most_values, each)?;
    if let (Some(from), Some(to)) = (&from.models, &to.models) {
        compare_models(&models(from), &models(to), each)?;
    }
    Ok(())
}

/// Compares two maps from a name to what must be equal.
fn compare<E>(
    kind: Kind,
    from: &BTreeMap<String, String>,
    to: &BTreeMap<String, String>,
    each: &mut dyn FnMut(Changed) -> Result<(), E>,
) -> Result<(), E> {
    let names: std::collections::BTreeSet<_> = from.keys().chain(to.keys()).collect();
    for name in names {
        let change = match (from.get(name), to.get(name)) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            (Some(from), Some(to)) if from != to => Change::Changed { from: from.clone(), to: to.clone() },
            (Some(_), Some(_)) => continue,
        };
        each(Changed { kind, name: name.clone(), change })?;
    }
    Ok(())
}

fn versions(system: &SystemFacts) -> BTreeMap<String, String> {
    let SystemFacts { comfyui_version, python_version, pytorch_version, .. } = system;
    let versions = [("ComfyUI", comfyui_version), ("Python", python_version), ("PyTorch", pytorch_version)];
    versions.into_iter().filter_map(|(name, version)| Some((name.to_owned(), version.clone()?))).collect()
}

/// The names of pack folders are compared without case.
fn packs(packs: &[Pack]) -> BTreeMap<String, String> {
    let state = |pack: &Pack| {
        let version = pack.version.as_deref().unwrap_or("unknown version");
        if pack.enabled { version.to_owned() } else { format!("{version}, disabled") }
    };
    packs.iter().map(|pack| (pack.folder.to_lowercase(), state(pack))).collect()
}

/// The sizes of models; none if one is unknown.
fn models(folders: &[ModelFolder]) -> BTreeMap<String, Option<u64>> {
    let files = folders.iter().flat_map(|folder| folder.files.iter().map(move |file| (folder, file)));
    files.map(|(folder, file)| (format!("{}/{}", folder.folder, file.name), file.size)).collect()
}

fn compare_models<E>(
    from: &BTreeMap<String, Option<u64>>,
    to: &BTreeMap<String, Option<u64>>,
    each: &mut dyn FnMut(Changed) -> Result<(), E>,
) -> Result<(), E> {
    let written = |size: Option<u64>, other: Option<u64>| match (size, other) {
        (None, _) => "unknown size".to_owned(),
        (Some(size), Some(other)) => bytes_beside(size, other).0,
        (Some(size), None) => bytes(size),
    };
    let in_words = |own: &BTreeMap<String, Option<u64>>, other: &BTreeMap<String, Option<u64>>| {
        let size = |name: &String, size: Option<u64>| written(size, other.get(name).copied().flatten());
        own.iter().map(|(name, own)| (name.clone(), size(name, *own))).collect()
    };
    compare(Kind::Model, &in_words(from, to), &in_words(to, from), each)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory(json: &str) -> Inventory {
        Inventory::parse(json).unwrap()
    }

    fn lines(from: &str, to: &str) -> Vec<String> {
        few_lines(from, to, usize::MAX)
    }

    fn few_lines(from: &str, to: &str, most_values: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = |changed: Changed| {
            let Changed { kind, name, change } = changed;
            lines.push(match change {
                Change::Added => format!("+ {} {name}", kind.word()),
                Change::Removed => format!("- {} {name}", kind.word()),
                Change::Changed { from, to } => format!("~ {} {name}: {from} -> {to}", kind.word()),
            });
            Ok::<(), ()>(())
        };
        diff(&inventory(from), &inventory(to), most_values, &mut line).unwrap();
        lines
    }

    /// A class with one list of values.
    fn listing(values: &str) -> String {
        format!(r#"{{"K": {{"input": {{"required": {{"a b": [[{values}]]}}}}, "output": []}}}}"#)
    }

    #[test]
    fn a_value_is_the_same_however_it_is_written() {
        assert_eq!(lines(&listing(r#""\u0061", 1, 2.50, null"#), &listing(r#"null,2.5,1,"a""#)), [""; 0]);
        assert_eq!(
            lines(&listing(r#""a", "a""#), &listing(r#""\"""#)),
            ["- value K.a b \"a\"", "+ value K.a b \"\\\"\""]
        );
    }

    #[test]
    fn of_many_values_the_first_are_reported() {
        let from = listing(r#""a", "b", "c", "d""#);
        let expected = ["- value K.a b \"a\"", "- value K.a b and 2 more", "+ value K.a b \"x\""];
        assert_eq!(few_lines(&from, &listing(r#""d", "x""#), 1), expected);
        assert_eq!(few_lines(&from, &listing(r#""a", "d""#), 2).len(), 2);
    }

    #[test]
    fn reporting_ends_with_the_first_error() {
        let (mut reported, from) = (0, inventory(&listing(r#""a", "b", "c""#)));
        let ended = diff(&from, &inventory(&listing("")), usize::MAX, &mut |_| {
            reported += 1;
            if reported == 2 { Err("full") } else { Ok(()) }
        });
        assert_eq!((ended, reported), (Err("full"), 2));
    }

    #[test]
    fn hundreds_of_thousands_of_values_that_all_differ_are_reported() {
        let list = |prefix: &str| {
            let values: Vec<_> = (0..200_000).map(|value| format!("\"{prefix}/{value:06}\"")).collect();
            inventory(&listing(&values.join(", ")))
        };
        let mut reported = 0;
        diff(&list("one"), &list("other"), usize::MAX, &mut |_| {
            reported += 1;
            Ok::<(), ()>(())
        })
        .unwrap();
        assert_eq!(reported, 400_000);
    }

    #[test]
    fn an_inventory_does_not_differ_from_itself() {
        let json = r#"{"A": {"input": {"required": {"x": ["INT", {"max": NaN}]}}, "output": ["X"]}}"#;
        assert_eq!(lines(json, json), [""; 0]);
    }

    #[test]
    fn classes_inputs_values_and_outputs_are_compared() {
        let from = r#"{
            "Gone": {"input": {}, "output": []},
            "K": {"input": {"required": {"cfg": ["FLOAT", {"min": 0, "max": 100, "tooltip": "a"}], "sampler": [["a", "b"]],
                            "old": ["INT"], "mode": ["COMBO", {"options": ["x", 1]}]},
                            "optional": {"mask": ["MASK"]}}, "output": ["LATENT"]}}"#;
        let to = r#"{
            "New": {"input": {}, "output": []},
            "K": {"input": {"required": {"cfg": ["FLOAT", {"min": 0, "max": 30, "tooltip": "b"}], "sampler": [["b", "c"]],
                            "mode": ["COMBO", {"options": [1]}], "mask": ["MASK"]}}, "output": ["LATENT", "IMAGE"]}}"#;
        let expected = [
            "- class Gone",
            "~ input K.cfg: required FLOAT, max 100, min 0 -> required FLOAT, max 30, min 0",
            "~ input K.mask: optional MASK -> required MASK",
            "- value K.mode \"x\"",
            "- input K.old",
            "- value K.sampler \"a\"",
            "+ value K.sampler \"c\"",
            "~ outputs K: LATENT -> LATENT, IMAGE",
            "+ class New",
        ];
        assert_eq!(lines(from, to), expected);
    }

    #[test]
    fn versions_packs_and_models_are_compared_where_both_have_them() {
        let saved = |members: &str| {
            format!(r#"{{"version": "comfycheck.inventory/1", "date": "2026-11-20", {members} "object_info": {{}}}}"#)
        };
        let from = saved(
            r#""system": {"comfyui_version": "0.33.0"},
               "packs": [{"folder": "RES4LYF", "version": "1.0.0", "enabled": true}, {"folder": "x", "enabled": true}],
               "models": [{"folder": "vae", "files": [{"name": "ae.safetensors", "size": 5}, {"name": "b"}]}],"#,
        );
        let to = saved(
            r#""system": {"comfyui_version": "0.34.0"},
               "packs": [{"folder": "res4lyf", "version": "1.1.0", "enabled": true}, {"folder": "x"}],
               "models": [{"folder": "vae", "files": [{"name": "ae.safetensors", "size": 7}]}],"#,
        );
        let expected = [
            "~ version ComfyUI: 0.33.0 -> 0.34.0",
            "~ pack res4lyf: 1.0.0 -> 1.1.0",
            "~ pack x: unknown version -> unknown version, disabled",
            "~ model vae/ae.safetensors: 5 bytes -> 7 bytes",
            "- model vae/b",
        ];
        assert_eq!(lines(&from, &to), expected);
        assert_eq!(lines(&from, &saved("")), [""; 0]);
    }
}
