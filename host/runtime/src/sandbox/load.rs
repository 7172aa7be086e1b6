//! From bytes to a component that said what it is: refused before it is compiled where
//! that can be told, compiled once, linked, described.

use super::Sandbox;
use super::cache::Key;
use super::component::{Component, Loaded};
use super::contract::{CheckPre, exports::comfycheck::check::checker};
use super::guest::{Guest, Mode};
use super::interface::{Import, VERSION, imports};
use super::limits::{COMPONENT_BYTES, Limits};
use super::load_error::{LoadError, Refused};
use super::log::Log;
use super::manifest::manifest;
use super::parallel::in_parallel;
use super::stop::tell;
use super::store::GuestStore;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use wasmtime::component::Linker;

/// A component that is to be loaded.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The check's name in the suite: names it in messages.
    pub name: &'a str,
    /// The component.
    pub wasm: &'a [u8],
    /// The SHA-256 of `wasm` in lower-case hex, where it is known already. It is
    /// believed, so that it must not come from outside.
    pub sha256: Option<&'a str>,
}

/// What a progress display may know while components are loaded.
#[derive(Debug)]
pub enum LoadEvent<'a> {
    /// A component was not in the cache and is compiled now.
    Compiling {
        /// The check's name.
        name: &'a str,
        /// How many were begun, this one included.
        nth: usize,
        /// How many there are.
        of: usize,
    },
    /// Compiled code could not be kept: it will be compiled again next time.
    NotCached {
        /// The check's name.
        name: &'a str,
        /// Why.
        error: io::Error,
    },
}

/// A component that was not refused before it is compiled.
struct Found {
    imports: Vec<Import>,
    sha256: String,
    key: Key,
    /// What the cache has of it.
    code: Option<wasmtime::component::Component>,
}

impl Sandbox {
    /// Loads one component.
    pub fn load(&self, source: Source<'_>) -> Result<Component, LoadError> {
        let found = self.find(source)?;
        self.finish(source, found, &|| (), &|_| ())
    }

    /// Loads several components in parallel, and returns them in the order of `sources`.
    ///
    /// `event` is called from several threads.
    pub fn load_all(
        &self,
        sources: &[Source<'_>],
        event: &(dyn Fn(LoadEvent<'_>) + Sync),
    ) -> Vec<Result<Component, LoadError>> {
        let found = in_parallel(sources.to_vec(), |source| self.find(source));
        let of = found.iter().flatten().filter(|found| found.code.is_none()).count();
        let begun = AtomicUsize::new(0);
        let found = sources.iter().copied().zip(found).collect();
        in_parallel(found, |(source, found): (Source<'_>, _)| {
            let compiling = || {
                let nth = begun.fetch_add(1, Ordering::Relaxed) + 1;
                event(LoadEvent::Compiling { name: source.name, nth, of });
            };
            let not_cached = |error| event(LoadEvent::NotCached { name: source.name, error });
            self.finish(source, found?, &compiling, &not_cached)
        })
    }

    /// All that is done before anything is compiled.
    fn find(&self, source: Source<'_>) -> Result<Found, LoadError> {
        let Source { name, wasm, sha256 } = source;
        if wasm.len() > COMPONENT_BYTES {
            return Err(LoadError::new(name, Refused::TooLarge { size: wasm.len() }));
        }
        let imports = imports(wasm).map_err(|refused| LoadError::new(name, refused))?;
        let sha256 = sha256.map_or_else(|| digest(wasm), str::to_owned);
        let key = Key::new(&sha256, self.inner.engine_hash);
        let code = self.inner.cache.as_ref().and_then(|cache| cache.load(&self.inner.engine, &key));
        Ok(Found { imports, sha256, key, code })
    }

    /// Compiles where it must, links and describes.
    fn finish(
        &self,
        source: Source<'_>,
        found: Found,
        compiling: &dyn Fn(),
        not_cached: &dyn Fn(io::Error),
    ) -> Result<Component, LoadError> {
        let Found { imports, sha256, key, code } = found;
        let refuse = |refused| LoadError::new(source.name, refused);
        let code = if let Some(code) = code {
            code
        } else {
            compiling();
            let code = self.compile(source.wasm).map_err(|error| refuse(Refused::Compile(error.into())))?;
            self.keep(&key, &code).unwrap_or_else(not_cached);
            code
        };
        let linked = self.link(&code, &imports).map_err(refuse)?;
        let described = block_on(self.describe(&linked)).map_err(|told| refuse(Refused::Describe(told)))?;
        let manifest = manifest(described).map_err(|broken| refuse(Refused::Manifest(broken)))?;
        Ok(Component::new(Loaded {
            sandbox: self.clone(),
            name: source.name.to_owned(),
            manifest,
            imports,
            sha256,
            size: source.wasm.len(),
            linked,
        }))
    }

    fn compile(&self, wasm: &[u8]) -> wasmtime::Result<wasmtime::component::Component> {
        wasmtime::component::Component::from_binary(&self.inner.engine, wasm)
    }

    fn keep(&self, key: &Key, code: &wasmtime::component::Component) -> io::Result<()> {
        let Some(cache) = &self.inner.cache else { return Ok(()) };
        cache.store(key, &code.serialize().map_err(io::Error::other)?)
    }

    /// Links a component with the interfaces that it imports, and with nothing else.
    fn link(&self, code: &wasmtime::component::Component, imports: &[Import]) -> Result<CheckPre<Guest>, Refused> {
        if code.get_export_index(None, format!("comfycheck:check/checker@{VERSION}")).is_none() {
            return Err(Refused::NotACheck);
        }
        let mut linker = Linker::new(&self.inner.engine);
        let mut interfaces: Vec<_> = imports.iter().map(|import| import.interface).collect();
        interfaces.sort_unstable();
        interfaces.dedup();
        let offered = interfaces.into_iter().try_for_each(|interface| interface.link(&mut linker));
        let check = offered.and_then(|()| CheckPre::new(linker.instantiate_pre(code)?));
        check.map_err(|error| Refused::Link(error.into()))
    }

    /// Asks a component what it is, in a fresh instance for which every import is an error.
    async fn describe(&self, linked: &CheckPre<Guest>) -> Result<checker::Manifest, String> {
        let limits = Limits::of_description();
        let log = Log::new(Arc::new(|_, _| ()), limits.log_bytes);
        let guest = Guest::new(Mode::Describe, limits, log);
        let mut store = GuestStore::new(self, guest).await;
        store.describe(linked).await.map_err(|error| tell(&error, None).1)
    }
}

/// The SHA-256 of bytes in lower-case hex.
fn digest(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Waits on this thread for a future that needs no runtime: a description waits for
/// nothing but its turns.
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
