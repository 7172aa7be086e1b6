//! What ComfyUI accepts without a word, and what the reader would want to know.

use super::wording::{choose, kind, name_all, name_of, origin, shown, subject, subjects};
use super::{
    API_NODE, FIXED_SEED, LITERAL_FOR_LINK, NOT_A_MULTIPLE_OF_STEP, PREVIEW_ONLY_OUTPUT, Told, UNDECLARED_INPUT,
    UNLINKED_MODEL, UNREACHABLE_NODE,
};
use crate::class::{Class, Input, declared};
use crate::graph::Node;
use crate::json::{Object, Value};
use crate::verdict::{Resolved, Verdict};
use comfycheck_sdk::{Finding, nearest, quote, quote_all};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Lints of the nodes that outputs depend on, and of the workflow as a whole.
///
/// `fatal` are inputs, by node and name, of which worse is told than that they are ignored.
pub(super) fn tell(verdict: &Verdict, resolved: &Resolved, fatal: &BTreeSet<(Rc<str>, Rc<str>)>, told: &mut Told) {
    let used = used(resolved);
    for place in (0..used.len()).filter(|place| used[*place]) {
        let given = resolved.graph.nodes()[place].inputs.clone().unwrap_or_default();
        let at = At {
            resolved,
            node: &resolved.graph.nodes()[place],
            class: &resolved.classes[place],
            declared: declared(&resolved.classes[place], &given),
            given: &given,
        };
        at.undeclared(fatal, told);
        at.literals(told);
        at.off_step(told);
        at.unlinked_model(told);
    }
    let places = |wanted: &dyn Fn(usize) -> bool| (0..used.len()).filter(|place| wanted(*place)).collect::<Vec<_>>();
    let of_many = |rule, places: &[usize], say: &dyn Fn(String) -> String| {
        let nodes = places.iter().map(|place| &resolved.graph.nodes()[*place]);
        Finding::new(rule, say(name_all(nodes.clone().map(|node| &*node.id)))).about_all(subjects(nodes))
    };
    let apis = places(&|place| used[place] && calls_api(&resolved.classes[place]));
    if !apis.is_empty() {
        let finding =
            of_many(API_NODE, &apis, &|nodes| format!("{nodes} would call a paid service of another provider"));
        told.add(
            finding.help("make sure that the workers have network access and the service's key, or use other nodes"),
        );
    }
    let previews = |id: &Rc<str>| resolved.graph.position(id).is_some_and(|place| is_preview(&resolved.classes[place]));
    if verdict.is_ok() && verdict.good_outputs.iter().all(previews) {
        let outputs: Vec<_> = verdict.good_outputs.iter().filter_map(|id| resolved.graph.position(id)).collect();
        let say = |nodes| match outputs.len() {
            1 => format!("the workflow's only output, {nodes}, is a preview, which serverless workers do not return"),
            _ => format!("the workflow's outputs, {nodes}, are previews, which serverless workers do not return"),
        };
        let finding = of_many(PREVIEW_ONLY_OUTPUT, &outputs, &say);
        told.add(finding.help("add a node that saves the result, such as `SaveImage`"));
    }
    // Behind a broken link, much is unreachable that is meant to be reached.
    let unused = places(&|place| !used[place]);
    if !unused.is_empty() && verdict.node_errors.is_empty() {
        let finding = of_many(UNREACHABLE_NODE, &unused, &|nodes| format!("no output depends on {nodes}"));
        told.add(finding.help("remove what is not needed; ComfyUI neither checks nor runs it"));
    }
    let seeds = places(&|place| used[place] && fixed_seed(&resolved.graph.nodes()[place]).is_some());
    if let Some(seed) = seeds.first().and_then(|place| fixed_seed(&resolved.graph.nodes()[*place])) {
        let finding =
            of_many(FIXED_SEED, &seeds, &|nodes| format!("the seed of {nodes} is fixed (the first: {})", shown(seed)));
        told.add(finding.help(
            "let the caller set the seed for each job; a warm worker answers an unchanged job from its cache, without \
             computing anything",
        ));
    }
}

/// Which nodes the outputs depend on, by links of declared inputs and of others.
fn used(resolved: &Resolved) -> Vec<bool> {
    let mut used = vec![false; resolved.graph.nodes().len()];
    let mut open = resolved.outputs.clone();
    while let Some(place) = open.pop() {
        if std::mem::replace(&mut used[place], true) {
            continue;
        }
        let inputs = resolved.graph.nodes()[place].inputs.iter().flat_map(|inputs| inputs.entries());
        let linked = inputs.filter_map(|(_, value)| resolved.graph.position(value.list()?.first()?.text()?));
        open.extend(linked.filter(|place| !used[*place]));
    }
    used
}

/// A node that an output depends on.
struct At<'a> {
    resolved: &'a Resolved,
    node: &'a Node,
    class: &'a Class,
    declared: Rc<[Input]>,
    given: &'a Object,
}

impl At<'_> {
    /// Inputs that the class does not declare. ComfyUI ignores them.
    fn undeclared(&self, fatal: &BTreeSet<(Rc<str>, Rc<str>)>, told: &mut Told) {
        let declared: BTreeSet<&str> = self.declared.iter().map(|input| &*input.name).collect();
        for (name, value) in self.given.entries().iter().filter(|(name, _)| !declared.contains(&**name)) {
            let is_fatal = || fatal.contains(&(Rc::clone(&self.node.id), Rc::clone(name)));
            if !is_editors_own(self.class, name) && !is_fatal() {
                told.add_with(UNDECLARED_INPUT, || self.ignored(name, value, &declared));
            }
        }
    }

    /// An input that is none of the declared ones.
    fn ignored(&self, name: &str, value: &Value, declared: &BTreeSet<&str>) -> Finding {
        let of = name_of(self.node);
        let about = |finding: Finding| finding.about(subject(self.node, Some(name)));
        if let Some(choice) = self.class.inputs.iter().find(|input| &*input.name == name) {
            let options = choice.spec.options.get("options").and_then(Value::list).unwrap_or_default();
            let keys: Vec<_> = options.iter().filter_map(|option| option.get("key").cloned()).collect();
            let message =
                format!("input {} of {of} is {}, which is no option; ComfyUI ignores it", quote(name), shown(value));
            return about(Finding::new(UNDECLARED_INPUT, message).help(choose(value, &keys)));
        }
        let message = format!("{of} has an input {} that its class does not declare; ComfyUI ignores it", quote(name));
        let message = match nearest(name, declared.iter().copied()).as_slice() {
            [] => message,
            near => format!("{message}; the nearest declared: {}", quote_all(near.iter().copied())),
        };
        about(Finding::new(UNDECLARED_INPUT, message).help(match origin(self.class) {
            Some(pack) => {
                format!("correct the name, or install the version of {} that the workflow was made with", quote(pack))
            }
            None => "correct the name, or use the version of ComfyUI that the workflow was made with".to_owned(),
        }))
    }

    /// Values where only a link makes sense. ComfyUI accepts any value there.
    fn literals(&self, told: &mut Told) {
        for input in self.declared.iter().filter(|input| is_for_links(&input.spec.kind)) {
            let Some(value) = self.given.get(&input.name) else { continue };
            let means_nothing = matches!(value, Value::Null) && !input.is_required;
            if matches!(value, Value::List(_)) || means_nothing {
                continue;
            }
            let wanted = kind(&input.spec.kind);
            let message = format!(
                "input {} of {} is {}, where only a link can be; ComfyUI accepts it and fails when it runs",
                quote(&input.name),
                name_of(self.node),
                shown(value)
            );
            let finding =
                Finding::new(LITERAL_FOR_LINK, message).help(format!("link an output of type {wanted} to it"));
            told.add(finding.about(subject(self.node, Some(&input.name))));
        }
    }

    /// Integers between the steps of their input, such as a width of 1001 where the step is 8.
    fn off_step(&self, told: &mut Told) {
        for input in self.declared.iter().filter(|input| input.spec.kind.text() == Some("INT")) {
            let integer = |value: Option<&Value>| match value {
                Some(Value::Int(integer)) => integer.to_i64(),
                _ => None,
            };
            let options = &input.spec.options;
            let (Some(value), Some(step)) = (integer(self.given.get(&input.name)), integer(options.get("step"))) else {
                continue;
            };
            let from = integer(options.get("min")).unwrap_or(0);
            let is_on = |distance: i64| distance.checked_rem(step) == Some(0);
            if step < 2 || is_on(value) || value.checked_sub(from).is_none_or(is_on) {
                continue;
            }
            // Steps count from 0 where the minimum is on one of them.
            let start = if is_on(from) { 0 } else { from };
            let what = match start {
                0 => format!("no multiple of {step}"),
                start => format!("none of the steps of {step} from {start} on"),
            };
            let message = format!("input {} of {} is {value}, which is {what}", quote(&input.name), name_of(self.node));
            let below = value.saturating_sub((value - start).rem_euclid(step));
            let above = below.saturating_add(step);
            let finding = Finding::new(NOT_A_MULTIPLE_OF_STEP, message)
                .help(format!("give {below} or {above}; ComfyUI does not check it, and the node may round or fail"));
            told.add(finding.about(subject(self.node, Some(&input.name))));
        }
    }

    /// Samplers whose model is declared as optional, and absent.
    fn unlinked_model(&self, told: &mut Told) {
        let is_model = |input: &&Input| input.spec.kind.text() == Some("MODEL");
        let Some(model) = self.declared.iter().find(is_model) else { return };
        let takes_links = |input: &Input| input.is_required && is_for_links(&input.spec.kind);
        if model.is_required || self.given.get(&model.name).is_some() || self.declared.iter().any(takes_links) {
            return;
        }
        // A sampler that goes on where another ended may have its model from that.
        let goes_on = self.declared.iter().filter(|input| input.spec.kind.text() == Some("LATENT")).any(|input| {
            let linked = self.given.get(&input.name).and_then(|link| link.list()?.first()?.text());
            let linked = linked.and_then(|id| self.resolved.graph.position(id));
            linked.is_some_and(|place| self.resolved.classes[place].inputs.iter().any(|input| is_model(&input)))
        });
        if !goes_on {
            let message = format!(
                "{} has no {}; ComfyUI accepts that, and the node fails when it runs",
                name_of(self.node),
                quote(&model.name)
            );
            told.add(
                Finding::new(UNLINKED_MODEL, message)
                    .help("link a loader's output of type `MODEL` to it")
                    .about(subject(self.node, None)),
            );
        }
    }
}

/// Whether an input of a type is given by links alone. Types of packs may have widgets of their own.
fn is_for_links(kind: &Value) -> bool {
    const LINKED: [&str; 30] = [
        "AUDIO",
        "AUDIO_ENCODER_OUTPUT",
        "CLIP",
        "CLIP_VISION",
        "CLIP_VISION_OUTPUT",
        "CONDITIONING",
        "CONTROL_NET",
        "FILE_3D",
        "GLIGEN",
        "GUIDER",
        "HOOKS",
        "HOOK_KEYFRAMES",
        "IMAGE",
        "LATENT",
        "LATENT_OPERATION",
        "LATENT_UPSCALE_MODEL",
        "MASK",
        "MESH",
        "MODEL",
        "MODEL_PATCH",
        "NOISE",
        "SAMPLER",
        "SIGMAS",
        "SPLAT",
        "STYLE_MODEL",
        "SVG",
        "UPSCALE_MODEL",
        "VAE",
        "VIDEO",
        "VOXEL",
    ];
    let is_linked = |kind: &str| LINKED.contains(&kind) || kind.starts_with("FILE_3D_");
    kind.text().is_some_and(|kinds| kinds.split(',').map(str::trim).all(is_linked))
}

/// Inputs that ComfyUI's own editor adds to nodes whose class does not declare them.
fn is_editors_own(class: &Class, input: &str) -> bool {
    match &*class.name {
        "SaveGLB" | "Preview3D" => input == "image",
        "Load3D" => ["upload 3d model", "upload extra resources", "clear"].contains(&input),
        "CustomCombo" => input.starts_with("option") || input == "index",
        _ => false,
    }
}

fn calls_api(class: &Class) -> bool {
    class.calls_api || class.module.starts_with("comfy_api_nodes.")
}

/// Whether an output node only shows its result in the editor.
fn is_preview(class: &Class) -> bool {
    class.name.starts_with("Preview") || ["MaskPreview", "ImageCompare"].contains(&&*class.name)
}

/// The seed that a node is given as a number.
fn fixed_seed(node: &Node) -> Option<&Value> {
    ["seed", "noise_seed"].iter().filter_map(|name| node.input(name)).find(|seed| matches!(seed, Value::Int(_)))
}
