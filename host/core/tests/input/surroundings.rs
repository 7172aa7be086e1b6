//! An environment and files, as data.

use crate::wording::wording;
use comfycheck_core::diagnostic::{Diagnostic, Refusal};
use comfycheck_core::inventory::Inventory;
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::{
    BundledName, FileLocation, FileRequest, InventoryReadError, Needs, Overrides, ReadError, Suite, Surroundings,
    UnsetVariables,
};
use comfycheck_core::text::TextFile;

/// The built-in checks of the tests.
pub(crate) const BUNDLED: [BundledName<'_>; 4] =
    [bundled("endpoint", true), bundled("nodes", true), bundled("image", true), bundled("denrisi", false)];

const fn bundled(name: &str, by_default: bool) -> BundledName<'_> {
    BundledName { name, by_default }
}

/// The surroundings of a suite.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) environment: Vec<(&'static str, &'static str)>,
    pub(crate) files: Vec<(&'static str, &'static str)>,
    pub(crate) unset: UnsetVariables,
    pub(crate) needs: Needs,
}

/// An endpoint, a key and a workflow: all that a suite needs.
pub(crate) fn complete() -> World {
    World {
        environment: vec![("RUNPOD_ENDPOINT_ID", "4m7x2k9q"), ("RUNPOD_API_KEY", "rpa_ABC")],
        files: vec![("../w.json", "{}")],
        unset: UnsetVariables::Refused,
        needs: Needs::Everything,
    }
}

impl World {
    pub(crate) fn parse(&self, suite: &str) -> Result<(Suite, Vec<Diagnostic>), Refusal> {
        self.parse_with(suite, &Overrides::default())
    }

    pub(crate) fn parse_with(&self, suite: &str, overrides: &Overrides) -> Result<(Suite, Vec<Diagnostic>), Refusal> {
        let file = TextFile { path: "suite.toml".into(), text: suite.into() };
        self.surroundings(|surroundings| Suite::parse(file, surroundings, overrides)).inspect_err(|refusal| {
            let text = wording(refusal);
            assert!(!text.contains("rpa_"), "a key is shown: {text}");
        })
    }

    pub(crate) fn surroundings<T>(&self, with: impl FnOnce(&Surroundings<'_>) -> T) -> T {
        let environment = |name: &str| lookup(&self.environment, name).map(Secret::new);
        let read = |request: &FileRequest<'_>| match request.path {
            "large.bin" => Err(ReadError::TooLarge),
            "image.png" => Err(ReadError::NotText),
            "link.json" if request.within == FileLocation::SuiteFolder => Err(ReadError::Outside),
            "locked.json" => Err(ReadError::Other("permission denied".into())),
            path => lookup(&self.files, path).map(String::into_bytes).ok_or_else(|| {
                let folder = format!("{}/", path.trim_end_matches('/'));
                let is_folder = self.files.iter().any(|(file, _)| file.starts_with(&folder));
                if is_folder { ReadError::Other("is a directory".into()) } else { ReadError::Missing }
            }),
        };
        with(&Surroundings {
            environment: &environment,
            read: &read,
            read_inventory: &|request| {
                let bytes = read(request).map_err(InventoryReadError::File)?;
                Inventory::parse(&String::from_utf8_lossy(&bytes)).map_err(InventoryReadError::Content)
            },
            unset: self.unset,
            needs: self.needs,
            bundled: &BUNDLED,
        })
    }
}

fn lookup(entries: &[(&str, &str)], name: &str) -> Option<String> {
    entries.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}
