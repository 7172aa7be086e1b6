//! Loading components: compiled, and from the cache.

use crate::figure::{Figure, Goal, Unit};
use crate::measure::{in_rounds, seconds};
use crate::platform::private_folder;
use comfycheck_checks::{BundledCheck, CHECKS};
use comfycheck_runtime::sandbox::{Cache, Component, ComponentSource, Sandbox};
use std::sync::LazyLock;

pub(crate) fn figures() -> anyhow::Result<Vec<Figure>> {
    let cache = private_folder()?;
    let new = || Ok(Sandbox::new(Some(Cache::open(cache.path())?))?);
    let sandbox = new()?;
    load_all(&sandbox)?;
    let [set_up] = in_rounds(51, [&mut || seconds(new)])?;
    let mut figures = vec![cold()?, Figure::new("the sandbox, created once for a process", Unit::Time, set_up)];
    let [all] = in_rounds(51, [&mut || seconds(|| load_all(&sandbox))])?;
    figures.push(Figure::new(format!("all {} checks, cached", CHECKS.len()), Unit::Time, all));
    for check in CHECKS {
        let wasm = check.component();
        let [cached] = in_rounds(101, [&mut || seconds(|| Ok(sandbox.load(source(check, &wasm))?))])?;
        let what = format!("`{}` ({} KiB), cached, linked and described", check.name, wasm.len() >> 10);
        figures.push(Figure::new(what, Unit::Time, cached).goal(Goal::AtMost(0.2e-3)));
    }
    Ok(figures)
}

/// The first run on a machine, which compiles every check.
fn cold() -> anyhow::Result<Figure> {
    let compile = || {
        let cache = private_folder()?;
        let sandbox = Sandbox::new(Some(Cache::open(cache.path())?))?;
        seconds(|| load_all(&sandbox))
    };
    let [compiled] = in_rounds(5, [&mut { compile }])?;
    let what = format!("all {} checks, compiled and cached", CHECKS.len());
    Ok(Figure::new(what, Unit::Time, compiled).goal(Goal::AtMost(0.8)))
}

fn load_all(sandbox: &Sandbox) -> anyhow::Result<Vec<Component>> {
    static COMPONENTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| CHECKS.iter().map(BundledCheck::component).collect());
    let sources: Vec<_> = CHECKS.iter().zip(&*COMPONENTS).map(|(check, wasm)| source(check, wasm)).collect();
    Ok(sandbox.load_all(&sources, &|_| ()).into_iter().collect::<Result<_, _>>()?)
}

fn source<'a>(check: &'static BundledCheck, wasm: &'a [u8]) -> ComponentSource<'a> {
    ComponentSource { name: check.name, wasm, sha256: Some(check.sha256) }
}
