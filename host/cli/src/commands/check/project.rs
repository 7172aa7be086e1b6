//! The project of a check: its folder and its language.

use crate::args::Language;
use crate::failure::Failure;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use std::path::{Path, PathBuf};

/// The file that shows the language of a project.
const LANGUAGES: [(&str, Language); 3] =
    [("Cargo.toml", Language::Rust), ("check.py", Language::Python), ("component.js", Language::Javascript)];

pub(super) struct Project {
    pub(super) folder: PathBuf,
    pub(super) language: Language,
}

impl Project {
    /// The project in a folder, or in the current one.
    pub(super) fn find(folder: Option<&Path>) -> Result<Self, Failure> {
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        let language = LANGUAGES.iter().find(|(file, _)| folder.join(file).is_file());
        let Some((_, language)) = language else {
            let what = format!("`{}` is not the folder of a check", inert(&folder.display().to_string()));
            let help = "go to a project of `comfycheck check new`, or make one with `comfycheck check new NAME`";
            return Err(Diagnostic::new(what).help(help).into());
        };
        Ok(Self { language: *language, folder })
    }

    pub(super) fn shown(&self) -> String {
        inert(&self.folder.display().to_string())
    }

    /// The component that `check build` writes.
    pub(super) fn component(&self) -> PathBuf {
        self.folder.join("build/check.wasm")
    }

    /// A file that a tool can write, as an absolute path.
    pub(super) fn scratch(&self) -> Result<PathBuf, Failure> {
        let file = self.folder.join("build/check.wasm.part");
        let made = crate::write::make_folder_of(&file).and_then(|()| std::path::absolute(&file));
        made.map_err(|error| Failure::machine("cannot create the folder `build`", &error))
    }

    /// The folders of its cases, sorted by name.
    pub(super) fn cases(&self) -> Result<Vec<PathBuf>, Failure> {
        let Ok(entries) = std::fs::read_dir(self.folder.join("cases")) else { return Ok(Vec::new()) };
        let entries: Result<Vec<_>, _> = entries.collect();
        let entries = entries.map_err(|error| Failure::machine("cannot read the folder `cases`", &error))?;
        let mut folders: Vec<_> = entries.iter().map(std::fs::DirEntry::path).filter(|path| path.is_dir()).collect();
        folders.sort();
        Ok(folders)
    }
}
