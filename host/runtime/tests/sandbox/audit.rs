//! The record of what a check asks the host.

use crate::guest::{Trial, component, runtime};
use comfycheck_runtime::sandbox::{AuditEvent, ComponentSource, Interface, Sandbox};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn every_call_is_recorded_with_its_size_and_then_the_end() {
    let sandbox = Sandbox::new(None).unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&events);
    sandbox.audit(Arc::new(move |instance, event| {
        assert_eq!(instance.check, "logs");
        sink.lock().unwrap().push(event);
    }));
    let wasm = component("aborts_after_an_error");
    let component = sandbox.load(ComponentSource { name: "logs", wasm: &wasm, sha256: None }).unwrap();
    let check = component.grant(&Interface::ALL.map(Interface::name)).unwrap();
    runtime().block_on(Trial::default().execute("logs", &check));
    let events = events.lock().unwrap().clone();
    let [call, AuditEvent::End { calls: 1, memory, .. }] = events.as_slice() else { panic!("{events:?}") };
    let (at, waited) = (Duration::ZERO, Duration::ZERO);
    assert_eq!(*call, AuditEvent::Call { function: "log.log", bytes: 0, at, waited });
    // Two pages.
    assert!(*memory >= 2 << 16, "{memory}");
}
