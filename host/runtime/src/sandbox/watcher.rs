//! `check/watcher` in a component: its function, and the types of a call.

use super::contract::exports::comfycheck::check::checker as contract;
use super::interface::VERSION;
use crate::facts::WaitingSample;
use crate::transport::timeline::millis;
use wasmtime::component::{Component, ComponentExportIndex, ComponentType, Lower};

/// The same as the contract's record.
#[derive(ComponentType, Lower)]
#[component(record)]
pub(super) struct WaitingSampleRecord {
    index: u32,
    status: Option<String>,
    submitted: u64,
    #[component(name = "first-running")]
    first_running: Option<u64>,
}

/// The arguments and the result of `watch`.
pub(super) type Arguments<'a> = (&'a str, u64, &'a [WaitingSampleRecord]);
pub(super) type Return = (Option<contract::Finding>,);

/// The function, if a component exports it.
pub(super) fn watch_export(code: &Component) -> Option<ComponentExportIndex> {
    let interface = code.get_export_index(None, format!("comfycheck:check/watcher@{VERSION}"))?;
    code.get_export_index(Some(&interface), "watch")
}

pub(super) fn record(sample: &WaitingSample) -> WaitingSampleRecord {
    WaitingSampleRecord {
        index: sample.index,
        status: sample.status.clone(),
        submitted: millis(sample.submitted),
        first_running: sample.first_running.map(millis),
    }
}
