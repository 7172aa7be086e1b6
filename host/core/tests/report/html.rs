//! The page: its words are those of the report for people, its policy is strict, and nothing from outside is markup.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed, waived};
use crate::scene::{Scene, WORKFLOW, With, error, found, node, page, verbose};
use comfycheck_core::execution::Execution;
use comfycheck_core::finding::Subject;
use comfycheck_core::manifest::Scope::Deployment;
use comfycheck_core::render::{ReportContext, SavedFiles, ctrf, html, json, junit, markdown};
use comfycheck_core::report::Report;
use comfycheck_core::sample::{Ending, FileFacts, LostImage};
use comfycheck_core::thumbnail::{Thumbnail, Thumbnails};
use insta::assert_snapshot;
use std::time::Duration;

fn plain(report: &Report) -> String {
    html(report, &ReportContext::default())
}

/// The page without its style, and each element on a line of its own.
fn readable(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    let digest = before.find("sha256-").unwrap();
    let text = format!("{}sha256-…{}{after}", &before[..digest], &before[digest + 7 + 44..]);
    text.replace("><", ">\n<")
}

/// The words that a reader sees.
fn words(page: &str) -> String {
    let (_, body) = page.split_once("<body>").unwrap();
    let mut text = String::new();
    for piece in body.split('<') {
        text.push_str(piece.split_once('>').map_or("", |(_, words)| words));
        text.push(' ');
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_failed_run_as_a_page() {
    assert_snapshot!(readable(&plain(&failed())));
}

/// Each finding, its rule and its help, and the verdict's line stand on both pages.
#[test]
fn the_page_has_the_verdict_and_the_findings_of_the_page_for_people() {
    for report in [passed(), failed(), waived(), inconclusive(), interrupted()] {
        let (words, human) = (words(&plain(&report)), page(&report));
        assert!(words.contains(report.summary.verdict.word()));
        let squeezed = |text: &str| text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ");
        let spaceless = |text: &str| squeezed(text).replace(' ', "");
        let human = spaceless(&human);
        for finding in report.executions.iter().flat_map(Execution::findings) {
            let shown = human.contains(&spaceless(&finding.message));
            if shown {
                let message = spaceless(&finding.message);
                assert!(spaceless(&words).contains(&message), "`{}` in {words}", finding.message);
            }
        }
        let verdict = human.lines().last().map(str::to_owned).unwrap_or_default();
        assert!(!verdict.is_empty());
    }
}

/// The policy allows the page's own style and embedded images; the page has nothing else that loads or acts.
#[test]
fn the_page_loads_nothing_and_runs_nothing() {
    for report in [passed(), failed(), hostile()] {
        let page = plain(&report);
        let policy = page.split("Content-Security-Policy\" content=\"").nth(1).and_then(|rest| rest.split('"').next());
        let policy = policy.unwrap();
        for directive in
            ["default-src 'none'", "style-src 'sha256-", "img-src data:", "base-uri 'none'", "form-action 'none'"]
        {
            assert!(policy.contains(directive), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        for forbidden in [
            "<script",
            "<link",
            "<iframe",
            "<form",
            "<object",
            " style=\"",
            " onload",
            " onclick",
            "src=\"http",
            "url(",
        ] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
}

/// What checks, workers and workflows write has no markup, also in names of workers, jobs and files.
#[test]
fn hostile_text_is_no_markup() {
    let evil = "\"'><img src=x onerror=alert(1)></title></style><svg onload=alert(2)>";
    let scene = Scene::new().samples(3).every_sample(|sample| {
        sample.worker = Some(evil.into());
        sample.gpu = Some(evil.into());
        sample.job = Some(evil.into());
        sample.error = Some(evil.into());
        sample.status = Some(evil.into());
        sample.workflow =
            serde_json::json!({ evil: { "class_type": evil, "inputs": { "text": evil } } }).to_string().into();
        sample.images[0].name = evil.into();
        sample.images[0].node = Some(evil.into());
    });
    let mut report = scene.report();
    report.name = evil.into();
    report.suite = evil.into();
    let links = [(report.samples[0].images[0].sha256.clone(), evil.to_owned())].into();
    let saved = SavedFiles { folder: evil.into(), count: 1, links };
    let page = html(&report, &ReportContext { saved: Some(&saved), json: Some(evil), ..ReportContext::default() });
    let (_, body) = page.split_once("</style>").unwrap();
    for forbidden in ["<img", "<svg onload", "</style>", "onerror=alert(1)>"] {
        assert!(!body.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("&quot;'&gt;&lt;img src=x"), "the words are there");
    let title = page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap();
    assert!(title.starts_with("&quot;'&gt;&lt;img") && !title.contains('<'), "{title}");
}

#[test]
fn an_image_is_embedded_and_links_to_its_file() {
    let report = passed();
    let digest = &report.samples[1].images[0].sha256;
    let copy = Thumbnail { width: 2, height: 1, png: b"PNG".to_vec() };
    let thumbnails = Thumbnails { copies: [(digest.clone(), copy)].into(), ..Thumbnails::default() };
    let links = [(digest.clone(), "out/a.png".to_owned())].into();
    let saved = SavedFiles { folder: "out".into(), count: 1, links };
    let context = ReportContext { thumbnails: Some(&thumbnails), saved: Some(&saved), ..ReportContext::default() };
    let page = html(&report, &context);
    assert_eq!(page.matches("src=\"data:image/png;base64,UE5H\"").count(), 1);
    assert_eq!(page.matches("href=\"out/a.png\"").count(), 2, "the image and its entry");
}

/// Also times that no clock has, and a sample that no worker took.
#[test]
fn charts_show_every_sample_whatever_its_times() {
    let report = Scene::new()
        .samples(4)
        .sample(1, |sample| {
            sample.delay = Some(Duration::MAX);
            sample.execution = Some(Duration::MAX);
            sample.finished = Some(Duration::MAX);
        })
        .sample(2, |sample| {
            sample.ending = Ending::NeverStarted;
            (sample.worker, sample.delay, sample.execution, sample.finished) = (None, None, None, None);
            sample.first_running = None;
        })
        .report();
    let page = plain(&report);
    assert!(!page.contains("NaN\"") && !page.contains("inf\""), "every length is a number");
    let table = page.split("Timeline of the workers, table").nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!(table.matches("<tr>").count(), 1 + 3, "a row for each sample that started");
    assert!(page.contains("1 other sample never started"), "the other is counted");
}

/// Equal reports give equal bytes, and a thousand samples stay a page that a browser opens at once.
#[test]
fn a_thousand_samples_fit_on_a_page() {
    let report = Scene::new()
        .samples(1_000)
        .every_sample(|sample| {
            sample.workflow = WORKFLOW.into();
            sample.files = vec![FileFacts { name: "a.mp4".into(), ..FileFacts::default() }];
        })
        .report();
    let page = plain(&report);
    assert_eq!(page, plain(&report));
    assert_eq!(page.matches("<li class=\"sample").count(), 1_000);
    assert!(page.len() < 4 << 20, "{} bytes", page.len());
}

/// A prompt that all samples have is shown once, others beside their sample.
#[test]
fn a_shared_prompt_is_shown_once() {
    let with = |prompt: &str, own: usize| {
        serde_json::json!({
            "6": { "class_type": "CLIPTextEncode", "inputs": { "text": prompt } },
            "7": { "class_type": "CLIPTextEncode", "inputs": { "text": format!("variation {own}") } },
        })
        .to_string()
        .into()
    };
    let mut report = Scene::new().samples(3).report();
    for (index, sample) in report.samples.iter_mut().enumerate() {
        sample.workflow = with("a red fox", index);
    }
    let page = plain(&report);
    assert_eq!(page.matches("a red fox").count(), 1);
    for own in 0..3 {
        assert_eq!(page.matches(&format!("variation {own}")).count(), 1);
    }
}

/// The numbers of the baseline stand beside those of the run.
#[test]
fn a_baseline_stands_beside_the_numbers() {
    let slower = |factor: u32| {
        let slow = move |sample: &mut comfycheck_core::sample::Sample| {
            sample.execution = sample.execution.map(|time| time * factor);
        };
        Scene::new().samples(8).every_sample(slow).report()
    };
    let (now, before) = (slower(2), slower(1));
    let context = ReportContext { baseline: Some(&before), ..ReportContext::default() };
    let page = words(&html(&now, &context));
    assert!(page.contains("+100%") && page.contains("Baseline: p50 9.4 s"), "{page}");
    let failed = failed();
    let context = ReportContext { baseline: Some(&failed), ..ReportContext::default() };
    assert!(words(&html(&passed(), &context)).contains("Since the baseline fixed"));
}

/// Without prompts, no format has them, and the places of nodes stay.
#[test]
fn prompts_can_be_left_out_of_every_format() {
    let prompt = "a lighthouse in a storm, oil on canvas";
    let workflow =
        format!("{{\n\"6\": {{ \"class_type\": \"CLIPTextEncode\",\n\"inputs\": {{ \"text\": \"{prompt}\" }} }} }}");
    let quoted = error("broken", &format!("`text` is `{prompt}`")).about(node("6", Some("text"))).help(prompt);
    let quoted = quoted.about(Subject::Other(format!("prompt `{prompt}`")));
    let mut scene = Scene::new().samples(2).check("nodes", &[Deployment]).with("nodes", Deployment, found([quoted]));
    scene = scene.waive("nodes", "broken", Some("another node"), "2026-12-31");
    scene.suite.workflow.as_mut().unwrap().text.clone_from(&workflow);
    let scene = scene.every_sample(|sample| {
        sample.workflow = workflow.as_str().into();
        sample.error = Some(format!("bad input: {}", &prompt[..28]));
        sample.output = Some(serde_json::json!({ "echo": prompt }));
        let reason = format!("no file is named `{prompt}`");
        sample.lost_images = vec![LostImage { name: "a.png".into(), reason }];
    });
    let mut report = scene.report();
    assert!(report.unused_waivers[0].message.contains(prompt));
    let place = |report: &Report| json(report).matches("\"line\": 3").count();
    let before = (place(&report), plain(&report).matches("lighthouse").count());
    assert!(before.0 > 0 && before.1 > 0);
    report.remove_prompts();
    let context = ReportContext::default();
    for text in
        [plain(&report), json(&report), markdown(&report, &context), verbose(&report), junit(&report), ctrf(&report)]
    {
        assert!(!text.contains("lighthouse"), "{text}");
    }
    assert_eq!(place(&report), before.0);
}

/// A gate that closed leaves nothing to show of each sample, so one line stands for all.
#[test]
fn samples_that_were_not_submitted_share_a_line() {
    let mut report = Scene::new().samples(5).report();
    for sample in &mut report.samples[1..] {
        let reason = if sample.index < 4 { "the gate is closed" } else { "the budget is spent" };
        *sample = comfycheck_core::sample::Sample::not_submitted(sample.index, None, "{}", reason);
    }
    let page = plain(&report);
    assert_eq!(page.matches("<li class=\"sample").count(), 1);
    let words = words(&page);
    for line in ["samples 1–3 not submitted: the gate is closed", "sample 4 not submitted: the budget is spent"] {
        assert!(words.contains(line), "{words}");
    }
}
