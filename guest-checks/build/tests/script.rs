//! `scripts/wasm-target` on faked machines: PATH holds the stubs of `stubs/` and a few
//! real tools that only read.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const STUBS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stubs");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/wasm-target");
const REAL: [&str; 10] = ["bash", "dirname", "env", "grep", "ln", "sed", "sort", "tail", "touch", "true"];

/// A machine; by default a Debian with rustup, all of whose servers answer, and root at
/// the keyboard.
#[derive(Clone, Copy)]
struct Machine {
    /// The programs on PATH.
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
    /// The version that apt's lists offer, before and after they are fetched.
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
    /// Lays the machine out in a folder.
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

    /// Runs the script there: its exit code, what it says, and the commands that change
    /// the machine, a line each.
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
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "all that it says is for people");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code(), said, fs::read_to_string(ran).expect("a log"))
    }
}

/// A tool of the machine that runs the test.
fn real(tool: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("PATH");
    std::env::split_paths(&path).map(|bin| bin.join(tool)).find(|file| file.is_file()).expect("a POSIX machine")
}

#[track_caller]
fn check(machine: Machine, code: i32, said: &str, ran: &str) {
    let root = tempfile::tempdir().expect("a folder");
    machine.build(root.path());
    assert_eq!(machine.run(root.path()), (Some(code), said.to_owned(), ran.to_owned()));
    if code == 0 {
        let (code, said, ran) = machine.run(root.path());
        assert_eq!((code, ran.as_str()), (Some(0), ""), "the second time there is nothing to do");
        assert!(said.ends_with(", nothing to do\n") && said.lines().count() == 1, "{said}");
    }
}

const ADDING: &str = "wasm-target: adding wasm32-unknown-unknown with rustup\n";
const INSTALLING: &str = "wasm-target: installing rustc-web cargo-web rust-web-src with apt-get\n";
const FETCHING: &str = "wasm-target: fetching apt's lists of packages\n";
const DEBIAN_DONE: &str = "wasm-target: done, Debian's compiler compiles to wasm32-unknown-unknown\n";

const ADD: &str = "rustup target add wasm32-unknown-unknown\n";
const INSTALL: &str = "apt-get install\n";
const UPDATE: &str = "apt-get update\n";

/// The message of a machine that no way works on.
fn gives_up(debian: &str, rustup: &str, apt: &str) -> String {
    format!(
        "error: this machine cannot compile Rust to wasm32-unknown-unknown
  active toolchain: it has no standard library for wasm32-unknown-unknown
  Debian's compiler: {debian}
  rustup: {rustup}
  apt: {apt}
help: give it access to static.rust-lang.org for rustup, or to apt archives that have rustc-web cargo-web \
rust-web-src, and run scripts/wasm-target again
"
    )
}

const NO_DEBIAN: &str = "there is no `/usr/bin/rustc` that can be run";
const RUSTUP_OFFLINE: &str = "`rustup target add wasm32-unknown-unknown` failed: error: could not download the channel";

#[test]
fn a_machine_that_can_is_left_alone() {
    let said = "wasm-target: the active toolchain compiles to wasm32-unknown-unknown, nothing to do\n";
    check(Machine { library: true, ..MACHINE }, 0, said, "");
    check(Machine { library: true, debian: true, ..OFFLINE }, 0, said, "");
    let said = "wasm-target: Debian's compiler compiles to wasm32-unknown-unknown, nothing to do\n";
    check(Machine { debian: true, ..MACHINE }, 0, said, "");
}

#[test]
fn rustup_comes_first() {
    let said = format!("{ADDING}wasm-target: done, the active toolchain compiles to wasm32-unknown-unknown\n");
    check(MACHINE, 0, &said, ADD);
    check(Machine { who: "user", ..MACHINE }, 0, &said, ADD);
}

#[test]
fn debians_compiler_is_installed_where_rustup_fails() {
    check(OFFLINE, 0, &format!("{ADDING}{INSTALLING}{DEBIAN_DONE}"), &format!("{ADD}{INSTALL}"));
    let elsewhere = Machine { rustup: "elsewhere", ..MACHINE };
    check(elsewhere, 0, &format!("{ADDING}{INSTALLING}{DEBIAN_DONE}"), &format!("{ADD}{INSTALL}"));
    check(WITHOUT_RUSTUP, 0, &format!("{INSTALLING}{DEBIAN_DONE}"), INSTALL);
    check(Machine { who: "sudoer", ..WITHOUT_RUSTUP }, 0, &format!("{INSTALLING}{DEBIAN_DONE}"), INSTALL);
}

#[test]
fn the_lists_of_packages_are_fetched_only_where_they_are_too_old() {
    for old in ["", "(none)", "1.85.0+dfsg3-1~deb12u3", "1.9.0"] {
        let machine = Machine { offers: [old, "1.100.0+dfsg1-1"], debian_version: "1.100.0", ..WITHOUT_RUSTUP };
        check(machine, 0, &format!("{FETCHING}{INSTALLING}{DEBIAN_DONE}"), &format!("{UPDATE}{INSTALL}"));
    }
    let gone = Machine { apt: "gone", ..WITHOUT_RUSTUP };
    let said = format!("{INSTALLING}{FETCHING}{INSTALLING}{DEBIAN_DONE}");
    check(gone, 0, &said, &format!("{INSTALL}{UPDATE}{INSTALL}"));
}

#[test]
fn archives_that_offer_too_little_are_told() {
    let absent = Machine { offers: ["(none)"; 2], ..OFFLINE };
    let said = gives_up(NO_DEBIAN, RUSTUP_OFFLINE, "its archives do not have `rustc-web`");
    check(absent, 1, &format!("{ADDING}{FETCHING}{said}"), &format!("{ADD}{UPDATE}"));
    let old = Machine { offers: ["1.85.0+dfsg3-1"; 2], ..OFFLINE };
    let apt = "its archives have `rustc-web` 1.85.0+dfsg3-1, and 1.95 is needed";
    let said = gives_up(NO_DEBIAN, RUSTUP_OFFLINE, apt);
    check(old, 1, &format!("{ADDING}{FETCHING}{said}"), &format!("{ADD}{UPDATE}"));
}

#[test]
fn packages_that_do_not_install_are_told_with_apts_first_error() {
    let apt = "`env DEBIAN_FRONTEND=noninteractive apt-get --quiet -o DPkg::Lock::Timeout=60 install --yes \
               --no-install-recommends --no-remove rustc-web cargo-web rust-web-src` failed: \
               E: Failed to fetch rustc-web";
    let said = format!("{INSTALLING}{FETCHING}{INSTALLING}{}", gives_up(NO_DEBIAN, "it is not installed", apt));
    check(Machine { apt: "broken", ..WITHOUT_RUSTUP }, 1, &said, &format!("{INSTALL}{UPDATE}{INSTALL}"));
}

#[test]
fn packages_that_are_not_enough_are_told() {
    let said = gives_up(
        "there is no `rust-lld`, neither in the active toolchain nor on PATH",
        "it is not installed",
        "it installed rustc-web cargo-web rust-web-src, but they are not enough",
    );
    check(Machine { linker: false, ..WITHOUT_RUSTUP }, 1, &format!("{INSTALLING}{said}"), INSTALL);
}

#[test]
fn without_the_right_to_install_nothing_is_asked() {
    let apt = "it needs root, or a `sudo` that asks no password";
    check(Machine { who: "user", ..OFFLINE }, 1, &format!("{ADDING}{}", gives_up(NO_DEBIAN, RUSTUP_OFFLINE, apt)), ADD);
    let without_sudo = Machine { programs: &["cargo", "rustc", "apt-get", "apt-cache", "id"], ..OFFLINE };
    let without_sudo = Machine { who: "user", ..without_sudo };
    check(without_sudo, 1, &gives_up(NO_DEBIAN, "it is not installed", apt), "");
}

#[test]
fn a_machine_without_any_tool_is_told_what_was_tried() {
    let bare = Machine { programs: &["cargo", "rustc"], ..MACHINE };
    check(bare, 1, &gives_up(NO_DEBIAN, "it is not installed", "there is no `apt-get`"), "");
    let said = "error: there is no `cargo` on PATH\nhelp: install Rust 1.95 or later from https://rustup.rs\n";
    check(Machine { programs: &[], ..MACHINE }, 1, said, "");
}
