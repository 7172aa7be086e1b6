//! The interfaces that a component imports.

use super::interface::Interface;
use super::load_error::LoadErrorKind;

/// An interface that a component imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub interface: Interface,
    /// The version that the component was built with, such as `0.1.0`.
    pub version: String,
}

impl Import {
    /// Reads the name of an import, such as `comfycheck:runpod/samples@0.1.0`. None if the host
    /// offers no such interface in a compatible version.
    pub(super) fn read(name: &str) -> Option<Self> {
        let (id, version) = name.split_once('@')?;
        let interface = Interface::ALL.into_iter().find(|interface| interface.id() == id)?;
        // Before 1.0 the second number marks breaking changes, and a pre-release is not compatible
        // with anything.
        let patch = version.strip_prefix("0.1.")?;
        patch.bytes().all(|byte| byte.is_ascii_digit()).then(|| Self { interface, version: version.to_owned() })
    }

    /// Whether it was built with a later version than the host's. It runs if it uses nothing that is new there.
    fn is_newer(&self) -> bool {
        numbers(&self.version) > numbers(self.interface.version())
    }
}

/// The error of a component that imports later versions than the host offers. None if it does not.
pub(super) fn newer(imports: &[Import]) -> Option<LoadErrorKind> {
    let newer = imports.iter().filter(|import| import.is_newer());
    let pairs = newer.map(|import| (format!("{}@{}", import.interface.id(), import.version), import.interface));
    of_newer(pairs.collect())
}

pub(super) fn of_newer(pairs: Vec<(String, Interface)>) -> Option<LoadErrorKind> {
    let ours = pairs.iter().map(|(_, interface)| format!("{}@{}", interface.id(), interface.version())).collect();
    let theirs: Vec<_> = pairs.into_iter().map(|(theirs, _)| theirs).collect();
    (!theirs.is_empty()).then_some(LoadErrorKind::Newer { theirs, ours })
}

/// An interface in an incompatible later version, such as `comfycheck:runpod/samples@0.2.0`.
pub(super) fn of_later_contract(name: &str) -> Option<Interface> {
    let (id, version) = name.split_once('@')?;
    let interface = Interface::ALL.into_iter().find(|interface| interface.id() == id)?;
    (numbers(version) > numbers(interface.version())).then_some(interface)
}

/// The numbers of a version, for comparison. Anything else sorts first.
pub(super) fn numbers(version: &str) -> Option<Vec<u64>> {
    version.split('.').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_patch_of_the_contract_is_read_and_nothing_else() {
        let read = |name: &str| Import::read(name).map(|import| import.version);
        for version in ["0.1.0", "0.1.1", "0.1.12"] {
            assert_eq!(read(&format!("comfycheck:runpod/samples@{version}")).as_deref(), Some(version));
        }
        for name in [
            "comfycheck:runpod/samples",
            "comfycheck:runpod/samples@0.2.0",
            "comfycheck:runpod/samples@1.1.0",
            "comfycheck:runpod/samples@0.1.1-rc.2",
            "comfycheck:runpod/other@0.1.0",
        ] {
            assert_eq!(read(name), None, "{name}");
        }
    }

    #[test]
    fn a_later_contract_is_recognized() {
        for (version, later) in [("0.2.0", true), ("1.0.0", true), ("0.0.9", false), ("0.2.0-rc.1", false)] {
            let found = of_later_contract(&format!("comfycheck:runpod/samples@{version}"));
            assert_eq!(found.is_some(), later, "{version}");
        }
        assert!(of_later_contract("comfycheck:runpod/other@0.2.0").is_none());
    }
}
