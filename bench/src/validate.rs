//! `comfycheck validate`: one workflow, a thousand in one call, and very large workflows.
//!
//! The node classes are copies of the fifty in the fixtures, under other names, up to the 2 MB of a real ComfyUI.

use crate::figure::{Figure, Goal, Unit};
use crate::measure::{in_rounds, seconds};
use crate::platform::private_folder;
use crate::process::Program;
use anyhow::Context;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The size of the node classes of ComfyUI 0.33.0.
const OBJECT_INFO_BYTES: usize = 2_000_000;

pub(crate) fn figures() -> anyhow::Result<Vec<Figure>> {
    let program = Program::find()?;
    let (cache, files) = (private_folder()?, Files::new()?);
    let few: Vec<PathBuf> = vec![files.denrisi(0)?];
    let many: Vec<PathBuf> = (0..1_000).map(|seed| files.denrisi(seed)).collect::<Result<_, _>>()?;
    let [small, large] = [10_000, 100_000].map(|nodes| files.saved_images(nodes));
    let (small, large) = ([small?], [large?]);
    let time = |workflows: &[PathBuf]| {
        let arguments = files.arguments(workflows);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        seconds(|| program.run((&arguments, 0), cache.path()))
    };
    let nothing = || seconds(|| Ok(Command::new("true").status()?));
    let [one, nothing] = in_rounds(51, [&mut || time(&few), &mut { nothing }])?;
    let [thousand] = in_rounds(9, [&mut || time(&many)])?;
    let [large, small] = in_rounds(5, [&mut || time(&large), &mut || time(&small)])?;
    Ok(vec![
        Figure::new("one workflow of 11 nodes", Unit::Time, one).against("`true`", &nothing).goal(Goal::AtMost(20e-3)),
        Figure::new("1,000 workflows in one call", Unit::Time, thousand).goal(Goal::AtMost(1.0)),
        Figure::new("a workflow of 100,000 nodes", Unit::Time, large)
            .against("of 10,000", &small)
            .goal(Goal::RatioAtMost(11.0)),
    ])
}

/// A folder with node classes and workflows.
struct Files(TempDir);

impl Files {
    fn new() -> anyhow::Result<Self> {
        let files = Self(TempDir::new()?);
        let classes: Map<String, Value> = serde_json::from_str(&fixture("comfyui/object_info.json")?)?;
        let mut all = classes.clone();
        let (mut size, mut copy) = (serde_json::to_string(&classes)?.len(), 0);
        while size < OBJECT_INFO_BYTES {
            for (name, class) in &classes {
                let (name, text) = (format!("{name} {copy}"), class.to_string());
                size += name.len() + text.len();
                all.insert(name, class.clone());
            }
            copy += 1;
        }
        std::fs::write(files.path("object_info.json"), serde_json::to_string(&all)?)?;
        Ok(files)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The Denrisi workflow with another seed.
    fn denrisi(&self, seed: u32) -> anyhow::Result<PathBuf> {
        let mut workflow: Value = serde_json::from_str(&fixture("workflows/denrisi.json")?)?;
        let nodes = workflow.as_object_mut().context("the workflow is not an object")?;
        for input in nodes.values_mut().filter_map(|node| node["inputs"].get_mut("seed")) {
            *input = seed.into();
        }
        self.write(&format!("denrisi-{seed}.json"), &workflow)
    }

    /// Saved images: half of the nodes are outputs.
    fn saved_images(&self, nodes: u32) -> anyhow::Result<PathBuf> {
        let mut workflow = Map::new();
        for node in (0..nodes).step_by(2) {
            let inputs = json!({"width": 64, "height": 64, "batch_size": 1, "color": 0});
            workflow.insert(node.to_string(), json!({"class_type": "EmptyImage", "inputs": inputs}));
            let inputs = json!({"images": [node.to_string(), 0], "filename_prefix": "bench"});
            workflow.insert((node + 1).to_string(), json!({"class_type": "SaveImage", "inputs": inputs}));
        }
        self.write(&format!("images-{nodes}.json"), &Value::Object(workflow))
    }

    fn write(&self, name: &str, workflow: &Value) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        std::fs::write(&path, serde_json::to_string(workflow)?)?;
        Ok(path)
    }

    fn arguments(&self, workflows: &[PathBuf]) -> Vec<String> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut arguments =
            vec!["validate".to_owned(), "--object-info".to_owned(), text(&self.path("object_info.json"))];
        arguments.extend(workflows.iter().map(|path| text(path)));
        arguments
    }
}

fn fixture(name: &str) -> anyhow::Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name);
    std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))
}
