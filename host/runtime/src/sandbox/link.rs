//! Links the interfaces of the contract to what the host has for them.

use super::contract::comfycheck::{check, comfyui, runpod};
use super::guest::Guest;
use super::interface::Interface;
use super::{files, outputs, samples};
use wasmtime::component::{HasSelf, Linker};

/// Adds an interface to a linker.
pub(super) fn link(interface: Interface, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    match interface {
        Interface::Log => check::log::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
        Interface::Workflow => check::workflow::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
        Interface::Files => files::link(linker),
        Interface::Inventory => comfyui::inventory::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
        Interface::Http => comfyui::http::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
        Interface::Endpoint => runpod::endpoint::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
        Interface::Volume => runpod::volume::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
        Interface::Samples => samples::link(linker),
        Interface::DryRun => runpod::dry_run::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
        Interface::Outputs => outputs::link(linker),
        Interface::Inputs => runpod::inputs::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
        Interface::Pictures => runpod::pictures::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest),
    }
}
