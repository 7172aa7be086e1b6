//! Everything that is known about one class.

use crate::fact::{
    Acceptance, Broadcast, EditorRole, EditorWidget, Fact, LooseAcceptance, ObjectInputs, OptionInputs,
    UnreturnedFiles, Validator,
};
use crate::pattern::Pattern;
use crate::version::Version;
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub struct ClassFacts {
    facts: Vec<Arc<Fact>>,
    is_known: bool,
    is_undescribed: bool,
}

impl ClassFacts {
    pub(crate) fn new(facts: Vec<Arc<Fact>>, is_known: bool) -> Self {
        Self { facts, is_known, is_undescribed: false }
    }

    /// The same for a class that nothing describes: it may read every input and give every output.
    #[must_use]
    pub fn of_undescribed(mut self) -> Self {
        let everything = vec![Pattern::from("*".to_owned())];
        self.facts.push(Arc::new(Fact { any_inputs: everything, any_output: true, ..Fact::default() }));
        self.is_undescribed = true;
        self
    }

    /// See [`Self::of_undescribed`].
    #[must_use]
    pub fn is_undescribed(&self) -> bool {
        self.is_undescribed
    }

    /// Whether a file describes its pack. Nothing can be concluded from the absence of a fact otherwise.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// What the editor does with its nodes; none if the server executes them.
    #[must_use]
    pub fn editor_role(&self) -> Option<EditorRole> {
        self.facts.iter().find_map(|fact| fact.editor)
    }

    pub fn broadcasts(&self) -> impl Iterator<Item = &Broadcast> {
        self.facts.iter().flat_map(|fact| &fact.broadcasts)
    }

    /// Whether it reads an input that it does not declare.
    #[must_use]
    pub fn reads(&self, input: &str) -> bool {
        self.facts.iter().any(|fact| {
            fact.any_inputs.iter().any(|pattern| pattern.matches(input))
                || fact.objects.as_ref().is_some_and(|objects| objects.inputs.matches(input))
        })
    }

    /// Whether it reads a link into an input that it does not declare.
    #[must_use]
    pub fn reads_link(&self, input: &str) -> bool {
        self.facts.iter().flat_map(|fact| &fact.any_links).any(|pattern| pattern.matches(input))
    }

    /// Whether it reads inputs that it does not declare.
    #[must_use]
    pub fn reads_any(&self) -> bool {
        self.facts.iter().any(|fact| !fact.any_inputs.is_empty())
    }

    #[must_use]
    pub fn option_inputs(&self) -> Option<&OptionInputs> {
        self.facts.iter().find_map(|fact| fact.option_inputs.as_ref())
    }

    #[must_use]
    pub fn objects(&self) -> Option<&ObjectInputs> {
        self.facts.iter().find_map(|fact| fact.objects.as_ref())
    }

    /// Its validator in a version of ComfyUI.
    #[must_use]
    pub fn validator(&self, version: Version) -> Option<&Validator> {
        let mut validators = self.facts.iter().filter_map(|fact| fact.validator.as_ref());
        validators.find(|validator| validator.exists_in(version))
    }

    /// The inputs whose validator accepts files that exist, whatever its list shows.
    pub fn file_inputs(&self) -> impl Iterator<Item = &str> {
        let validators = self.facts.iter().filter_map(|fact| fact.validator.as_ref());
        let of_files = validators.filter(|validator| validator.accepts == Acceptance::Files);
        of_files.flat_map(|validator| &validator.inputs).map(String::as_str)
    }

    /// The types that an input accepts besides the declared one.
    pub fn accepted_types<'a>(&'a self, input: &'a str) -> impl Iterator<Item = &'a str> {
        let wider = self.facts.iter().flat_map(|fact| &fact.accepts);
        let of_input = wider.filter(move |wider| wider.inputs.iter().any(|pattern| pattern.matches(input)));
        of_input.flat_map(|wider| &wider.types).map(String::as_str)
    }

    /// The types that an output has besides the declared one.
    pub fn given_types<'a>(&'a self, declared: &'a str) -> impl Iterator<Item = &'a str> {
        let wider = self.facts.iter().flat_map(|fact| &fact.gives).filter(move |wider| wider.declared == declared);
        wider.flat_map(|wider| &wider.types).map(String::as_str)
    }

    /// Whether links to outputs beyond the declared ones work.
    #[must_use]
    pub fn has_any_output(&self) -> bool {
        self.facts.iter().any(|fact| fact.any_output)
    }

    /// Whether it fails without `extra_pnginfo`.
    #[must_use]
    pub fn needs_editor(&self) -> bool {
        self.facts.iter().any(|fact| fact.needs_editor)
    }

    /// Whether it is an output node whose files are shown in the editor only.
    #[must_use]
    pub fn previews(&self) -> bool {
        self.facts.iter().any(|fact| fact.previews)
    }

    /// Whether the editor leaves an undeclared input in exports.
    #[must_use]
    pub fn is_leftover(&self, input: &str) -> bool {
        self.facts.iter().flat_map(|fact| &fact.leftovers).any(|pattern| pattern.matches(input))
    }

    /// Whether the editor leaves undeclared inputs of its own in exports.
    #[must_use]
    pub fn has_leftovers(&self) -> bool {
        // What a pack leaves in nodes of any class is not a widget of this one.
        self.facts.iter().any(|fact| !fact.classes.is_empty() && !fact.leftovers.is_empty())
    }

    /// What the list of an input accepts besides its values.
    #[must_use]
    pub fn loose_list(&self, input: &str) -> Option<LooseAcceptance> {
        let mut lists = self.facts.iter().flat_map(|fact| &fact.loose_lists);
        lists.find(|list| list.inputs.matches(input)).map(|list| list.accepts)
    }

    /// The editor's widgets right after a declared input.
    pub fn widgets_after<'a>(&'a self, input: &'a str) -> impl Iterator<Item = &'a EditorWidget> {
        self.facts.iter().flat_map(|fact| &fact.widgets).filter(move |widget| widget.after == input)
    }

    /// Its files that worker-comfyui does not return.
    #[must_use]
    pub fn unreturned(&self) -> Option<&UnreturnedFiles> {
        self.facts.iter().find_map(|fact| fact.unreturned.as_ref())
    }

    /// Whether the list of an input shows examples only.
    #[must_use]
    pub fn is_free_choice(&self, input: &str) -> bool {
        self.facts.iter().flat_map(|fact| &fact.free_choices).any(|pattern| pattern.matches(input))
    }
}
