//! Lints of the inputs of one node.

use crate::api_graph::ApiNode;
use crate::class::{Class, Input, declared_and_unset};
use crate::json::{Object, Value};
use crate::rules::input_kinds::{has_widget, is_for_links};
use crate::rules::lints::Known;
use crate::rules::lints::unknown_files::UnknownFiles;
use crate::rules::names::Names;
use crate::rules::phrasing::{kind, name_of, pack_of, shown, subject};
use crate::rules::{
    DEPENDS_ON_PACK, Findings, LITERAL_FOR_LINK, NEEDS_EDITOR_DATA, NOT_A_MULTIPLE_OF_STEP, UNDECLARED_INPUT,
    UNDECLARED_LINK, UNLINKED_MODEL, fixes,
};
use crate::verdict::ResolvedWorkflow;
use comfycheck_packs::Packs;
use comfycheck_sdk::{Finding, quote};
use std::collections::BTreeSet;
use std::rc::Rc;

/// A node that an output depends on.
pub(super) struct UsedNode<'a> {
    pub(super) resolved: &'a ResolvedWorkflow,
    pub(super) node: &'a ApiNode,
    pub(super) class: &'a Class,
    pub(super) declared: Rc<[Input]>,
    /// Dynamic choices without an option.
    pub(super) unset: Vec<Input>,
    pub(super) given: Rc<Object>,
}

/// Lints one node. `fatal` are links, by node and input, that have a finding already.
pub(super) fn collect(
    resolved: &ResolvedWorkflow,
    place: usize,
    known: &Known<'_>,
    fatal: &BTreeSet<(Rc<str>, Rc<str>)>,
    findings: &mut Findings,
    unknown: &mut UnknownFiles,
) {
    let (node, class) = (&resolved.graph.nodes()[place], &*resolved.classes[place]);
    let given = node.inputs.clone().unwrap_or_default();
    let (declared, unset) = declared_and_unset(class, &given);
    let node = UsedNode { resolved, node, class, declared, unset, given };
    node.undeclared_inputs(fatal, findings);
    node.unset_choices(findings);
    node.option_values(findings);
    node.misread_values(findings);
    node.numbers_beyond_json(findings);
    node.output_folder(findings);
    node.windows_paths(findings);
    node.literals_for_links(findings);
    node.values_off_step(findings);
    node.unlinked_model(findings);
    node.editor_data(findings);
    node.unknown_files(known.is_core_only, known.image, unknown);
    node.object_files(known, findings, unknown);
}

impl UsedNode<'_> {
    /// Inputs that the class does not declare. ComfyUI passes links to the node, and ignores other values.
    fn undeclared_inputs(&self, fatal: &BTreeSet<(Rc<str>, Rc<str>)>, findings: &mut Findings) {
        let declared: BTreeSet<&str> = self.declared.iter().map(|input| &*input.name).collect();
        let by_option = self.option_inputs();
        for (name, value) in self.given.entries().iter().filter(|(name, _)| !declared.contains(&**name)) {
            let facts = &self.class.facts;
            let is_read = facts.reads(name)
                || facts.is_leftover(name)
                || by_option.contains(&**name)
                || self.class.hidden.contains(name)
                || (is_link(value) && facts.reads_link(name))
                || self.unset.iter().any(|choice| choice.name == *name);
            let is_fatal = || fatal.contains(&(Rc::clone(&self.node.id), Rc::clone(name)));
            if is_read || is_fatal() {
                continue;
            }
            if self.class.may_read_any() {
                findings.add_with(DEPENDS_ON_PACK, || self.undecided_input(name));
            } else if !is_link(value) {
                findings.add_with(UNDECLARED_INPUT, || self.undeclared(name));
            } else if self.class.is_custom() || self.class.is_v3 {
                findings.add_with(UNDECLARED_INPUT, || self.undeclared_link(UNDECLARED_INPUT, name));
            } else {
                findings.add_with(UNDECLARED_LINK, || self.undeclared_link(UNDECLARED_LINK, name));
            }
        }
    }

    fn undecided_input(&self, name: &str) -> Finding {
        let message = format!(
            "class {} does not declare input {} of {}, but may read it",
            quote(&self.class.name),
            quote(name),
            name_of(self.node)
        );
        Finding::new(DEPENDS_ON_PACK, message).about(subject(self.node, Some(name)))
    }

    fn undeclared_link(&self, rule: &str, name: &str) -> Finding {
        let message = format!(
            "class {} does not declare the linked input {} of {}: ComfyUI passes the link on, {}",
            quote(&self.class.name),
            quote(name),
            name_of(self.node),
            if rule == UNDECLARED_LINK { "and the node fails" } else { "and most nodes fail then" }
        );
        Finding::new(rule, message)
            .help(self.correct(name))
            .about(subject(self.node, Some(name)))
            .fix(self.names().rename(name))
    }

    /// Help for an undeclared input.
    fn correct(&self, name: &str) -> String {
        let rename = match self.names().meant_by(name).first() {
            Some(near) => format!("rename it to {}", quote(near)),
            None => "remove it".to_owned(),
        };
        let version = pack_of(self.class)
            .map_or_else(|| "ComfyUI version".to_owned(), |pack| format!("version of {}", quote(pack)));
        format!("{rename}, or install the {version} that the workflow was made with")
    }

    fn names(&self) -> Names<'_> {
        Names { resolved: self.resolved, node: self.node, class: self.class, declared: &self.declared }
    }

    fn undeclared(&self, name: &str) -> Finding {
        let ignored = format!("ComfyUI ignores input {} of {}", quote(name), name_of(self.node));
        let message = format!("{ignored}: class {} does not declare it", quote(&self.class.name));
        Finding::new(UNDECLARED_INPUT, message)
            .help(self.correct(name))
            .about(subject(self.node, Some(name)))
            .fix(self.names().rename(name))
    }

    /// Classes that read what only the editor sends.
    fn editor_data(&self, findings: &mut Findings) {
        if self.class.facts.needs_editor() {
            let message = format!(
                "{} reads `extra_pnginfo`, which only the editor sends: it fails in a serverless job",
                name_of(self.node)
            );
            let help = "set the value that it reads in the workflow, and remove the node";
            findings.add(Finding::new(NEEDS_EDITOR_DATA, message).help(help).about(subject(self.node, None)));
        }
    }

    /// Values where only a link makes sense. ComfyUI accepts any value there.
    fn literals_for_links(&self, findings: &mut Findings) {
        if self.class.facts.is_undescribed() {
            return;
        }
        for input in self.declared.iter().filter(|input| is_for_links(&input.spec.kind)) {
            let Some(value) = self.given.get(&input.name) else { continue };
            let means_nothing = matches!(value, Value::Null) && !input.is_required;
            if matches!(value, Value::List(_)) || means_nothing {
                continue;
            }
            let message = format!(
                "input {} of {} is {}, but takes only links: ComfyUI accepts this, then the node fails",
                quote(&input.name),
                name_of(self.node),
                shown(value)
            );
            let help = format!("link an output of type {}", kind(&input.spec.kind));
            let fix = fixes::relink(self.resolved, self.node, &input.name, Some(&input.spec), None);
            let finding = Finding::new(LITERAL_FOR_LINK, message).help(help).fix(fix);
            findings.add(finding.about(subject(self.node, Some(&input.name))));
        }
    }

    /// Whether a linked input can bring a model: a pipe of a known pack.
    fn carries_model(&self, input: &Input) -> bool {
        let is_pipe = input.spec.kind.text().is_some_and(|kind| Packs::embedded().is_pipe(kind));
        is_pipe && self.given.get(&input.name).is_some_and(is_link)
    }

    /// Integers between the steps of their input, such as a width of 1001 with a step of 8.
    fn values_off_step(&self, findings: &mut Findings) {
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
            let is_refused = integer(options.get("min")).is_some_and(|min| value < min)
                || integer(options.get("max")).is_some_and(|max| value > max);
            if is_refused || step < 2 || is_on(value) || value.checked_sub(from).is_none_or(is_on) {
                continue;
            }
            // Steps count from 0 if the minimum is a multiple.
            let start = if is_on(from) { 0 } else { from };
            let what = match start {
                0 => format!("a multiple of {step}"),
                start => format!("{start} plus a multiple of {step}"),
            };
            let message = format!("input {} of {} is {value}, not {what}", quote(&input.name), name_of(self.node));
            let below = value.saturating_sub((value - start).rem_euclid(step));
            let above = below.saturating_add(step);
            let help = format!("set {below} or {above}: the node may round other values, or fail");
            findings.add(
                Finding::new(NOT_A_MULTIPLE_OF_STEP, message).help(help).about(subject(self.node, Some(&input.name))),
            );
        }
    }

    /// Samplers whose model is optional and missing.
    fn unlinked_model(&self, findings: &mut Findings) {
        let is_model = |input: &&Input| input.spec.kind.text() == Some("MODEL");
        let Some(model) = self.declared.iter().find(is_model) else { return };
        let takes_links = |input: &Input| input.is_required && !has_widget(&input.spec);
        if model.is_required
            || self.given.get(&model.name).is_some()
            || !samples(self.class, &self.declared)
            || self.declared.iter().any(takes_links)
            || self.declared.iter().any(|input| self.carries_model(input))
        {
            return;
        }
        // A sampler that continues another one can take the model from it.
        let continues = self.declared.iter().filter(|input| input.spec.kind.text() == Some("LATENT")).any(|input| {
            let linked = self.given.get(&input.name).and_then(|link| link.list()?.first()?.text());
            let linked = linked.and_then(|id| self.resolved.graph.position(id));
            linked.is_some_and(|place| self.resolved.classes[place].inputs.iter().any(|input| is_model(&input)))
        });
        if !continues {
            let message = format!(
                "input {} of {} has no link: ComfyUI accepts this, then the node fails",
                quote(&model.name),
                name_of(self.node)
            );
            findings.add(
                Finding::new(UNLINKED_MODEL, message)
                    .help("link the `MODEL` output of a loader")
                    .about(subject(self.node, None)),
            );
        }
    }
}

/// Whether a value leads to another node.
pub(super) fn is_link(value: &Value) -> bool {
    matches!(value.list(), Some([Value::Text(_), Value::Int(_)]))
}

/// Whether a class samples: it changes a latent in steps.
fn samples(class: &Class, declared: &[Input]) -> bool {
    const SETTINGS: [&str; 4] = ["steps", "sampler_name", "cfg", "denoise"];
    let is_latent = |kind: &Value| kind.text() == Some("LATENT");
    class.outputs.iter().any(is_latent)
        && declared.iter().any(|input| is_latent(&input.spec.kind))
        && declared.iter().any(|input| SETTINGS.contains(&&*input.name))
}
