//! The way to compile guests: a pure choice from a machine's compilers.

use crate::TARGET;
use std::fmt;
use std::path::PathBuf;

/// A way to compile for [`TARGET`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The active toolchain has the standard library.
    Active,
    /// The system's compiler builds the standard library from its source, with Debian's
    /// packages `rustc-web`, `cargo-web` and `rust-web-src`.
    Debian {
        /// The folder of `rust-lld`, which those packages lack.
        linker: PathBuf,
    },
}

/// The compilers of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    /// Whether the active toolchain has the standard library of [`TARGET`].
    pub active_library: bool,
    /// The version of the system's `rustc`; none if it does not run.
    pub system_rustc: Option<Version>,
    /// Whether there is a `cargo` beside it.
    pub system_cargo: bool,
    /// Whether the source of its standard library is installed.
    pub system_source: bool,
    /// The folder of `rust-lld`.
    pub linker: Option<PathBuf>,
}

/// The version of a compiler, without its patch level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
}

/// No way works: what each lacks, in order of preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoWay {
    pub active: String,
    /// Of the system's compiler.
    pub debian: String,
}

/// Chooses the way to compile for [`TARGET`]: the active toolchain if it can, since it does
/// not have to build the library first.
///
/// `needed` is the oldest version that compiles the workspace. Cargo has compared the active
/// toolchain with it already.
pub fn choose(probes: &Probes, needed: Version) -> Result<Way, NoWay> {
    if probes.active_library {
        return Ok(Way::Active);
    }
    let debian = match (probes.system_rustc, &probes.linker) {
        (None, _) => "`/usr/bin/rustc` is missing or does not run".to_owned(),
        (Some(found), _) if found < needed => format!("`/usr/bin/rustc` is {found}, need {needed}"),
        (Some(_), _) if !probes.system_cargo => "`/usr/bin/cargo` is missing".to_owned(),
        (Some(_), _) if !probes.system_source => {
            "the source of the standard library of `/usr/bin/rustc` is missing".to_owned()
        }
        (Some(_), None) => "`rust-lld` is missing in the active toolchain and in PATH".to_owned(),
        (Some(_), Some(linker)) => return Ok(Way::Debian { linker: linker.clone() }),
    };
    Err(NoWay { active: format!("the standard library for {TARGET} is missing"), debian })
}

impl Version {
    /// The oldest version that compiles the workspace.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "Cargo refuses an invalid `rust-version`")]
    pub fn needed() -> Self {
        Self::parse(env!("CARGO_PKG_RUST_VERSION")).expect("`rust-version` is a version")
    }

    /// Parses `1.95` or `1.95.0`; what follows the minor number is ignored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        Some(Self { major: numbers.next()??, minor: numbers.next()?? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for NoWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  active toolchain: {}", self.active)?;
        write!(f, "  Debian's compiler: {}", self.debian)
    }
}

impl std::error::Error for NoWay {}

#[cfg(test)]
mod tests {
    use super::*;

    const NEEDED: Version = Version { major: 1, minor: 95 };

    /// A machine with a complete Debian compiler, and without the library in its active
    /// toolchain.
    fn debian() -> Probes {
        Probes {
            active_library: false,
            system_rustc: Version::parse("1.96.0"),
            system_cargo: true,
            system_source: true,
            linker: Some("/lld".into()),
        }
    }

    #[test]
    fn the_active_toolchain_is_preferred() {
        assert_eq!(choose(&Probes { active_library: true, ..debian() }, NEEDED), Ok(Way::Active));
        assert_eq!(choose(&Probes { active_library: true, ..Probes::default() }, NEEDED), Ok(Way::Active));
    }

    #[test]
    fn without_the_library_debians_compiler_makes_it() {
        let way = Way::Debian { linker: "/lld".into() };
        assert_eq!(choose(&debian(), NEEDED), Ok(way.clone()));
        assert_eq!(choose(&Probes { system_rustc: Some(NEEDED), ..debian() }, NEEDED), Ok(way));
    }

    #[test]
    fn the_error_lists_what_each_way_lacks() {
        let machines = [
            Probes::default(),
            Probes { system_rustc: Version::parse("1.85.0"), ..debian() },
            Probes { system_cargo: false, ..debian() },
            Probes { system_source: false, ..debian() },
            Probes { linker: None, ..debian() },
        ];
        let errors = machines.map(|machine| choose(&machine, NEEDED).expect_err("no way").to_string());
        insta::assert_snapshot!("no_way", errors.join("\n"));
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert!(Version::parse("1.100.0") > Version::parse("1.95"));
        assert!(Version::parse("2.0") > Version::parse("1.95"));
        for text in ["", "1", "1.", "x.95", "1.x"] {
            assert_eq!(Version::parse(text), None, "{text:?}");
        }
    }
}
