//! The cache on disk: what it saves, and what it does not trust.

use crate::guest::component;
use comfycheck_runtime::sandbox::{Cache, CacheError, ComponentSource, LoadEvent, Sandbox};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// A private folder, as `Cache::open` makes it.
fn folder() -> (TempDir, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("cache");
    Cache::open(&inner).unwrap();
    (outer, inner)
}

/// Loads a guest with a new sandbox, like a new process. Returns whether it was compiled.
#[track_caller]
fn compiles(folder: &Path, wasm: &[u8]) -> bool {
    let sandbox = Sandbox::new(Some(Cache::open(folder).unwrap())).unwrap();
    let compiled = AtomicUsize::new(0);
    let loaded = sandbox.load_all(&[ComponentSource { name: "guest", wasm, sha256: None }], &|event| match event {
        LoadEvent::Compiling { .. } => {
            compiled.fetch_add(1, Ordering::Relaxed);
        }
        LoadEvent::NotCached { error, .. } => panic!("{error}"),
    });
    assert_eq!(loaded[0].as_ref().unwrap().manifest().name, "guest");
    compiled.load(Ordering::Relaxed) == 1
}

/// The only file of a cache.
#[track_caller]
fn file(folder: &Path) -> PathBuf {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// Damages the file of a cache: the component is compiled once more, and then not again.
#[track_caller]
fn check_spoiled(spoil: impl FnOnce(&Path)) {
    let (_outer, folder) = folder();
    let wasm = component("answers");
    assert!(compiles(&folder, &wasm));
    spoil(&file(&folder));
    assert!(compiles(&folder, &wasm));
    assert!(!compiles(&folder, &wasm));
    file(&folder);
}

#[test]
fn a_component_is_compiled_once() {
    let (_outer, folder) = folder();
    let wasm = component("answers");
    assert!(compiles(&folder, &wasm));
    assert!(!compiles(&folder, &wasm));
    assert_eq!(file(&folder).metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn another_component_is_another_file() {
    let (_outer, folder) = folder();
    assert!(compiles(&folder, &component("answers")));
    assert!(compiles(&folder, &component("spins")));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
}

#[test]
fn a_file_with_one_wrong_bit_is_replaced() {
    let (_outer, cache) = folder();
    compiles(&cache, &component("answers"));
    let length = fs::read(file(&cache)).unwrap().len();
    for offset in [0, 16, length / 3, length / 2, length - 5, length - 1] {
        check_spoiled(|path| {
            let mut bytes = fs::read(path).unwrap();
            bytes[offset] ^= 1;
            fs::write(path, bytes).unwrap();
        });
    }
}

#[test]
fn a_truncated_file_is_replaced() {
    for keep in [0, 3, 4, 64, 4096] {
        check_spoiled(|path| fs::write(path, &fs::read(path).unwrap()[..keep]).unwrap());
    }
    check_spoiled(|path| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
    });
}

#[test]
fn a_file_of_another_component_is_replaced() {
    let (_outer, other) = folder();
    compiles(&other, &component("spins"));
    let foreign = fs::read(file(&other)).unwrap();
    check_spoiled(|path| fs::write(path, foreign).unwrap());
}

#[test]
fn a_file_that_others_can_write_is_replaced() {
    check_spoiled(|path| fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap());
}

#[test]
fn code_of_another_engine_is_not_used() {
    let (_outer, folder) = folder();
    let wasm = component("answers");
    compiles(&folder, &wasm);
    let path = file(&folder);
    let name = path.file_name().unwrap().to_str().unwrap();
    let (sha256, engine) = name.split_once('-').unwrap();
    assert_eq!((sha256.len(), engine.len()), (64, "0123456789abcdef.cwasm".len()));
    fs::rename(&path, folder.join(format!("{sha256}-0123456789abcdef.cwasm"))).unwrap();
    assert!(compiles(&folder, &wasm));
}

#[test]
fn the_oldest_files_make_room() {
    let (_outer, folder) = folder();
    let wasm = component("answers");
    compiles(&folder, &wasm);
    let oldest = file(&folder);
    let old = |path: &Path, days: u64| {
        let date = SystemTime::now() - Duration::from_hours(24 * days);
        File::options().write(true).open(path).unwrap().set_modified(date).unwrap();
    };
    old(&oldest, 3);
    for number in 0..120 {
        let path = folder.join(format!("{number:064x}-{number:016x}.cwasm"));
        fs::write(&path, "").unwrap();
        old(&path, 2);
    }
    assert!(compiles(&folder, &component("spins")));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 100);
    assert!(!oldest.exists());
    assert!(!compiles(&folder, &component("spins")));
}

#[test]
fn a_folder_that_is_open_to_others_is_not_used() {
    let outer = tempfile::tempdir().unwrap();
    fs::set_permissions(outer.path(), Permissions::from_mode(0o755)).unwrap();
    let error = Cache::open(outer.path()).unwrap_err();
    assert!(matches!(error, CacheError::NotPrivate { mode: 0o755, .. }), "{error:?}");
    insta::assert_snapshot!(error.to_string().replace(&outer.path().display().to_string(), "FOLDER"));
}

#[test]
fn a_file_in_place_of_the_folder_is_not_used() {
    let outer = tempfile::tempdir().unwrap();
    let path = outer.path().join("cache");
    fs::write(&path, "").unwrap();
    assert!(matches!(Cache::open(&path), Err(CacheError::NotAFolder(_))));
    assert!(matches!(Cache::open(path.join("below")), Err(CacheError::Unusable { .. })));
}

#[test]
fn a_missing_folder_is_reported_and_does_no_harm() {
    let (_outer, folder) = folder();
    let sandbox = Sandbox::new(Some(Cache::open(&folder).unwrap())).unwrap();
    fs::remove_dir(&folder).unwrap();
    let wasm = component("answers");
    let reports = AtomicUsize::new(0);
    let loaded = sandbox.load_all(&[ComponentSource { name: "guest", wasm: &wasm, sha256: None }], &|event| {
        if let LoadEvent::NotCached { name: "guest", .. } = event {
            reports.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert!(loaded[0].is_ok());
    assert_eq!(reports.load(Ordering::Relaxed), 1);
}

#[test]
fn what_is_not_the_caches_is_never_removed() {
    let (_outer, folder) = folder();
    for nth in 0..150 {
        fs::write(folder.join(format!("{nth}.txt")), "mine").unwrap();
        fs::write(folder.join(format!("{nth:064x}-{nth:016x}.cwasm")), "ours").unwrap();
    }
    assert!(compiles(&folder, &component("answers")));
    let count = |ending: &str| {
        let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(ending)).count()
    };
    assert_eq!((count(".txt"), count(".cwasm")), (150, 100));
}
