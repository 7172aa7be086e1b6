//! The page for people: its text, its bounds, and that nothing in it harms a terminal.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed, waived};
use crate::scene::{Scene, With, error, errored, finding, found, node, note, open, page, skipped, verbose};
use comfycheck_core::diagnostic::Color;
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::finding::{Bound, Finding, Severity, Subject};
use comfycheck_core::manifest::Scope::{Deployment, Run, Sample};
use comfycheck_core::render::{Detail, PageStyle, human};
use comfycheck_core::report::{Origin, Report};
use comfycheck_core::sample::Ending;
use insta::assert_snapshot;
use serde_json::json;

fn styled(report: &Report, change: impl FnOnce(&mut PageStyle)) -> String {
    let mut style = PageStyle::default();
    change(&mut style);
    human(report, style, &[])
}

fn all() -> [Report; 6] {
    [passed(), failed(), inconclusive(), interrupted(), hostile(), waived()]
}

#[test]
fn a_passed_run_for_people() {
    assert_snapshot!(page(&passed()));
}

#[test]
fn a_passed_run_with_all_that_is_known() {
    assert_snapshot!(verbose(&passed()));
}

#[test]
fn a_failed_run_for_people() {
    assert_snapshot!(page(&failed()));
}

#[test]
fn a_failed_run_with_all_that_is_known() {
    assert_snapshot!(verbose(&failed()));
}

#[test]
fn a_failed_run_on_a_narrow_terminal() {
    assert_snapshot!(styled(&failed(), |style| style.width = 60));
}

#[test]
fn a_narrow_page_drops_help_before_it_drops_an_error() {
    let help =
        "put the file into the folder of the worker image, or of the network volume, and attach the volume. ".repeat(2);
    let finding = |rule: &str| error(rule, "a model is missing: its loader lists no files").help(&help);
    let report =
        Scene::new().check("models", &[Run]).with("models", Run, found([finding("one"), finding("two")])).report();
    for width in [40, 60, 100, 200] {
        let page = styled(&report, |style| style.width = width);
        assert_eq!(page.lines().filter(|line| line.starts_with("error[")).count(), 2, "{page}");
    }
}

#[test]
fn an_inconclusive_run_for_people() {
    assert_snapshot!(page(&inconclusive()));
}

#[test]
fn an_interrupted_run_for_people() {
    assert_snapshot!(page(&interrupted()));
}

#[test]
fn an_old_price_table_is_named_beside_the_cost_of_a_live_run() {
    let aged = |origin: &Origin, date: &str| {
        let mut report = passed();
        report.origin = origin.clone();
        report.price.as_mut().expect("a price").date = Some(date.into());
        page(&report).contains("days old")
    };
    let live = Origin::Live { endpoint: Some("abc123".into()), server: None, comfyui: None };
    // The run is of 2026-09-14.
    assert!(aged(&live, "2026-07-15"));
    assert!(!aged(&live, "2026-07-16"), "60 days");
    assert!(!aged(&live, "2027-01-01"));
    assert!(!aged(&live, "soon"));
    assert!(!aged(&passed().origin, "2020-01-01"), "a replay");
}

/// No worker ever came: one cause, from which all else follows.
fn no_worker() -> Report {
    let mut cause = error("broken", "no worker started: 2 jobs waited 291 s in the queue")
        .about(Subject::Other("the endpoint".into()))
        .about(Subject::Sample(0))
        .about(Subject::Sample(1))
        .help("set max workers above 0, then allow more GPU types, CUDA versions and data centers");
    cause.data = Some(json!({
        "seen": "0 workers in every state in 32 readings of /health over 289 s",
        "unknown": "max workers, GPU types, GPU stock (this key cannot read them)",
    }));
    let rate = error("broken", "0 of 2 samples succeeded")
        .about(Subject::Sample(0))
        .about(Subject::Sample(1))
        .measured(0.0, "%", Some(Bound::AtLeast(100.0)));
    let mut scene = Scene::new()
        .samples(12)
        .check("endpoint", &[Deployment, Run])
        .check("nodes", &[Deployment, Run])
        .check("models", &[Deployment, Run])
        .check("image", &[Sample])
        .check("performance", &[Run])
        .check("house", &[Deployment, Run])
        .every_sample(|sample| {
            sample.ending = if sample.index < 2 { Ending::NeverStarted } else { Ending::NotSubmitted };
            (sample.worker, sample.gpu, sample.cost, sample.finished) = (None, None, None, None);
            sample.images.clear();
        })
        .with("endpoint", Run, found([cause]))
        .with("nodes", Deployment, found([note("measured", "13 classes installed")]))
        .with("models", Deployment, open("broken", "no server lists the models", "name a server"))
        .with("models", Run, skipped("no sample succeeded"))
        .with("performance", Run, open("broken", "no sample succeeded", ""))
        .with("house", Run, found([rate]));
    for index in 0..12 {
        scene = scene.on_sample("image", index, skipped("no images"));
    }
    scene.report()
}

#[test]
fn one_cause_stands_alone_with_what_follows_from_it() {
    let report = no_worker();
    assert_eq!((report.summary.errors, report.summary.open), (2, 2));
    assert!(page(&report).lines().count() <= 24);
    assert_snapshot!(page(&report));
}

#[test]
fn findings_and_the_verdict_are_enough_for_a_quiet_reader() {
    assert_snapshot!(styled(&no_worker(), |style| style.detail = Detail::Quiet));
}

#[test]
fn all_that_follows_is_listed_for_a_curious_reader() {
    assert_snapshot!(verbose(&no_worker()));
}

#[test]
fn a_warning_about_the_input_of_an_error_is_its_evidence() {
    let about = |finding: Finding, input: &str, help: &str| Finding {
        help: Some(help.into()),
        ..finding.about(node("2", Some(input)))
    };
    let missing = error("missing", "`a` is missing: the node does not list it");
    let misplaced = finding(Severity::Warning, "misplaced", "`a` is in a folder that nothing reads");
    let other = finding(Severity::Warning, "misplaced", "`b` is in a folder that nothing reads");
    let findings = [
        about(missing, "vae_name", "add the file"),
        about(misplaced, "vae_name", "move the file"),
        about(other, "clip_name", "move this file, too"),
    ];
    let report = Scene::new().check("first", &[Deployment]).with("first", Deployment, found(findings)).report();
    assert_snapshot!(page(&report));
}

#[test]
fn errors_of_samples_that_differ_in_their_evidence_are_one_block() {
    let corrupt =
        |row: u32| found([error("corrupt", &format!("the file is corrupt; a checksum is wrong (row {row})"))]);
    let scene = Scene::new().samples(4).check("first", &[Sample]);
    let scene =
        scene.on_sample("first", 0, corrupt(7)).on_sample("first", 1, corrupt(9)).on_sample("first", 3, corrupt(7));
    let report = scene.report();
    assert_snapshot!(page(&report));
}

#[test]
fn completed_samples_without_a_file_are_named_beside_their_number() {
    let lost = || error("lost", "2 jobs returned no file").about(Subject::Sample(0)).about(Subject::Sample(2));
    let scene = Scene::new().samples(3).check("first", &[Run]).with("first", Run, found([lost()]));
    let some = scene.sample(0, |sample| sample.images.clear()).sample(2, |sample| sample.images.clear());
    assert!(page(&some.report()).contains("3 of 3 samples, 1 with a file"));
    let none = Scene::new().samples(3).check("first", &[Run]).every_sample(|sample| sample.images.clear());
    assert!(page(&none.report()).contains("3 of 3 samples, 0 files"));
}

#[test]
fn the_other_reports_are_named_last() {
    let written = ["report/denrisi.json".to_owned(), "report/denrisi.xml".to_owned()];
    let text = human(&passed(), PageStyle::default(), &written);
    assert_eq!(text.lines().last(), Some("reports: report/denrisi.json, report/denrisi.xml"));
}

#[test]
fn a_gated_run_for_people() {
    let missing = |id| error("broken", "node class `ClownsharKSampler_Beta` is not installed").about(node(id, None));
    let renamed = error("broken", "`vae_name` has another name on the server").about(node("1", Some("vae_name")));
    let scene = Scene::new()
        .samples(12)
        .check("nodes", &[Deployment, Run])
        .check("models", &[Deployment])
        .check("image", &[Sample])
        .with("nodes", Deployment, found([missing("2")]))
        .with("models", Deployment, found([renamed]))
        .every_sample(|sample| {
            sample.ending = Ending::NotSubmitted;
            (sample.reason, sample.cost, sample.worker) = (Some("a gate is closed".into()), None, None);
        });
    let scene = (0..12).fold(scene, |scene, i| scene.on_sample("image", i, skipped("the sample was not submitted")));
    assert_snapshot!(page(&scene.with("nodes", Run, skipped("no sample was submitted")).report()));
}

#[test]
fn many_samples_for_people() {
    let sized = |i: u32| note("measured", &format!("{i} bytes")).measured(1e6 + f64::from(i) * 1e4, "By", None);
    let scene = Scene::new().samples(120).check("image", &[Sample]);
    let scene = (0..120).fold(scene, |scene, i| scene.on_sample("image", i, found([sized(i)])));
    let dark = (20..60).fold(scene, |scene, i| {
        let dark = error("broken", "the image is black").about(Subject::Image(i, 0)).help("look at the VAE");
        scene.on_sample("image", i, found([dark]))
    });
    let failed = (100..112).fold(dark, |scene, i| {
        scene.sample(i, |sample| {
            sample.ending = Ending::Failed;
            sample.error = Some("CUDA out of memory".into());
            sample.images.clear();
        })
    });
    assert_snapshot!(page(&failed.report()));
}

/// A note whose data is a distribution.
fn distribution(rule: &str, unit: &str, limit: Option<Bound>, data: &serde_json::Value) -> Finding {
    let mut note = note(rule, "measured").measured(1.0, unit, limit);
    note.data = Some(json!({ "distribution": data }));
    note
}

#[test]
fn distributions_of_any_check_are_one_table() {
    let limit = Some(Bound::Below(60.0));
    let first = [
        distribution(
            "queue",
            "s",
            Some(Bound::Below(120.0)),
            &json!({ "p50": 6.6, "p95": 11.5, "max": 12.1, "count": 24, "of": "samples" }),
        ),
        distribution("cold-start", "s", limit, &json!({ "p50": 39.72, "max": 59.97, "count": 1, "of": "samples" })),
        distribution("per-image", "[USD]", None, &json!({ "p50": 0.002, "max": 0.0146, "count": 12, "of": "images" })),
        distribution("broken", "s", None, &json!({ "p50": "many" })),
    ];
    let second = [distribution("queue", "1", None, &json!({ "p50": 3, "max": 9, "count": 2 }))];
    let scene = Scene::new().samples(2).check("performance", &[Run]).check("house", &[Run]);
    let scene = scene.with("performance", Run, found(first)).with("house", Run, found(second));
    assert_snapshot!(page(&scene.report()));
}

/// The sign of each check in the table.
fn signs(report: &Report) -> Vec<(String, String)> {
    let is_row = |line: &&str| {
        ["ok", "info", "skip", "unknown", "FAIL"].iter().any(|sign| line.starts_with(&format!("  {sign} ")))
    };
    let row = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        (words.next().unwrap(), words.next().unwrap_or_default())
    };
    page(report).lines().filter(is_row).map(row).collect()
}

#[track_caller]
fn check_sign(scene: Scene, expected: &str) {
    let signs = signs(&scene.report());
    assert_eq!(signs.iter().find(|(_, check)| check == "house").map(|(sign, _)| sign.as_str()), Some(expected));
}

#[test]
fn a_check_is_ok_only_if_it_checked_something_and_found_nothing_wrong() {
    let house = || Scene::new().samples(2).check("house", &[Deployment, Run]);
    check_sign(house(), "ok");
    check_sign(house().with("house", Run, found([finding(Severity::Warning, "broken", "odd")])), "ok");
    check_sign(house().with("house", Run, found([error("broken", "is missing")])), "FAIL");
    check_sign(house().with("house", Run, open("broken", "no inventory", "name one")), "unknown");
    check_sign(house().with("house", Run, errored(ErrorKind::Limit, "too slow")), "unknown");
    let skipped_twice =
        house().with("house", Run, skipped("no workflow")).with("house", Deployment, skipped("no workflow"));
    check_sign(skipped_twice, "skip");
    // It measured, and compared nothing with a limit.
    let measured = |limit| note("measured", "0.2 s").measured(0.2, "s", limit);
    check_sign(house().with("house", Run, found([measured(None)])), "info");
    check_sign(house().with("house", Run, found([measured(Some(Bound::Below(5.0)))])), "ok");
    check_sign(house().with("house", Run, found([note("measured", "all 3 files found")])), "ok");
}

#[test]
fn a_check_that_had_nothing_to_check_is_skipped() {
    let failing = |scopes| {
        let cause =
            error("broken", "is missing").about(node("2", None)).about(Subject::Sample(0)).about(Subject::Sample(1));
        Scene::new()
            .samples(2)
            .check("house", scopes)
            .check("nodes", &[Run])
            .with("nodes", Run, found([cause]))
            .every_sample(|sample| {
                sample.ending = Ending::Failed;
                sample.images.clear();
            })
    };
    // The samples failed, and it completed on each of them, or after them.
    check_sign(failing(&[Sample]), "skip");
    check_sign(
        failing(&[Run]).with("house", Run, found([note("measured", "0 of 2").measured(0.0, "%", None)])),
        "skip",
    );
    // Before them it had something to check.
    check_sign(failing(&[Deployment, Run]), "ok");
    // All that it reports follows from an error.
    check_sign(failing(&[Deployment, Run]).with("house", Run, open("broken", "no sample", "run one")), "skip");
    // Nothing explains that the samples failed.
    let unexplained =
        Scene::new().samples(1).check("house", &[Sample]).every_sample(|sample| sample.ending = Ending::Failed);
    check_sign(unexplained, "skip");
}

#[test]
fn color_adds_nothing_but_escape_codes() {
    for report in all() {
        let colored = styled(&report, |style| style.color = Color::On);
        let mut pieces = colored.split('\u{1b}');
        let mut stripped = pieces.next().unwrap().to_owned();
        stripped.extend(pieces.map(|piece| piece.split_once('m').unwrap().1));
        assert!(colored.contains('\u{1b}'));
        let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(trimmed(&stripped), trimmed(&page(&report)));
    }
}

#[test]
fn a_page_in_ascii_has_the_same_lines() {
    for report in all() {
        let ascii = styled(&report, |style| style.ascii = true);
        assert!(ascii.is_ascii());
        assert_eq!(ascii.lines().count(), page(&report).lines().count());
    }
    assert_snapshot!(styled(&no_worker(), |style| style.ascii = true));
}

#[test]
fn prose_keeps_to_the_width() {
    for width in [60, 80, 100] {
        for report in [passed(), failed(), inconclusive(), interrupted(), waived(), no_worker()] {
            let text = styled(&report, |style| style.width = width);
            // What readers copy is longer than the page where it has to be.
            let long: Vec<&str> = text
                .lines()
                .filter(|line| line.chars().count() > width && !line.contains("-->") && !line.contains('^'))
                .filter(|line| line.matches('`').count() < 2)
                .filter(|line| {
                    line.trim_start().contains(' ') && !line.trim_start().starts_with(|c: char| c.is_ascii_digit())
                })
                .collect();
            assert_eq!(long, [""; 0], "{width}");
        }
    }
}

#[test]
fn hostile_text_cannot_reach_the_terminal_or_forge_a_line() {
    for text in [page(&hostile()), verbose(&hostile())] {
        let bad: String = text
            .chars()
            .filter(|c| (c.is_control() && *c != '\n') || "\u{202e}\u{2066}\u{2028}".contains(*c))
            .collect();
        assert_eq!(bad, "");
        let forged = |line: &&str| line.starts_with("PASSED") || line.trim_start().starts_with("::error");
        assert_eq!(text.lines().filter(forged).count(), 0);
        assert!(text.len() < 64 * 1024, "{} bytes", text.len());
    }
}

#[test]
fn a_thousand_findings_fit_on_a_page_with_errors_first() {
    let findings = (0..1000).map(|i| {
        let severity = if i < 960 { Severity::Warning } else { Severity::Error };
        finding(severity, "broken", &format!("problem {i}")).help("fix it")
    });
    let text = page(&Scene::new().check("nodes", &[Deployment]).with("nodes", Deployment, found(findings)).report());
    assert!(text.lines().count() <= 40, "{text}");
    let shown: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("error[nodes/broken]: ")).collect();
    assert!(!shown.is_empty());
    assert!(shown.iter().zip(960..).all(|(line, i)| *line == format!("problem {i}")), "{text}");
}

#[test]
fn a_warning_about_the_model_of_an_error_is_its_evidence() {
    let model = |name: &str| Subject::Model { folder: "vae".into(), name: name.into() };
    let missing = || error("broken", "model `a` is missing").about(node("1", Some("vae_name"))).about(model("a"));
    let misplaced = |name: &str| {
        let found = finding(Severity::Warning, "measured", "`a` is on volume `v`, where the worker does not read it");
        found.about(node("1", Some("vae_name"))).about(model(name)).help("move it to `models/vae`")
    };
    let scene = |name: &str| {
        let found = found([misplaced(name), missing().about(Subject::Sample(0)).help("upload it")]);
        Scene::new().samples(1).check("models", &[Deployment]).with("models", Deployment, found).report()
    };
    let alone = page(&scene("b"));
    assert!(alone.contains("warning[models/measured]") && !alone.contains("seen:"), "{alone}");
    assert_snapshot!(page(&scene("a")));
}

#[test]
fn questions_that_only_samples_would_answer_stand_under_the_samples() {
    let without_help = |rule: &str| {
        let Outcome::Completed { findings, mut open } = open(rule, "no sample ended", "") else { unreachable!() };
        open[0].help = None;
        Outcome::Completed { findings, open }
    };
    let report = Scene::new()
        .samples(2)
        .check("first", &[Deployment, Run])
        .check("second", &[Run])
        .check("third", &[Run])
        .with("first", Deployment, open("missing", "could not list what is installed", "save an inventory"))
        .with("first", Run, skipped("no sample shows it"))
        .with("second", Run, open("not-started", "2 jobs waited", "wait longer"))
        .with("third", Run, without_help("slow"))
        .every_sample(|sample| {
            sample.ending = Ending::NeverStarted;
            sample.images.clear();
        })
        .report();
    let shown = page(&report);
    let blocks: Vec<&str> = shown.lines().filter(|line| line.starts_with("unknown[")).collect();
    let begins = |line: &&str, rule: &str| line.starts_with(&format!("unknown[{rule}]"));
    assert!(
        matches!(blocks.as_slice(), [first, then] if begins(first, "second/not-started") && begins(then, "samples"))
    );
    assert_snapshot!(shown);
    assert_snapshot!("all_questions_that_only_samples_would_answer", verbose(&report));
}
