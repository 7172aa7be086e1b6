//! The reports that every format renders: one that passes, one that fails, one that proves nothing, one interrupted.

use crate::scene::{Scene, With, error, errored, finding, found, node, note, open, skipped};
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::finding::{Bound, Effect, OpenQuestion, Severity, Subject, Waiver};
use comfycheck_core::manifest::Scope::{Deployment, Run, Sample};
use comfycheck_core::report::{Machine, Origin, Report, Signal};
use comfycheck_core::sample::{Ending, LostImage, Start};
use serde_json::json;
use std::time::Duration;

pub(crate) fn scene(samples: u32) -> Scene {
    Scene::new()
        .samples(samples)
        .check("endpoint", &[Deployment, Run])
        .check("nodes", &[Deployment, Run])
        .check("image", &[Sample])
        .check("performance", &[Run])
        .with(
            "endpoint",
            Deployment,
            found([note("measured", "`/health` answered in 180 ms").measured(0.18, "s", None)]),
        )
}

/// Three good samples; a question about nodes that the samples answered.
pub(crate) fn passed() -> Report {
    let metrics = [
        note("measured", "3 of 3 samples succeeded").measured(100.0, "%", Some(Bound::AtLeast(100.0))),
        note("measured", "the coldest start took 44.7 s").measured(44.69, "s", Some(Bound::Below(60.0))),
        note("measured", "an image took 9.33 s on average").measured(9.33, "s", Some(Bound::Below(30.0))),
        note("measured", "an image cost 0.0023 USD").measured(0.0023, "[USD]", None),
    ];
    (0..3)
        .fold(scene(3), |scene, i| {
            let decoded = note("measured", &format!("`a.png` is a PNG of 1024×1024, {}.2 MB", i + 1));
            scene.on_sample("image", i, found([decoded.about(Subject::Image(i, 0))]))
        })
        .with("nodes", Deployment, open("broken", "nothing shows the inventory", "name a ComfyUI server in the suite"))
        .with("performance", Run, found(metrics))
        .report()
}

/// A missing node, an old model name, a corrupt image and a failed job among four samples.
pub(crate) fn failed() -> Report {
    let missing = error("broken", "node class `ClownsharKSampler_Beta` is not installed")
        .about(node("2", None))
        .about(Subject::Pack("RES4LYF".into()))
        .help("install the pack `RES4LYF` in the image, and roll it out to all workers");
    let renamed = finding(Severity::Warning, "measured", "`vae_name` has another name on the server")
        .about(node("1", Some("vae_name")))
        .about(Subject::Model { folder: "vae".into(), name: "z-image-turbo-vae.safetensors".into() });
    let mut cut = error("broken", "`a.png` ends in the middle of its pixels").about(Subject::Image(1, 0));
    cut.data = Some(json!({ "decoded-rows": 511, "rows": 1024 }));
    let slow = error("broken", "an image took 48.2 s on average, and may take less than 30 s")
        .measured(48.2, "s", Some(Bound::Below(30.0)))
        .help("choose a faster GPU, or fewer steps");
    let job = error("broken", "the job of sample 3 failed: CUDA out of memory").about(Subject::Sample(3));
    scene(4)
        .sample(3, |sample| {
            sample.ending = Ending::Failed;
            sample.status = Some("FAILED".into());
            sample.error = Some("CUDA out of memory. Tried to allocate 2.00 GiB".into());
            sample.output = None;
            sample.images.clear();
        })
        .with("nodes", Deployment, found([missing, renamed]))
        .on_sample("image", 1, found([cut]))
        .on_sample("image", 3, skipped("the sample has no images"))
        .with("endpoint", Run, found([job]))
        .with("performance", Run, found([slow]))
        .report()
}

/// A missing node that is waived, a sample that failed for it, and a slow generation whose waiver has ended.
pub(crate) fn waived() -> Report {
    let missing = error("broken", "node class `ClownsharKSampler_Beta` is not installed")
        .about(node("2", None))
        .about(Subject::Sample(1))
        .help("install the pack `RES4LYF` in the image, and roll it out to all workers");
    let renamed = finding(Severity::Warning, "measured", "`vae_name` has another name on the server")
        .about(node("1", Some("vae_name")));
    let slow = error("broken", "an image took 48.2 s on average, and may take less than 30 s").about(node("3", None));
    scene(2)
        .sample(1, |sample| {
            sample.ending = Ending::Failed;
            sample.error = Some("ClownsharKSampler_Beta not found".into());
            sample.images.clear();
        })
        .with("nodes", Deployment, found([missing, renamed]))
        .with("performance", Run, found([slow]))
        .waive("nodes", "broken", Some("ClownsharKSampler_Beta"), "2026-09-14")
        .waive("nodes", "measured", None, "2026-12-31")
        .waive("performance", "broken", None, "2026-09-13")
        .report()
}

/// A check that trapped, a question that stayed open, a job whose fate is not known; after a dry run.
pub(crate) fn inconclusive() -> Report {
    let asked = open("broken", "nothing shows the inventory", "name a ComfyUI server in the suite");
    scene(3)
        .dry_run()
        .sample(2, |sample| {
            sample.ending = Ending::Unknown;
            sample.reason = Some("the connection was reset while the job was submitted".into());
            sample.job = None;
            sample.status = None;
            sample.worker = None;
            sample.start = Start::Unclear;
            sample.delay = None;
            sample.execution = None;
            sample.finished = None;
            sample.cost = None;
            sample.images.clear();
            sample.lost_images = vec![LostImage { name: "b.png".into(), reason: "404 from the bucket".into() }];
        })
        .with("nodes", Deployment, asked.clone())
        .with("nodes", Run, asked)
        .on_sample("image", 0, errored(ErrorKind::Limit, "`image` used all of its 256 MiB while it decoded"))
        .on_sample("image", 1, errored(ErrorKind::Limit, "`image` used all of its 256 MiB while it decoded"))
        .with("performance", Run, errored(ErrorKind::Trap, "`performance` trapped: index out of bounds"))
        .report()
}

/// A live run that Ctrl-C ended while its samples waited.
pub(crate) fn interrupted() -> Report {
    let mut scene = scene(2).interrupted(Signal::Interrupt).sample(1, |sample| {
        sample.ending = Ending::Cancelled;
        sample.status = Some("CANCELLED".into());
        sample.reason = Some("the run was interrupted".into());
        sample.execution = None;
        sample.images.clear();
    });
    scene.run.executions.retain(|execution| execution.instance.scope == Deployment);
    scene.run.origin = Origin::Live {
        endpoint: Some("abc123".into()),
        server: Some("http://127.0.0.1:9000/v2".into()),
        comfyui: Some("http://127.0.0.1:8188".into()),
    };
    scene.run.machine =
        Some(Machine { started: "2026-09-14T10:00:00Z".into(), elapsed: Duration::from_millis(61_500) });
    scene.report()
}

/// What hostile checks, workers and workflows would write.
pub(crate) fn hostile() -> Report {
    let text = concat!(
        "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m red\r\nPASSED  all is well\n::error::injected\n",
        "]]> --><script>alert(1)</script> &amp; \" ' \0 \u{202e}desrever\u{2066} \u{2028} \u{ffff} %0A | a | b |"
    );
    let megabyte = text.repeat((1 << 20) / text.len());
    let mut finding = error("broken", &megabyte).about(node(text, Some(text))).about(Subject::Other(text.into()));
    finding.help = Some(megabyte.clone());
    finding.data = Some(json!({ text: text }));
    finding.subjects.extend([
        Subject::Model { folder: text.into(), name: text.into() },
        Subject::Pack(text.into()),
        Subject::Worker(text.into()),
    ]);
    let mut at_a_place = error("broken", text).about(node("\u{1b}[31m", Some("\u{202e}")));
    let named = |effect| Some(Waiver { reason: megabyte.clone(), expires: text.into(), effect, twin: None });
    at_a_place.waiver = named(Effect::Expired);
    let mut waived = error("broken", "all is well, injected").about(node("\u{1b}[31m", None));
    waived.waiver = named(Effect::Waived);
    let measured = note("measured", text).measured(f64::MAX, text, Some(Bound::Below(f64::MIN_POSITIVE)));
    let question = OpenQuestion {
        rule: text.into(),
        reason: megabyte.clone(),
        help: Some(text.into()),
        closed: false,
        unrecorded: false,
    };
    let mut scene = scene(3)
        .with(
            "nodes",
            Deployment,
            Outcome::Completed { findings: vec![finding, at_a_place, measured, waived], open: vec![question] },
        )
        .with("endpoint", Run, errored(ErrorKind::Contract, &megabyte))
        .with("nodes", Run, skipped(&megabyte))
        .sample(1, |sample| {
            sample.ending = Ending::Failed;
            sample.job = Some(text.into());
            sample.worker = Some(text.into());
            sample.status = Some(text.into());
            sample.error = Some(megabyte.clone());
            sample.reason = Some(text.into());
            sample.output = Some(json!({ text: megabyte.clone() }));
            sample.workflow = "not JSON \u{1b}".into();
        });
    scene.run.origin = Origin::Replay { cassette: text.into(), note: Some(megabyte) };
    if let Some(workflow) = &mut scene.suite.workflow {
        workflow.path = format!("a\u{1b}[2J/{}", workflow.path);
        workflow.text =
            "{ \"\\u001b[31m\": { \"class_type\": \"A\", \"inputs\": { \"\u{202e}\": \"\u{9b}31m\" } } }".into();
    }
    scene.suite.name = text.into();
    scene.report()
}
