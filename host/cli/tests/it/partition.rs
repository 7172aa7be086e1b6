//! A run in shares: together they give the report of the whole, byte for byte; a share of another run is refused.

use crate::binary;
use crate::wording::Wording;
use insta::assert_snapshot;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// A suite, and a folder for its shares.
struct Scene {
    folder: TempDir,
    suite: PathBuf,
    choices: Vec<String>,
}

impl Scene {
    fn new(suite: impl AsRef<Path>, choices: &[&str]) -> Self {
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        Self { folder: tempfile::tempdir().unwrap(), suite: suite.as_ref().to_owned(), choices }
    }

    fn comfycheck(&self, arguments: &[&str]) -> Output {
        binary::comfycheck(&fixtures())
            .args(arguments)
            .args(&self.choices)
            .env("JOB_COMPLETION_INDEX", "0")
            .output()
            .unwrap()
    }

    fn suite(&self) -> &str {
        self.suite.to_str().unwrap()
    }

    /// Runs a share. Returns its folder.
    #[track_caller]
    fn share(&self, share: &str) -> String {
        let out = self.folder.path().join(share.replace('/', "-of-")).display().to_string();
        let output = self.comfycheck(&["run", self.suite(), "--progress", "none", "--partition", share, "--out", &out]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        assert!(stderr.contains(&format!("to {out}: ")), "{stderr}");
        out
    }

    #[track_caller]
    fn shares(&self, of: u32) -> Vec<String> {
        (1..=of).map(|index| self.share(&format!("{index}/{of}"))).collect()
    }

    fn merge(&self, folders: &[String]) -> Output {
        let mut arguments = vec!["report", "merge", "--format", "json", self.suite()];
        arguments.extend(folders.iter().map(String::as_str));
        self.comfycheck(&arguments)
    }

    fn whole(&self) -> Output {
        self.comfycheck(&["run", self.suite(), "--progress", "none", "--format", "json"])
    }

    /// Holds the shares, together, against the whole run. Returns its report.
    #[track_caller]
    fn check(&self, of: u32) -> serde_json::Value {
        let whole = self.whole();
        let mut folders = self.shares(of);
        // In whatever order they are named.
        folders.rotate_left(1);
        let merged = self.merge(&folders);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (expected, actual) = (text(&whole.stdout), text(&merged.stdout));
        assert!(!expected.is_empty(), "{}", text(&whole.stderr));
        assert!(!actual.is_empty(), "{}", text(&merged.stderr));
        let differing = expected.lines().zip(actual.lines()).find(|(expected, actual)| expected != actual);
        assert!(expected == actual, "{differing:?}");
        assert_eq!(merged.status.code(), whole.status.code());
        serde_json::from_str(&expected).unwrap()
    }

    /// Refuses to merge these folders.
    #[track_caller]
    fn refused(&self, folders: &[String]) -> Output {
        let output = self.merge(folders);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        output
    }

    fn words(&self) -> Wording {
        Wording::default().folder(self.folder.path())
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").canonicalize().unwrap()
}

/// A suite with a check of each sample, and checks of the deployment and of the whole run by many names, with settings
/// that tell them apart.
fn large_suite(folder: &Path, samples: usize) -> PathBuf {
    let workflow = fixtures().join("workflows/denrisi.json").display().to_string();
    let mut suite = format!(
        "name = \"large\"\nworkflow = {workflow:?}\nsamples = {samples}\nconcurrency = 8\n[deployment]\ngpu = \"ADA_24\"\n\
         [checks.endpoint]\n[checks.image]\n[checks.performance]\nsettings = {{ max-queue-s = 120 }}\n"
    );
    for number in 0..49 {
        write!(suite, "[checks.nodes-{number}]\nuse = \"nodes\"\nsettings = {{ comfyui = \">=0.3.{number}\" }}\n")
            .unwrap();
    }
    let path = folder.join("large.toml");
    std::fs::write(&path, suite).unwrap();
    path
}

#[test]
fn ten_shares_of_200_check_instances_and_100_samples_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::new(large_suite(folder.path(), 100), &["--simulate", "healthy"]);
    let report = scene.check(10);
    assert!(report["executions"].as_array().unwrap().len() >= 200, "{}", report["summary"]);
    assert_eq!(report["samples"].as_array().unwrap().len(), 100);
}

#[test]
fn shares_of_a_replay_are_the_whole() {
    for cassette in [
        "denrisi-healthy",
        "denrisi-corrupt-image",
        "denrisi-no-worker",
        "denrisi-missing",
        "denrisi-missing-told-by-jobs",
    ] {
        Scene::new("suites/denrisi.toml", &["--replay", &format!("cassettes/{cassette}")]).check(5);
    }
}

#[test]
fn attempts_that_were_recorded_are_made_by_the_whole_and_by_its_shares() {
    let report = Scene::new("suites/outage.toml", &["--replay", "cassettes/outage"]).check(3);
    assert_eq!(report["summary"]["verdict"], "passed");
    assert_ne!(report["summary"]["flaky"], 0, "{}", report["summary"]);
}

#[test]
fn shares_of_a_simulation_are_the_whole_whatever_happens_in_it() {
    for scenario in [
        "cold-start",
        "flaky-5xx",
        "image-not-found",
        "job-oom",
        "rate-limited",
        "unauthorized",
        "missing-node",
        "throttled",
    ] {
        Scene::new("suites/denrisi.toml", &["--simulate", scenario]).check(3);
    }
}

#[test]
fn one_share_or_more_than_there_are_samples_are_the_whole() {
    let scene = Scene::new("suites/denrisi.toml", &["--replay", "cassettes/denrisi-healthy", "--samples", "2"]);
    scene.check(1);
    scene.check(4);
}

#[test]
fn the_index_of_a_pod_names_its_share() {
    let scene = Scene::new("suites/denrisi.toml", &["--replay", "cassettes/denrisi-healthy"]);
    let folder = scene.share("index/2");
    let share: serde_json::Value =
        serde_json::from_slice(&std::fs::read(Path::new(&folder).join("share.json")).unwrap()).unwrap();
    assert_eq!((share["share"].as_u64(), share["of"].as_u64()), (Some(1), Some(2)));
}

#[test]
fn what_is_not_the_shares_of_one_run_is_refused() {
    let scene = Scene::new("suites/denrisi.toml", &["--replay", "cassettes/denrisi-healthy"]);
    let [one, two] = &scene.shares(2)[..] else { unreachable!() };
    let third = scene.share("2/3");
    let mut words = scene.words();
    words.output("a share is missing", &scene.refused(std::slice::from_ref(one)));
    words.output("a share twice", &scene.refused(&[one.clone(), one.clone()]));
    words.output("shares of 2 and of 3", &scene.refused(&[one.clone(), third]));
    let both = [one.clone(), two.clone()];
    for choices in [
        ["--replay", "cassettes/denrisi-corrupt-image"].as_slice(),
        &["--simulate", "healthy"],
        &["--replay", "cassettes/denrisi-healthy", "--samples", "11"],
        &["--replay", "cassettes/denrisi-healthy", "--check", "nodes"],
    ] {
        let other = Scene { choices: choices.iter().map(|choice| (*choice).to_owned()).collect(), ..scene_in(&scene) };
        words.output(&choices.join(" "), &other.refused(&both));
    }
    assert_snapshot!(words);
}

/// Another scene with the same suite.
fn scene_in(scene: &Scene) -> Scene {
    Scene { folder: tempfile::tempdir().unwrap(), suite: scene.suite.clone(), choices: Vec::new() }
}

impl Scene {
    /// Merges what is in the folder of the shards.
    fn merge_among(&self, further: &[&str]) -> Output {
        let place = self.folder.path().display().to_string();
        let arguments = ["report", "merge", "--format", "json", self.suite(), "--shards", &place];
        self.comfycheck(&[&arguments, further].concat())
    }
}

#[test]
fn the_complete_folder_of_each_share_is_taken_and_the_others_are_named() {
    let scene = Scene::new("suites/denrisi.toml", &["--replay", "cassettes/denrisi-healthy"]);
    let folders = scene.shares(3);
    let expected = scene.merge(&folders).stdout;
    let place = |name: &str| scene.folder.path().join(name);
    let copy = |to: &str| {
        assert!(std::process::Command::new("cp").args(["-r", &folders[1]]).arg(place(to)).status().unwrap().success());
    };
    copy("2-again");
    copy("2-of-3-cut");
    std::fs::write(place("2-of-3-cut/report.json"), "{}").unwrap();
    std::fs::create_dir_all(place("4-killed/images")).unwrap();
    std::fs::write(place("notes.txt"), "a file").unwrap();
    let other = Scene { choices: vec!["--simulate".into(), "healthy".into()], ..scene_in(&scene) };
    std::fs::rename(other.share("1/3"), place("another-run")).unwrap();
    let merged = scene.merge_among(&[]);
    assert!(!expected.is_empty() && merged.stdout == expected, "{}", String::from_utf8_lossy(&merged.stderr));
    let mut words = scene.words();
    words.add("among others", &String::from_utf8(merged.stderr).unwrap());
    words.output("no such folder", &scene.comfycheck(&["report", "merge", scene.suite(), "--shards", "nowhere"]));
    let both = ["report", "merge", scene.suite(), &folders[0], "--shards", "nowhere"];
    words.output("named twice", &scene.comfycheck(&both));
    words.output("without a suite", &scene.comfycheck(&["report", "merge", "a.json", "--allow-missing"]));
    assert_snapshot!(words);
}

#[test]
fn what_belongs_to_a_lost_share_is_unknown() {
    what_is_lost_is_unknown(&["--replay", "cassettes/denrisi-healthy"]);
    what_is_lost_is_unknown(&["--simulate", "healthy"]);
}

#[track_caller]
fn what_is_lost_is_unknown(source: &[&str]) {
    let scene = Scene::new("suites/denrisi.toml", source);
    let folders = scene.shares(3);
    std::fs::remove_dir_all(&folders[1]).unwrap();
    assert_eq!(scene.merge_among(&[]).status.code(), Some(2));
    let merged = scene.merge_among(&["--allow-missing"]);
    assert_eq!(merged.status.code(), Some(3), "{}", String::from_utf8_lossy(&merged.stderr));
    let report: serde_json::Value = serde_json::from_slice(&merged.stdout).unwrap();
    assert_eq!((&report["summary"]["samples"], &report["summary"]["succeeded"]), (&12.into(), &8.into()));
    // Outside of a live run no job can be running.
    let was_lost = |item: &&serde_json::Value| item["ending"] == "not-submitted";
    let lost: Vec<_> =
        report["samples"].as_array().unwrap().iter().filter(was_lost).map(|sample| sample["index"].as_u64()).collect();
    assert_eq!(lost, [1, 4, 7, 10].map(Some));
    assert!(!String::from_utf8_lossy(&merged.stdout).contains("may be running"));
    let text = merged.stdout;
    std::fs::write(scene.folder.path().join("merged.json"), &text).unwrap();
    let path = scene.folder.path().join("merged.json").display().to_string();
    let rendered =
        binary::comfycheck(&fixtures()).args(["report", "render", &path, "--format", "json"]).output().unwrap();
    assert!(
        rendered.stdout == text,
        "a stored report of it can be read: {}",
        String::from_utf8_lossy(&rendered.stderr)
    );
}

#[test]
fn a_share_that_was_changed_is_refused() {
    let scene = Scene::new("suites/denrisi.toml", &["--replay", "cassettes/denrisi-healthy"]);
    let folders = scene.shares(1);
    let folder = Path::new(&folders[0]);
    let image = std::fs::read_dir(folder.join("images")).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(&image).unwrap();
    let mut words = scene.words().mask(image.file_name().unwrap().to_str().unwrap(), "{image}");
    std::fs::remove_file(&image).unwrap();
    words.output("an image is missing", &scene.refused(&folders));
    std::fs::write(&image, &bytes[..bytes.len() / 2]).unwrap();
    words.output("an image was cut", &scene.refused(&folders));
    std::fs::write(&image, bytes).unwrap();
    assert!(!scene.merge(&folders).stdout.is_empty());
    std::fs::write(folder.join("report.json"), "{}").unwrap();
    words.output("the report was changed", &scene.refused(&folders));
    assert_snapshot!(words);
}

#[test]
fn what_is_not_a_share_is_refused_with_what_is_missing() {
    let scene = Scene::new("suites/denrisi.toml", &["--replay", "cassettes/denrisi-healthy"]);
    let folder = scene.folder.path();
    let name = |name: &str| folder.join(name).display().to_string();
    let mut words = scene.words();
    words.output("no such folder", &scene.refused(&[name("one")]));
    words.output("no folder at all", &scene.refused(&[]));
    std::fs::create_dir(folder.join("one")).unwrap();
    words.output("an empty folder", &scene.refused(&[name("one")]));
    assert!(pipe(&folder.join("one/share.json")));
    words.output("a pipe", &scene.refused(&[name("one")]));
    let forgotten = Scene { suite: folder.join("one"), ..scene_in(&scene) };
    words.output("the suite was forgotten", &forgotten.refused(&[name("one")]));
    assert_snapshot!(words);
}

/// Makes a pipe without a writer.
fn pipe(path: &Path) -> bool {
    std::process::Command::new("mkfifo").arg(path).status().unwrap().success()
}

#[test]
fn a_report_that_is_a_pipe_is_not_waited_for() {
    let scene = Scene::new("suites/denrisi.toml", &[]);
    let path = scene.folder.path().join("report.json");
    assert!(pipe(&path));
    let output = scene.comfycheck(&["report", "render", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let mut words = scene.words();
    words.output("a pipe", &output);
    assert_snapshot!(words);
}

/// Refuses to begin a share. Nothing was sent: there would be no answer.
#[track_caller]
fn not_begun(scene: &Scene, arguments: &[&str], out: &str) -> Output {
    let out = scene.folder.path().join(out).display().to_string();
    let output = scene.comfycheck(&[&["run", "--partition", "1/2", "--out", &out], arguments].concat());
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn a_share_that_could_not_be_written_or_merged_is_not_begun() {
    let scene = Scene::new("suites/denrisi.toml", &["--replay", "cassettes/denrisi-healthy"]);
    let folder = scene.folder.path();
    std::fs::write(folder.join("file"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("link")).unwrap();
    std::fs::create_dir_all(folder.join("begun/images")).unwrap();
    std::fs::write(folder.join("begun/report.json"), "").unwrap();
    let mut words = scene.words();
    for out in ["file", "link", "begun"] {
        words.output(&format!("--out {out}"), &not_begun(&scene, &[scene.suite()], out));
    }
    let without = ["--endpoint", "ep1", "--workflow", "workflows/denrisi.json"];
    words.output("no suite file", &not_begun(&scene, &without, "new"));
    assert!(!folder.join("new").exists());
    assert_snapshot!(words);
}
