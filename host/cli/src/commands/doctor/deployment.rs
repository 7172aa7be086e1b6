//! Queries the deployment with the check `endpoint` and with the capabilities of checks.

use super::items::Items;
use crate::answers::Answers;
use crate::answers::origin;
use crate::checks::{Checks, ComponentRequest};
use crate::clock;
use crate::failure::Failure;
use crate::platform::next_signal;
use crate::prepare::Prepared;
use crate::session::live;
use comfycheck_core::cost;
use comfycheck_core::execution::{CheckInstance, Execution, Outcome};
use comfycheck_core::finding::Severity;
use comfycheck_core::manifest::Scope;
use comfycheck_core::report::Signal;
use comfycheck_core::suite::{CheckSource, Suite};
use comfycheck_core::waiver::Waivers;
use comfycheck_core::wording::count;
use comfycheck_runtime::capabilities::{Capabilities, Offer, SavedInventory, TimedAnswer, WorkflowText};
use comfycheck_runtime::facts::{ConfigurationFacts, FolderEntry, QueryError, VolumeRef};
use comfycheck_runtime::sandbox::{Call, Component, Limits as SandboxLimits};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::exchange::Phase;
use comfycheck_runtime::transport::live::ExchangeLimits;
use std::sync::Arc;
use std::time::Duration;

/// The check of the endpoint.
const ENDPOINT: &str = "endpoint";
const VOLUMES: &str = "volumes";

/// The timeout of one request. Shorter than [`QUESTION`], which includes retries.
const REQUEST: Duration = Duration::from_secs(8);
/// The timeout of one query with its retries: short, because a person waits.
const QUESTION: Duration = Duration::from_secs(10);

/// Queries everything that needs no job. Returns the signal that interrupted it, if any.
pub(super) fn query(prepared: Prepared, checks: &Checks, items: &mut Items<'_>) -> Result<Option<Signal>, Failure> {
    let Prepared { suite, saved, answers, .. } = prepared;
    let tokio = crate::executor::tokio()?;
    let is_named = suite.deployment.endpoint.is_some() || !matches!(answers, Answers::Network);
    let (_, date) = origin(&suite, &answers, clock::now()?);
    let waivers = Waivers::of(&suite, date.parse().ok());
    let transport = Arc::new(answers.transport(|| {
        let limits = ExchangeLimits { total: REQUEST, ..ExchangeLimits::default() };
        Ok(Transport::Live(live(&suite, &tokio, limits, checks)?.with_query_timeout(QUESTION)))
    })?);
    let is_live = transport.live().is_some();
    let workflow = suite.workflow.as_ref().map(|file| Arc::from(file.text.as_str()));
    let is_local_worker = transport.is_local_worker();
    let capabilities = Capabilities::new(Offer {
        transport,
        round: Phase::Deployment.into(),
        deployment: &suite.deployment,
        // Shown separately: answers here must come from the server.
        saved: None,
        date: None,
        workflow: WorkflowText { is_api: workflow.is_some(), source: workflow.unwrap_or_default() },
        samples: None,
        price: cost::price(&suite.deployment),
        secrets: suite.secrets.clone(),
    });
    let bundled =
        comfycheck_checks::check(ENDPOINT).map(|check| (ENDPOINT.to_owned(), ComponentRequest::Bundled(check)));
    let components = checks.load(bundled.as_slice())?;
    let queries = async {
        if is_local_worker {
            items.ok(ENDPOINT, "local worker: only a job can test it");
        } else if is_named {
            for component in &components {
                let mut execution = run_check(component, &suite, &capabilities).await?;
                waivers.apply(&mut execution);
                endpoint(&execution, items);
            }
            let help = match &suite.deployment.management_url {
                _ if !is_live => "record with a key that can read the endpoint",
                None => "set `management-url` in the suite's `[deployment]`",
                Some(_) => "use a key that can read the endpoint",
            };
            management(&capabilities, help, items).await;
        } else {
            let help = "set `RUNPOD_ENDPOINT_ID`, or `endpoint` in the suite";
            items.missing(ENDPOINT, "no endpoint is named", help);
        }
        volumes(&capabilities, items).await;
        comfyui(&capabilities, saved.as_deref(), items).await;
        Ok::<_, Failure>(())
    };
    let result = tokio.block_on(async {
        tokio::select! {
            // First, so its handlers are there before the first request.
            biased;
            signal = next_signal(), if is_live => Ok(Some(signal)),
            result = queries => result.map(|()| None),
        }
    });
    // Does not wait for pending work, such as a DNS lookup.
    tokio.shutdown_background();
    result
}

/// Runs the check at deployment scope, with the settings of the suite.
async fn run_check(component: &Component, suite: &Suite, capabilities: &Capabilities) -> Result<Execution, Failure> {
    let imports: Vec<_> = component.imports().iter().map(|import| import.interface.name()).collect();
    let check =
        component.grant(&imports).map_err(|error| Failure::invalid("cannot run the check `endpoint`", &error))?;
    let of_suite = suite.checks.iter().find(|check| check.source == CheckSource::Bundled(ENDPOINT.to_owned()));
    let name = of_suite.map_or(ENDPOINT, |check| check.name.as_str()).to_owned();
    let settings = of_suite.map_or_else(|| "{}".to_owned(), |check| check.settings.to_string());
    let call = Call {
        instance: CheckInstance { check: name, scope: Scope::Deployment, sample: None },
        settings: &settings,
        severity: &of_suite.map(|check| check.severity.clone()).unwrap_or_default(),
        capabilities: capabilities.for_instance(),
        limits: SandboxLimits::default(),
        secrets: suite.secrets.clone(),
        log: Arc::new(|_, _| {}),
    };
    Ok(check.run(call).await)
}

/// The findings of the check.
fn endpoint(execution: &Execution, items: &mut Items<'_>) {
    match &execution.outcome {
        Outcome::Completed { findings, open } => {
            // The first note is the check's result in one line.
            if let Some(note) = findings.iter().find(|finding| finding.severity == Severity::Note) {
                items.ok(ENDPOINT, &note.message);
            }
            for finding in findings {
                let help = finding.help.as_deref();
                match finding.severity {
                    Severity::Error if finding.is_waived() => {
                        items.warning(ENDPOINT, format!("{} (waived by the suite)", finding.message), help);
                    }
                    Severity::Error => items.wrong(ENDPOINT, &finding.message, help),
                    Severity::Warning => items.warning(ENDPOINT, &finding.message, help),
                    Severity::Note => {}
                }
            }
            for question in open {
                items.unknown(ENDPOINT, &question.reason, question.help.as_deref());
            }
        }
        Outcome::Skipped { reason } => items.unknown(ENDPOINT, reason, None),
        Outcome::Errored { message, .. } => items.unknown(ENDPOINT, message, None),
    }
}

/// What this key can read from RunPod's management API. Optional: diagnoses are better with it. `help` is shown if the API
/// is not queried.
async fn management(capabilities: &Capabilities, help: &str, items: &mut Items<'_>) {
    const ABOUT: &str = "management";
    const EFFECT: &str = "diagnoses lack the endpoint's configuration, workers and logs";
    match capabilities.configuration().await.answer {
        Ok(configuration) => items.ok(ABOUT, configured(&configuration)),
        Err(QueryError::NotOffered(reason)) => {
            return items.optional(ABOUT, format!("{reason}: {EFFECT}"), help);
        }
        Err(QueryError::AccessDenied) => {
            let help = "allow the key to read the endpoint, in RunPod's console (Settings → API Keys)";
            return items.optional(ABOUT, format!("the key cannot read RunPod's management API: {EFFECT}"), help);
        }
        Err(error) => return items.unknown(ABOUT, error.to_string(), Some("run `comfycheck doctor` again")),
    }
    let named = capabilities.volumes().unwrap_or_default();
    match capabilities.network_volumes().await.answer {
        Ok(volumes) if volumes.is_empty() => items.ok(VOLUMES, "the endpoint has no network volume"),
        Ok(volumes) => {
            for volume in volumes.iter().filter(|volume| named.iter().all(|named| named.id != volume.id)) {
                let place = volume.data_center.as_deref().unwrap_or("an unknown data center");
                let text = format!(
                    "network volume `{}` in {place} is not in the suite: comfycheck cannot list its files",
                    volume.id
                );
                items.optional(VOLUMES, text, "add it as `[[deployment.volumes]]`, with `id` and `data-center`");
            }
        }
        Err(error) => items.unknown(VOLUMES, error.to_string(), Some("run `comfycheck doctor` again")),
    }
}

/// Whether the files of the suite's network volumes can be listed.
async fn volumes(capabilities: &Capabilities, items: &mut Items<'_>) {
    for VolumeRef { id, data_center } in capabilities.volumes().unwrap_or_default() {
        match capabilities.volume_list(id, "").await.answer {
            Ok(entries) => {
                let has_models = entries.iter().any(|(name, entry)| name == "models" && *entry == FolderEntry::Folder);
                let models = if has_models { "" } else { ", but it has no folder `models`" };
                items.ok(VOLUMES, format!("network volume `{id}` in {data_center} can be listed{models}"));
            }
            Err(QueryError::AccessDenied) => items.unknown(
                VOLUMES,
                format!("network volume `{id}` in {data_center}: access denied"),
                Some("create an S3 API key in RunPod's console; the API key does not work here"),
            ),
            Err(error) => {
                items.unknown(
                    VOLUMES,
                    format!("network volume `{id}` in {data_center}: {error}"),
                    Some("run `comfycheck doctor` again"),
                );
            }
        }
    }
}

fn configured(configuration: &ConfigurationFacts) -> String {
    let image = configuration.image.as_deref().unwrap_or("an unknown image");
    match configuration.workers_max {
        // Another line says that no job can start.
        Some(0) => format!("the endpoint's image is `{image}`"),
        Some(most) => format!("the endpoint runs `{image}` on at most {}", count(most, "worker")),
        None => format!("the endpoint runs `{image}` on an unknown number of workers"),
    }
}

/// The sources for nodes, models and versions before the first job.
async fn comfyui(capabilities: &Capabilities, saved: Option<&SavedInventory>, items: &mut Items<'_>) {
    const ABOUT: &str = "comfyui";
    if let Some(saved) = saved {
        let date = saved.inventory.date.as_deref().unwrap_or("an unknown date");
        items.ok(ABOUT, format!("saved inventory `{}` ({date})", saved.name));
    }
    let Some(server) = capabilities.sources().into_iter().find(|source| source.kind == "server") else {
        if saved.is_none() {
            let help = "set `comfyui` to a ComfyUI with the same image, or `object-info` to a file of `comfycheck inventory save`";
            items.optional(ABOUT, "no ComfyUI is named: nodes and models cannot be checked before the samples", help);
        }
        return;
    };
    let TimedAnswer { answer, .. } = capabilities.system().await;
    match answer {
        Ok(system) => {
            let version = system.comfyui_version.as_deref().unwrap_or("(unknown version)");
            items.ok(ABOUT, format!("{} runs ComfyUI {version}", server.name));
        }
        Err(error) => {
            let help = match error {
                QueryError::AccessDenied => "use an address without a login, such as a forwarded port",
                _ => "check that ComfyUI runs there, then run `comfycheck doctor` again",
            };
            items.unknown(ABOUT, format!("{}: {error}", server.name), Some(help));
        }
    }
}
