//! The built-in scenarios.

use super::Scenario;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::nearest::did_you_mean;
use comfycheck_core::text::TextFile;

macro_rules! bundled {
    ($($name:literal),* $(,)?) => {
        /// The built-in scenarios by name, with their texts, sorted. `fixtures/scenarios/README.md` describes them.
        pub const BUNDLED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../scenarios/", $name, ".toml")))),*];
    };
}

bundled![
    "black-image",
    "cached-result",
    "cold-start",
    "comfyui-late",
    "connection-reset",
    "corrupt-image",
    "crash-loop",
    "cuda-too-old-host",
    "execution-timeout",
    "expired-result",
    "flaky-5xx",
    "forbidden",
    "funnel-to-one-worker",
    "healthy",
    "html-from-waf",
    "image-not-found",
    "import-failed",
    "job-oom",
    "load-balancer-endpoint",
    "missing-model",
    "missing-node",
    "mixed-gpus",
    "no-workers",
    "one-bad-host",
    "partial-images",
    "rate-limited",
    "result-too-large",
    "retried-job",
    "rolling-release",
    "simulated-upload",
    "slow-dribble",
    "slow-init",
    "stuck-in-progress",
    "style-drift",
    "success-no-images",
    "throttled",
    "unauthorized",
    "unmapped-folder",
    "version-skew",
    "workers-disabled",
    "wrong-handler",
    "zombie-workers",
];

/// The built-in scenario of a name. An unknown name is an error with a suggestion.
pub fn bundled(name: &str) -> Result<Scenario, Diagnostic> {
    let Some((_, text)) = BUNDLED.iter().find(|(known, _)| *known == name) else {
        let unknown = Diagnostic::new(format!("there is no scenario `{name}`"));
        return Err(match did_you_mean(name, BUNDLED.iter().map(|(name, _)| *name)) {
            Some(help) => unknown.help(help),
            None => unknown,
        });
    };
    Scenario::parse(&TextFile { path: format!("{name}.toml"), text: (*text).to_owned() })
}
