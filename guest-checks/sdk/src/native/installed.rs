//! What a ComfyUI has installed, and what it answers.

pub(crate) mod inventory {
    //! `comfyui/inventory`.
    use crate::bindings::comfycheck::comfyui::inventory as contract;
    use crate::native::ask;
    use crate::testing::Host;
    use contract::{Error, ModelFile, Pack, Source, SystemFacts};

    fn offered<T>(function: &str, answer: impl FnOnce(&Host) -> Option<T>) -> Result<T, Error> {
        ask(function, answer).ok_or_else(|| Error::NotOffered(format!("the test's host has no `{function}`")))
    }

    #[must_use]
    pub fn sources() -> Vec<Source> {
        ask("inventory.sources", |host| host.inventory_sources.clone())
    }

    pub fn system() -> Result<SystemFacts, Error> {
        offered("inventory.system", |host| host.system.clone())
    }

    pub fn node_classes() -> Result<Vec<String>, Error> {
        offered("inventory.node-classes", |host| Some(host.node_classes.as_ref()?.keys().cloned().collect()))
    }

    pub fn node_class(name: &str) -> Result<Option<String>, Error> {
        offered("inventory.node-class", |host| Some(host.node_classes.as_ref()?.get(name).cloned()))
    }

    pub fn node_replacements() -> Result<String, Error> {
        offered("inventory.node-replacements", |host| host.node_replacements.clone())
    }

    pub fn model_folders() -> Result<Vec<String>, Error> {
        offered("inventory.model-folders", |host| Some(host.models.as_ref()?.keys().cloned().collect()))
    }

    pub fn models(folder: &str) -> Result<Option<Vec<ModelFile>>, Error> {
        offered("inventory.models", |host| Some(host.models.as_ref()?.get(folder).cloned()))
    }

    pub fn packs() -> Result<Vec<Pack>, Error> {
        offered("inventory.packs", |host| host.packs.clone())
    }
}

pub(crate) mod http {
    //! `comfyui/http`.
    use crate::bindings::comfycheck::comfyui::http::{Error, Response};
    use crate::native::ask;

    /// # Errors
    ///
    /// If the host of the test has no response to this path.
    pub fn get(path: &str) -> Result<Response, Error> {
        let missing = || Err(Error::Other(format!("the test's host has no response to `{path}`")));
        ask("http.get", |host| host.responses.get(path).cloned()).unwrap_or_else(missing)
    }
}
