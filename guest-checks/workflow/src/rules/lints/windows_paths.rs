//! Paths of Windows. Workers run Linux, where a backslash is part of a name.

use super::inputs::UsedNode;
use super::unknown_files::{has_drive, is_windows_path};
use crate::class::Input;
use crate::json::Value;
use crate::rules::phrasing::{name_of, subject};
use crate::rules::{FILE_NOT_IN_LIST, Findings, fixes};
use comfycheck_sdk::{Finding, quote};

impl UsedNode<'_> {
    /// Such paths in inputs whose files are not known. Where a list is known, it refuses them.
    pub(super) fn windows_paths(&self, findings: &mut Findings) {
        for input in self.declared.iter().filter(|input| input.spec.lists_unknown_files() || self.is_path(input)) {
            let file = self.given.get(&input.name).and_then(Value::text).filter(|file| is_windows_path(file));
            if let Some(file) = file {
                findings.add_with(FILE_NOT_IN_LIST, || self.windows_path(input, file));
            }
        }
    }

    fn windows_path(&self, input: &Input, file: &str) -> Finding {
        let of_input = format!("input {} of {}", quote(&input.name), name_of(self.node));
        let message = format!("{of_input} is {}, a path of Windows: a worker on Linux has no such file", quote(file));
        let plain = file.replace('\\', "/");
        let about = subject(self.node, Some(&input.name));
        let finding = Finding::new(FILE_NOT_IN_LIST, message).about(about);
        if has_drive(file) {
            return finding.help("write the path that the file has on the worker");
        }
        let fix = fixes::set(self.resolved, self.node, &input.name, &Value::Text(plain.as_str().into()));
        finding.help(format!("write {}", quote(&plain))).fix(fix)
    }
}
