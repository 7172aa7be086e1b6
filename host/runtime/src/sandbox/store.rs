//! The store of a guest: enforces limits and counts CPU time.

use super::contract::CheckPre;
use super::contract::exports::comfycheck::check::checker::{Answer, Error, Finding, Manifest, Scope};
use super::cpu::CpuTime;
use super::decoder::{DecodeArguments, DecodeReturn, Fault, LinkedDecoder, SketchRecord};
use super::guest::Guest;
use super::limits::TRANSFER_BYTES;
use super::stop::{Instantiation, Stop};
use super::watcher::{Arguments, Return};
use super::{Inner, Sandbox};
use std::pin::pin;
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::ComponentExportIndex;
use wasmtime::{Store, StoreContextMut, UpdateDeadline};

/// The store of a guest, for one call.
pub(super) struct GuestStore<'a> {
    store: Store<Guest>,
    sandbox: &'a Inner,
    // Declared after the store, so it is released after the store's memory.
    _place: Option<SemaphorePermit<'a>>,
}

impl<'a> GuestStore<'a> {
    /// Waits until the sandbox has a free place.
    pub(super) async fn new(sandbox: &'a Sandbox, guest: Guest) -> Self {
        Self::at(&sandbox.inner, &sandbox.inner.places, guest).await
    }

    /// For a decoder, which has a place of its own: the guest that waits for it keeps one.
    pub(super) async fn of_decoder(sandbox: &'a Sandbox, guest: Guest) -> Self {
        Self::at(&sandbox.inner, &sandbox.inner.decoder_places, guest).await
    }

    async fn at(sandbox: &'a Inner, places: &'a Semaphore, guest: Guest) -> Self {
        // Nothing ever closes the semaphore.
        let place = places.acquire().await.ok();
        let handles = guest.limits.handles;
        let mut store = Store::new(&sandbox.engine, guest);
        store.limiter(|guest| &mut guest.memory);
        store.set_hostcall_fuel(TRANSFER_BYTES);
        store.set_max_component_handles(handles);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(interrupt);
        Self { store, sandbox, _place: place }
    }

    /// Records the end of the run.
    pub(super) fn end_audit(&mut self) {
        self.store.data_mut().end_audit();
    }

    pub(super) fn guest(&self) -> &Guest {
        self.store.data()
    }

    /// Instantiates the component and gets its description.
    pub(super) async fn describe(&mut self, linked: &CheckPre<Guest>) -> wasmtime::Result<Manifest> {
        let cpu = self.store.data().cpu.clone();
        let store = &mut self.store;
        let call = async {
            let check = linked.instantiate_async(&mut *store).await.map_err(|error| error.context(Instantiation))?;
            check.comfycheck_check_checker().call_describe(store).await
        };
        in_turns(self.sandbox, &cpu, call).await
    }

    /// Instantiates the component and runs it.
    pub(super) async fn run(
        &mut self,
        linked: &CheckPre<Guest>,
        scope: Scope,
        settings: &str,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        let cpu = self.store.data().cpu.clone();
        let store = &mut self.store;
        let call = async {
            let check = linked.instantiate_async(&mut *store).await.map_err(|error| error.context(Instantiation))?;
            check.comfycheck_check_checker().call_run(store, scope, settings).await
        };
        in_turns(self.sandbox, &cpu, call).await
    }
}

impl GuestStore<'_> {
    /// Instantiates the decoder and decodes an image.
    pub(super) async fn decode(
        &mut self,
        decoder: &LinkedDecoder,
        image: &[u8],
    ) -> wasmtime::Result<Result<SketchRecord, Fault>> {
        let cpu = self.store.data().cpu.clone();
        let store = &mut self.store;
        let call = async {
            let started = decoder.linked.instance_pre().instantiate_async(&mut *store).await;
            let instance = started.map_err(|error| error.context(Instantiation))?;
            let decode = instance.get_typed_func::<DecodeArguments<'_>, DecodeReturn>(&mut *store, &decoder.decode)?;
            decode.call_async(store, (image,)).await
        };
        in_turns(self.sandbox, &cpu, call).await.map(|(decoded,)| decoded)
    }

    /// Instantiates the component and asks its watcher.
    pub(super) async fn watch(
        &mut self,
        linked: &CheckPre<Guest>,
        export: &ComponentExportIndex,
        arguments: Arguments<'_>,
    ) -> wasmtime::Result<Option<Finding>> {
        let cpu = self.store.data().cpu.clone();
        let store = &mut self.store;
        let call = async {
            let started = linked.instance_pre().instantiate_async(&mut *store).await;
            let instance = started.map_err(|error| error.context(Instantiation))?;
            let watch = instance.get_typed_func::<Arguments<'_>, Return>(&mut *store, export)?;
            watch.call_async(store, arguments).await
        };
        in_turns(self.sandbox, &cpu, call).await.map(|(finding,)| finding)
    }
}

/// Polls a guest's future. Each poll counts as CPU time, and the ticker ticks meanwhile.
async fn in_turns<T>(sandbox: &Inner, cpu: &CpuTime, guest: impl Future<Output = T>) -> T {
    let mut guest = pin!(guest);
    std::future::poll_fn(|context| {
        let _turn = sandbox.ticker.turn();
        cpu.begin();
        let polled = guest.as_mut().poll(context);
        cpu.end();
        polled
    })
    .await
}

/// At a tick, a guest that computes yields to the others, or is stopped.
#[expect(clippy::needless_pass_by_value, reason = "wasmtime's signature")]
fn interrupt(store: StoreContextMut<'_, Guest>) -> wasmtime::Result<UpdateDeadline> {
    let guest = store.data();
    let limit = guest.limits.cpu;
    if guest.cpu.used() > limit {
        return Err(Stop::Cpu { limit }.into());
    }
    Ok(UpdateDeadline::Yield(1))
}
