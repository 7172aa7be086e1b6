//! From bytes to a described component: verified before it is compiled, compiled once, linked,
//! described.

use super::cache::Key;
use super::compiler::Compiler;
use super::component::{Component, Linked, LoadedComponent};
use super::contract::{CheckPre, exports::comfycheck::check::checker};
use super::guest::{Guest, Mode};
use super::guest_log::Log;
use super::imports::{Import, newer, numbers};
use super::interface::VERSION;
use super::limits::{COMPONENT_BYTES, Limits};
use super::link::link;
use super::load_error::{CompileError, LoadError, LoadErrorKind};
use super::manifest::manifest;
use super::parallel::in_parallel;
use super::stop::{describe_error, out_of_memory};
use super::store::GuestStore;
use super::surface::Surface;
use super::watcher::watch_export;
use super::{Cache, Sandbox};
use crate::platform::create_private_folder;
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::manifest::Scope;
use comfycheck_core::secret::Secrets;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use wasmtime::component::Linker;

/// A component to load.
#[derive(Clone, Copy, Debug)]
pub struct ComponentSource<'a> {
    /// The check's name in the suite, for messages.
    pub name: &'a str,
    pub wasm: &'a [u8],
    /// The SHA-256 of `wasm` in lower-case hex, if known. It is not verified, so it must not come
    /// from outside.
    pub sha256: Option<&'a str>,
}

/// Events while components are loaded, for a progress display.
#[derive(Debug)]
pub enum LoadEvent<'a> {
    /// A component was not cached and is compiled.
    Compiling {
        name: &'a str,
        /// The number of compilations so far, including this one.
        nth: usize,
        /// The number of all compilations.
        of: usize,
    },
    /// Compiled code could not be cached. The next run compiles it again.
    NotCached { name: &'a str, error: io::Error },
}

/// A component that passed the checks before compilation.
struct Candidate {
    surface: Surface,
    sha256: String,
    key: Key,
    /// The cached code, if any.
    code: Option<wasmtime::component::Component>,
}

impl Sandbox {
    pub fn load(&self, source: ComponentSource<'_>) -> Result<Component, LoadError> {
        let candidate = self.find(source)?;
        self.finish(source, candidate, &|| (), &|_| ())
    }

    /// Loads several components in parallel. The results are in the order of `sources`.
    ///
    /// `event` is called from several threads.
    pub fn load_all(
        &self,
        sources: &[ComponentSource<'_>],
        event: &(dyn Fn(LoadEvent<'_>) + Sync),
    ) -> Vec<Result<Component, LoadError>> {
        let candidates = in_parallel(sources.to_vec(), |source| self.find(source));
        let of = candidates.iter().flatten().filter(|candidate| candidate.code.is_none()).count();
        let started = AtomicUsize::new(0);
        let candidates = sources.iter().copied().zip(candidates).collect();
        in_parallel(candidates, |(source, candidate): (ComponentSource<'_>, _)| {
            let compiling = || {
                let nth = started.fetch_add(1, Ordering::Relaxed) + 1;
                event(LoadEvent::Compiling { name: source.name, nth, of });
            };
            let not_cached = |error| event(LoadEvent::NotCached { name: source.name, error });
            self.finish(source, candidate?, &compiling, &not_cached)
        })
    }

    /// Everything before compilation.
    fn find(&self, source: ComponentSource<'_>) -> Result<Candidate, LoadError> {
        let ComponentSource { name, wasm, sha256 } = source;
        if wasm.len() > COMPONENT_BYTES {
            return Err(LoadError::new(name, LoadErrorKind::TooLarge { size: wasm.len() }));
        }
        let surface = Surface::read(wasm).map_err(|kind| LoadError::new(name, kind))?;
        let sha256 = sha256.map_or_else(|| sha256_hex(wasm), str::to_owned);
        let key = Key::new(&sha256, self.inner.engine_hash);
        let code = self.cached(&key);
        Ok(Candidate { surface, sha256, key, code })
    }

    /// Compiles if needed, links and describes.
    fn finish(
        &self,
        source: ComponentSource<'_>,
        candidate: Candidate,
        compiling: &dyn Fn(),
        not_cached: &dyn Fn(io::Error),
    ) -> Result<Component, LoadError> {
        let Candidate { surface, sha256, key, code } = candidate;
        let error = |kind| LoadError::new(source.name, kind);
        let code = if let Some(code) = code {
            code
        } else {
            compiling();
            match &self.inner.compiler {
                Some(compiler) if source.sha256.is_none() => self
                    .compile_apart(compiler, source.wasm, &key)
                    .map_err(|cause| error(LoadErrorKind::Limit(cause)))?,
                _ => self.compile(source.wasm, &key, not_cached).map_err(error)?,
            }
        };
        let linked = self.link(&code, &surface.imports).map_err(error)?;
        let described = block_on(self.describe(&linked)).map_err(error)?;
        let manifest = manifest(described).map_err(|cause| error(LoadErrorKind::Manifest(cause)))?;
        if watch_export(&code).is_some() && !manifest.scopes.contains(&Scope::Run) {
            let cause = "it exports a watcher, but has no scope `run` for its findings";
            return Err(error(LoadErrorKind::Manifest(cause.to_owned())));
        }
        Ok(Component::new(LoadedComponent {
            sandbox: self.clone(),
            name: source.name.to_owned(),
            manifest,
            surface,
            sha256,
            size: source.wasm.len(),
            linked: Linked::Now(Box::new(linked)),
        }))
    }

    /// Compiles in another process, and takes the code from the cache.
    fn compile_apart(
        &self,
        compiler: &Compiler,
        wasm: &[u8],
        key: &Key,
    ) -> Result<wasmtime::component::Component, CompileError> {
        let missing = || CompileError::Process(io::Error::other("it left no code"));
        if let Some(cache) = &self.inner.cache {
            compiler.compile(wasm, cache.folder())?;
            return cache.load(&self.inner.engine, key).ok_or_else(missing);
        }
        let folder = ScratchFolder::new()?;
        let cache = Cache::open(&folder.0).map_err(io::Error::other)?;
        compiler.compile(wasm, &folder.0)?;
        // A mapped file can be removed.
        cache.load(&self.inner.engine, key).ok_or_else(missing)
    }

    /// The cached code of a component, if any.
    pub(super) fn cached(&self, key: &Key) -> Option<wasmtime::component::Component> {
        self.inner.cache.as_ref()?.load(&self.inner.engine, key)
    }

    /// Compiles a component and caches the code.
    pub(super) fn compile(
        &self,
        wasm: &[u8],
        key: &Key,
        not_cached: impl FnOnce(io::Error),
    ) -> Result<wasmtime::component::Component, LoadErrorKind> {
        let code = wasmtime::component::Component::from_binary(&self.inner.engine, wasm)
            .map_err(|cause| LoadErrorKind::Compile(cause.into()))?;
        self.keep(key, &code).unwrap_or_else(not_cached);
        Ok(code)
    }

    fn keep(&self, key: &Key, code: &wasmtime::component::Component) -> io::Result<()> {
        let Some(cache) = &self.inner.cache else { return Ok(()) };
        cache.store(key, &code.serialize().map_err(io::Error::other)?)
    }

    /// Links a component with the interfaces that it imports, and nothing else.
    pub(super) fn link(
        &self,
        code: &wasmtime::component::Component,
        imports: &[Import],
    ) -> Result<CheckPre<Guest>, LoadErrorKind> {
        if code.get_export_index(None, format!("comfycheck:check/checker@{VERSION}")).is_none() {
            return Err(self.without_checker(code));
        }
        let mut linker = Linker::new(&self.inner.engine);
        let mut interfaces: Vec<_> = imports.iter().map(|import| import.interface).collect();
        interfaces.sort_unstable();
        interfaces.dedup();
        let offered = interfaces.into_iter().try_for_each(|interface| link(interface, &mut linker));
        let check = offered.and_then(|()| CheckPre::new(linker.instantiate_pre(code)?));
        check.map_err(|error| newer(imports).unwrap_or_else(|| LoadErrorKind::Link(error.into())))
    }

    /// Why a component exports no checker of this contract.
    fn without_checker(&self, code: &wasmtime::component::Component) -> LoadErrorKind {
        const CHECKER: &str = "comfycheck:check/checker";
        let exported = code.component_type();
        let mut versions = exported.exports(&self.inner.engine).filter_map(|(name, _)| {
            let (id, version) = name.split_once('@')?;
            (id == CHECKER && numbers(version) > numbers(VERSION)).then(|| name.to_owned())
        });
        let theirs = versions.next();
        theirs.map_or(LoadErrorKind::NotACheck, |theirs| LoadErrorKind::Newer {
            theirs: vec![theirs],
            ours: vec![format!("{CHECKER}@{VERSION}")],
        })
    }

    /// Gets a component's description from a fresh instance, in which every import is an error.
    async fn describe(&self, linked: &CheckPre<Guest>) -> Result<checker::Manifest, LoadErrorKind> {
        let limits = Limits::of_description();
        let log = Log::new(Arc::new(|_, _| ()), limits.log_bytes, Secrets::default());
        let guest = Guest::new(Mode::Describe, limits, log);
        let mut store = GuestStore::new(self, guest).await;
        store.describe(linked).await.map_err(|error| match out_of_memory(&error) {
            Some(cause) => LoadErrorKind::NoMemory(cause),
            None => LoadErrorKind::Describe(describe_error(&error, store.guest().log.last_error.as_deref()).1),
        })
    }
}

/// A new folder for one component, removed at the end.
struct ScratchFolder(PathBuf);

impl ScratchFolder {
    fn new() -> io::Result<Self> {
        static FOLDERS: AtomicUsize = AtomicUsize::new(0);
        let nth = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("comfycheck-{}-{nth}", std::process::id()));
        // Only this user can read it. An existing folder is refused.
        create_private_folder(&folder, false)?;
        Ok(Self(folder))
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        // What cannot be removed now is left to the system's cleaning of this folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Waits on this thread for a future that needs no runtime: describing a component waits only for
/// its next poll.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
