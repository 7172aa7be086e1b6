//! `scripts/wasm-target` on simulated machines: PATH holds the stubs of `stubs/` and a few
//! real tools that only read. Exit codes and commands are in the tests, messages in snapshots.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const STUBS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stubs");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/wasm-target");
const REAL: [&str; 10] = ["bash", "dirname", "env", "grep", "ln", "sed", "sort", "tail", "touch", "true"];

/// A machine; by default a Debian with rustup and reachable servers, used by root.
#[derive(Clone, Copy)]
struct Machine {
    /// The programs in PATH.
    programs: &'static [&'static str],
    /// Whether the active toolchain has the library.
    library: bool,
    /// Whether Debian's compiler is installed.
    debian: bool,
    /// The version of Debian's compiler.
    debian_version: &'static str,
    /// Whether the active toolchain has `rust-lld`.
    linker: bool,
    /// `works`, `elsewhere` or `offline`.
    rustup: &'static str,
    /// `works`, `gone` (with old lists, packages are gone) or `broken`.
    apt: &'static str,
    /// The version in apt's lists, before and after they are fetched.
    offers: [&'static str; 2],
    /// `root`, `sudoer` (without a password) or `user`.
    who: &'static str,
}

const MACHINE: Machine = Machine {
    programs: &["cargo", "rustc", "rustup", "apt-get", "apt-cache", "id", "sudo"],
    library: false,
    debian: false,
    debian_version: "1.96.0",
    linker: true,
    rustup: "works",
    apt: "works",
    offers: ["1.96.0+dfsg1-1~deb12u2"; 2],
    who: "root",
};

const OFFLINE: Machine = Machine { rustup: "offline", ..MACHINE };
const WITHOUT_RUSTUP: Machine =
    Machine { programs: &["cargo", "rustc", "apt-get", "apt-cache", "id", "sudo"], ..MACHINE };

impl Machine {
    /// Creates the machine in a folder.
    fn build(self, root: &Path) {
        for folder in
            ["bin", "library", "toolchain/lib/rustlib/host/bin", "usr/bin", "usr/lib/rustlib/src/rust/library"]
        {
            fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        for program in self.programs {
            symlink(Path::new(STUBS).join(program), root.join("bin").join(program)).expect("a stub");
        }
        for tool in REAL {
            symlink(real(tool), root.join("bin").join(tool)).expect("a tool");
        }
        let touch = |file: &str| fs::write(root.join(file), "").expect("a file");
        if self.library {
            touch("library/libstd-0.rlib");
        }
        if self.linker {
            touch("toolchain/lib/rustlib/host/bin/rust-lld");
        }
        if self.debian {
            symlink(Path::new(STUBS).join("system-rustc"), root.join("usr/bin/rustc")).expect("a stub");
            touch("usr/bin/cargo");
            touch("usr/lib/rustlib/src/rust/library/Cargo.toml");
        }
    }

    /// Runs the script there. Returns its exit code, its messages, and the commands that
    /// change the machine, one a line.
    fn run(self, root: &Path) -> (Option<i32>, String, String) {
        let ran = root.join("ran");
        fs::write(&ran, "").expect("a log");
        let output = Command::new(real("bash"))
            .arg(SCRIPT)
            .env_clear()
            .envs([("APT", self.apt), ("DEBIAN", self.debian_version), ("RUSTUP", self.rustup), ("WHO", self.who)])
            .envs([("LISTED", self.offers[0]), ("FETCHED", self.offers[1])])
            .envs([("STUBS", STUBS), ("WASM_WAY", env!("CARGO_BIN_EXE_wasm-way"))])
            .env("MACHINE", root)
            .env("PATH", root.join("bin"))
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "messages go to stderr");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code(), said, fs::read_to_string(ran).expect("a log"))
    }
}

/// A tool of the machine that runs the test.
fn real(tool: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("PATH");
    std::env::split_paths(&path).map(|bin| bin.join(tool)).find(|file| file.is_file()).expect("a POSIX machine")
}

/// Runs the script on a machine, and once more if it succeeds: then there is nothing to do.
#[track_caller]
fn run(machine: Machine, code: i32, ran: &str) -> String {
    let root = tempfile::tempdir().expect("a folder");
    machine.build(root.path());
    let (exit_code, messages, commands) = machine.run(root.path());
    assert_eq!((exit_code, commands.as_str()), (Some(code), ran), "{messages}");
    if code == 0 {
        let (exit_code, messages, commands) = machine.run(root.path());
        assert_eq!((exit_code, commands.as_str()), (Some(0), ""), "{messages}");
        assert_eq!(messages.lines().count(), 1, "{messages}");
    }
    messages
}

/// Named machines, each with the exit code of the script and the commands that change the machine.
type Case<'a> = (&'a str, Machine, i32, &'a str);

#[track_caller]
fn check(snapshot: &str, cases: &[Case<'_>]) {
    let messages = cases.iter().map(|(name, machine, code, ran)| format!("# {name}\n{}", run(*machine, *code, ran)));
    insta::assert_snapshot!(snapshot, messages.collect::<Vec<_>>().join("\n"));
}

const ADD: &str = "rustup target add wasm32-unknown-unknown\n";
const INSTALL: &str = "apt-get install\n";
const ADD_INSTALL: &str = "rustup target add wasm32-unknown-unknown\napt-get install\n";
const ADD_UPDATE: &str = "rustup target add wasm32-unknown-unknown\napt-get update\n";
const UPDATE_INSTALL: &str = "apt-get update\napt-get install\n";
const INSTALL_UPDATE_INSTALL: &str = "apt-get install\napt-get update\napt-get install\n";

#[test]
fn a_machine_that_can_compile_is_not_changed() {
    check(
        "nothing_to_do",
        &[
            ("the active toolchain", Machine { library: true, ..MACHINE }, 0, ""),
            ("both", Machine { library: true, debian: true, ..OFFLINE }, 0, ""),
            ("Debian's compiler", Machine { debian: true, ..MACHINE }, 0, ""),
        ],
    );
}

#[test]
fn rustup_comes_first() {
    check("rustup", &[("root", MACHINE, 0, ADD), ("another user", Machine { who: "user", ..MACHINE }, 0, ADD)]);
}

#[test]
fn debians_compiler_is_installed_if_rustup_fails() {
    check(
        "debian",
        &[
            ("rustup is offline", OFFLINE, 0, ADD_INSTALL),
            ("rustup has another toolchain", Machine { rustup: "elsewhere", ..MACHINE }, 0, ADD_INSTALL),
            ("no rustup", WITHOUT_RUSTUP, 0, INSTALL),
            ("no rustup, with sudo", Machine { who: "sudoer", ..WITHOUT_RUSTUP }, 0, INSTALL),
        ],
    );
}

#[test]
fn the_lists_of_packages_are_fetched_only_if_they_are_too_old() {
    let offering = |old| Machine { offers: [old, "1.100.0+dfsg1-1"], debian_version: "1.100.0", ..WITHOUT_RUSTUP };
    check(
        "old_lists",
        &[
            ("no lists", offering(""), 0, UPDATE_INSTALL),
            ("no such package", offering("(none)"), 0, UPDATE_INSTALL),
            ("an old package", offering("1.85.0+dfsg3-1~deb12u3"), 0, UPDATE_INSTALL),
            ("an older package", offering("1.9.0"), 0, UPDATE_INSTALL),
            ("a package that is gone", Machine { apt: "gone", ..WITHOUT_RUSTUP }, 0, INSTALL_UPDATE_INSTALL),
        ],
    );
}

#[test]
fn a_machine_that_no_way_helps_gets_an_error() {
    let absent = Machine { offers: ["(none)"; 2], ..OFFLINE };
    let old = Machine { offers: ["1.85.0+dfsg3-1"; 2], ..OFFLINE };
    let broken = Machine { apt: "broken", ..WITHOUT_RUSTUP };
    let user = Machine { who: "user", ..OFFLINE };
    let without_sudo = Machine { programs: &["cargo", "rustc", "apt-get", "apt-cache", "id"], ..user };
    check(
        "no_way",
        &[
            ("the archives lack the packages", absent, 1, ADD_UPDATE),
            ("the archives are too old", old, 1, ADD_UPDATE),
            ("the installation fails", broken, 1, INSTALL_UPDATE_INSTALL),
            ("the packages are not enough", Machine { linker: false, ..WITHOUT_RUSTUP }, 1, INSTALL),
            ("sudo needs a password", user, 1, ADD),
            ("no sudo", without_sudo, 1, ""),
            ("no rustup and no apt", Machine { programs: &["cargo", "rustc"], ..MACHINE }, 1, ""),
            ("no cargo", Machine { programs: &[], ..MACHINE }, 1, ""),
        ],
    );
}
