//! Which compiler makes guests: a pure choice from what a machine has.

use crate::TARGET;
use std::fmt;
use std::path::PathBuf;

/// A way to compile for [`TARGET`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The active toolchain has the standard library.
    Active,
    /// The system's compiler makes the standard library from its source, as Debian's
    /// packages `rustc-web`, `cargo-web` and `rust-web-src` can.
    Debian {
        /// The folder that holds `rust-lld`, which those packages lack.
        linker: PathBuf,
    },
}

/// What was found on a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    /// Whether the active toolchain has the standard library of [`TARGET`].
    pub active_library: bool,
    /// The version of the system's `rustc`; none where none can be run.
    pub system_rustc: Option<Version>,
    /// Whether there is a `cargo` beside it.
    pub system_cargo: bool,
    /// Whether the source of its standard library is there.
    pub system_source: bool,
    /// The folder that holds `rust-lld`.
    pub linker: Option<PathBuf>,
}

/// The version of a compiler, without its patch level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The major number.
    pub major: u32,
    /// The minor number.
    pub minor: u32,
}

/// Why no way can be gone: what each lacks, in the order in which they are preferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoWay {
    /// What the active toolchain lacks.
    pub active: String,
    /// What the system's compiler lacks.
    pub debian: String,
}

/// Chooses the way to compile for [`TARGET`]: the active toolchain where it can, since
/// it needs not make the library first.
///
/// `needed` is the oldest version that compiles the workspace. The active toolchain is
/// not held against it, because Cargo does that before anything of ours is run.
pub fn choose(probes: &Probes, needed: Version) -> Result<Way, NoWay> {
    if probes.active_library {
        return Ok(Way::Active);
    }
    let debian = match (probes.system_rustc, &probes.linker) {
        (None, _) => "there is no `/usr/bin/rustc` that can be run".to_owned(),
        (Some(found), _) if found < needed => format!("`/usr/bin/rustc` is {found}, and {needed} is needed"),
        (Some(_), _) if !probes.system_cargo => "there is no `/usr/bin/cargo`".to_owned(),
        (Some(_), _) if !probes.system_source => "`/usr/bin/rustc` is without the source of its library".to_owned(),
        (Some(_), None) => "there is no `rust-lld`, neither in the active toolchain nor on PATH".to_owned(),
        (Some(_), Some(linker)) => return Ok(Way::Debian { linker: linker.clone() }),
    };
    Err(NoWay { active: format!("it has no standard library for {TARGET}"), debian })
}

impl Version {
    /// The oldest version that compiles the workspace.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "Cargo refuses a `rust-version` that is no version")]
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

    /// A machine whose Debian compiler lacks nothing, but without the library in its
    /// active toolchain.
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

    #[track_caller]
    fn check_lack(probes: &Probes, expected: &str) {
        let no_way = choose(probes, NEEDED).expect_err("no way");
        assert_eq!(no_way.debian, expected);
        assert_eq!(no_way.active, "it has no standard library for wasm32-unknown-unknown");
    }

    #[test]
    fn what_debians_compiler_lacks_is_said() {
        check_lack(&Probes::default(), "there is no `/usr/bin/rustc` that can be run");
        check_lack(
            &Probes { system_rustc: Version::parse("1.85.0"), ..debian() },
            "`/usr/bin/rustc` is 1.85, and 1.95 is needed",
        );
        check_lack(&Probes { system_cargo: false, ..debian() }, "there is no `/usr/bin/cargo`");
        check_lack(
            &Probes { system_source: false, ..debian() },
            "`/usr/bin/rustc` is without the source of its library",
        );
        check_lack(
            &Probes { linker: None, ..debian() },
            "there is no `rust-lld`, neither in the active toolchain nor on PATH",
        );
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
