//! What the deployment answers: the check `endpoint` judges, and the same capabilities tell what it may see.

use super::super::run::{live, origin};
use super::lines::Lines;
use crate::checks::{Checks, Wanted};
use crate::failure::Failure;
use crate::prepare::{Answers, Prepared};
use crate::signal;
use comfycheck_core::execution::{CheckInstance, Execution, Outcome};
use comfycheck_core::finding::Severity;
use comfycheck_core::manifest::Scope;
use comfycheck_core::report::Signal;
use comfycheck_core::suite::{CheckSource, Suite};
use comfycheck_core::waiver::Waivers;
use comfycheck_runtime::capabilities::{
    Capabilities, ConfigurationFacts, FolderEntry, Offer, QueryError, SavedInventory, TimedAnswer, VolumeRef,
    WorkflowText,
};
use comfycheck_runtime::sandbox::{Call, Component, Limits as SandboxLimits};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::exchange::Phase;
use comfycheck_runtime::transport::live::ExchangeLimits;
use comfycheck_runtime::transport::replay::Replay;
use comfycheck_runtime::transport::simulate::Simulate;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// The check that judges whether the endpoint can be reached.
const ENDPOINT: &str = "endpoint";
const VOLUMES: &str = "volumes";

/// The longest that one request takes, which is less than what a question may take with its repetitions.
const REQUEST: Duration = Duration::from_secs(8);
/// The longest that a question is waited for: somebody sits in front of this.
const QUESTION: Duration = Duration::from_secs(10);

/// Asks all that can be asked without a job, until it is told or a signal comes, which is returned.
pub(super) fn ask(prepared: Prepared, checks: &Checks, lines: &mut Lines<'_>) -> Result<Option<Signal>, Failure> {
    let Prepared { suite, saved, answers, .. } = prepared;
    let tokio = super::super::tokio()?;
    let is_named = suite.deployment.endpoint.is_some() || !matches!(answers, Answers::Network);
    let (_, date) = origin(&suite, &answers, Timestamp::now());
    let waivers = Waivers::of(&suite, date.parse().ok());
    let transport = Arc::new(match answers {
        Answers::Cassette(cassette) => Transport::Replay(Replay::new(cassette)),
        Answers::Scenario(name, scenario) => Transport::Simulate(Simulate::new(name, *scenario)),
        Answers::Network => {
            let limits = ExchangeLimits { total: REQUEST, ..ExchangeLimits::default() };
            Transport::Live(live(&suite, &tokio, limits)?.with_query_timeout(QUESTION))
        }
    });
    let is_live = transport.live().is_some();
    let workflow = suite.workflow.as_ref().map(|file| Arc::from(file.text.as_str()));
    let is_local_worker = transport.is_local_worker();
    let capabilities = Capabilities::new(Offer {
        transport,
        round: Phase::Deployment.into(),
        deployment: &suite.deployment,
        // It is told by itself, so that what is told of a server is the server's.
        saved: None,
        date: None,
        workflow: WorkflowText { is_api: workflow.is_some(), source: workflow.unwrap_or_default() },
        samples: None,
        price: None,
        secrets: suite.deployment.secrets(),
    });
    let bundled = comfycheck_checks::check(ENDPOINT).map(|check| (ENDPOINT.to_owned(), Wanted::Bundled(check)));
    let components = checks.load(bundled.as_slice())?;
    let asking = async {
        if is_local_worker {
            lines.ok(ENDPOINT, "a local worker is under test: only a job tells whether it answers");
        } else if is_named {
            for component in &components {
                let mut execution = judged(component, &suite, &capabilities).await?;
                waivers.apply(&mut execution);
                endpoint(&execution, lines);
            }
            let help = match &suite.deployment.management_url {
                _ if !is_live => "record with a key that may read the endpoint",
                None => "name its address as `management-url` in the suite's `[deployment]`",
                Some(_) => "set a key that may read the endpoint",
            };
            management(&capabilities, help, lines).await;
        } else {
            let help = "set `RUNPOD_ENDPOINT_ID`, or name it as `endpoint` in the suite";
            lines.optional(ENDPOINT, "none is named, so that there is nobody to ask", help);
        }
        volumes(&capabilities, lines).await;
        comfyui(&capabilities, saved.as_deref(), lines).await;
        Ok::<_, Failure>(())
    };
    let asked = tokio.block_on(async {
        tokio::select! {
            asked = asking => asked.map(|()| None),
            signal = signal::next(), if is_live => Ok(Some(signal)),
        }
    });
    // Whoever is still asked, such as for an address, is not waited for.
    tokio.shutdown_background();
    asked
}

/// What the check says before the samples, with the settings that the suite gives it.
async fn judged(component: &Component, suite: &Suite, capabilities: &Capabilities) -> Result<Execution, Failure> {
    let imports: Vec<_> = component.imports().iter().map(|import| import.interface.name()).collect();
    let check = component
        .grant(&imports)
        .map_err(|error| Failure::invalid("the check `endpoint` cannot be carried out", &error))?;
    let of_suite = suite.checks.iter().find(|check| check.source == CheckSource::Bundled(ENDPOINT.to_owned()));
    let name = of_suite.map_or(ENDPOINT, |check| check.name.as_str()).to_owned();
    let settings = of_suite.map_or_else(|| "{}".to_owned(), |check| check.settings.to_string());
    let call = Call {
        instance: CheckInstance { check: name, scope: Scope::Deployment, sample: None },
        settings: &settings,
        severity: &of_suite.map(|check| check.severity.clone()).unwrap_or_default(),
        capabilities: capabilities.for_instance(),
        limits: SandboxLimits::default(),
        log: Arc::new(|_, _| {}),
    };
    Ok(check.run(call).await)
}

/// What the check says of the endpoint.
fn endpoint(execution: &Execution, lines: &mut Lines<'_>) {
    match &execution.outcome {
        Outcome::Completed { findings, open } => {
            for finding in findings {
                let help = finding.help.as_deref();
                match finding.severity {
                    Severity::Error if finding.is_waived() => {
                        lines.odd(ENDPOINT, format!("{} (waived by the suite)", finding.message), help);
                    }
                    Severity::Error => lines.wrong(ENDPOINT, &finding.message, help),
                    Severity::Warning => lines.odd(ENDPOINT, &finding.message, help),
                    Severity::Note => lines.ok(ENDPOINT, &finding.message),
                }
            }
            for question in open {
                lines.open(ENDPOINT, &question.reason, question.help.as_deref());
            }
        }
        Outcome::Skipped { reason } => lines.open(ENDPOINT, reason, None),
        Outcome::Errored { message, .. } => lines.open(ENDPOINT, message, None),
    }
}

/// What RunPod's management API lets this key see. A run does without it, and its diagnoses are poorer. `help`: what to do
/// where it is not asked.
async fn management(capabilities: &Capabilities, help: &str, lines: &mut Lines<'_>) {
    const ABOUT: &str = "management";
    const POORER: &str = "diagnoses are made without the endpoint's configuration, workers and logs";
    match capabilities.configuration().await.answer {
        Ok(configuration) => lines.ok(ABOUT, configured(&configuration)),
        Err(QueryError::NotOffered(reason)) => {
            return lines.optional(ABOUT, format!("{reason}: {POORER}"), help);
        }
        Err(QueryError::AccessDenied) => {
            let help = "give the key the right to read the endpoint in RunPod's console";
            return lines.optional(ABOUT, format!("the key may not read RunPod's management API: {POORER}"), help);
        }
        Err(error) => return lines.open(ABOUT, error.to_string(), Some("run again")),
    }
    let named = capabilities.volumes().unwrap_or_default();
    match capabilities.network_volumes().await.answer {
        Ok(volumes) if volumes.is_empty() => lines.ok(VOLUMES, "the endpoint has no network volume"),
        Ok(volumes) => {
            for volume in volumes.iter().filter(|volume| named.iter().all(|named| named.id != volume.id)) {
                let place = volume.data_center.as_deref().unwrap_or("an unknown data center");
                let unseen = format!(
                    "the suite does not name network volume `{}` in {place}: only samples tell of the files on it",
                    volume.id
                );
                lines.optional(VOLUMES, unseen, "name it as `[[deployment.volumes]]`, with `id` and `data-center`");
            }
        }
        Err(error) => lines.open(VOLUMES, error.to_string(), Some("run again")),
    }
}

/// Whether the files of the network volumes that the suite names can be looked at.
async fn volumes(capabilities: &Capabilities, lines: &mut Lines<'_>) {
    for VolumeRef { id, data_center } in capabilities.volumes().unwrap_or_default() {
        match capabilities.volume_list(id, "").await.answer {
            Ok(entries) => {
                let has_models = entries.iter().any(|(name, entry)| name == "models" && *entry == FolderEntry::Folder);
                let models = if has_models { "" } else { ", and there is no folder `models` on it" };
                lines.ok(VOLUMES, format!("network volume `{id}` in {data_center} can be looked at{models}"));
            }
            Err(QueryError::AccessDenied) => lines.open(
                VOLUMES,
                format!("network volume `{id}` in {data_center}: access denied"),
                Some("make an S3 API key in RunPod's console, which is another than the API key"),
            ),
            Err(error) => {
                lines.open(VOLUMES, format!("network volume `{id}` in {data_center}: {error}"), Some("run again"));
            }
        }
    }
}

fn configured(configuration: &ConfigurationFacts) -> String {
    let image = configuration.image.as_deref().unwrap_or("an unknown image");
    let workers = configuration.workers_max.map_or("an unknown number of".to_owned(), |most| format!("at most {most}"));
    format!("the endpoint runs `{image}` on {workers} workers")
}

/// Who shows nodes, models and versions before a job does.
async fn comfyui(capabilities: &Capabilities, saved: Option<&SavedInventory>, lines: &mut Lines<'_>) {
    const ABOUT: &str = "comfyui";
    if let Some(saved) = saved {
        let date = saved.inventory.date.as_deref().unwrap_or("an unknown date");
        lines.ok(ABOUT, format!("saved inventory `{}` of {date}", saved.name));
    }
    let Some(server) = capabilities.sources().into_iter().find(|source| source.kind == "server") else {
        if saved.is_none() {
            let help = "name a ComfyUI that runs the same image as `comfyui`, or what `comfycheck inventory save` wrote as \
                        `object-info`";
            lines.optional(ABOUT, "none is named: only samples tell of nodes and models", help);
        }
        return;
    };
    let TimedAnswer { answer, .. } = capabilities.system().await;
    match answer {
        Ok(system) => {
            let version = system.comfyui_version.as_deref().unwrap_or("of an unknown version");
            lines.ok(ABOUT, format!("{} runs ComfyUI {version}", server.name));
        }
        Err(error) => {
            let help = match error {
                QueryError::AccessDenied => "name an address at which it asks for no login, such as a forwarded port",
                _ => "see that ComfyUI runs there, and run again",
            };
            lines.open(ABOUT, format!("{}: {error}", server.name), Some(help));
        }
    }
}
