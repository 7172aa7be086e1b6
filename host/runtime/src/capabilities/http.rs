//! `comfyui/http`: allowed paths of the ComfyUI server, each requested once in a round.

use super::query::{InstanceWaits, Query};
use super::{TimedAnswer, not_offered, unanswered};
use crate::comfyui::{Next, Page, page};
use crate::facts::QueryError;
use crate::transport::Transport;
use crate::transport::exchange::Round;
use comfycheck_core::suite::HttpPaths;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The most different paths that an instance can request.
const PATHS: usize = 16;
/// The most of all instances of a round. With [`PAGE_BYTES`](crate::comfyui::PAGE_BYTES) it bounds what is kept.
const PATHS_OF_A_ROUND: usize = 256;
/// The longest path with its query.
const PATH_BYTES: usize = 2 << 10;
const REDIRECTS: usize = 3;

/// The server in one round, or why there is none.
pub(super) struct Http(Result<Server, &'static str>);

struct Server {
    transport: Arc<Transport>,
    round: Round,
    pages: Mutex<BTreeMap<String, Arc<Query<Arc<Page>>>>>,
}

impl Http {
    pub(super) fn none(why: &'static str) -> Self {
        Self(Err(why))
    }

    /// Sends nothing yet.
    pub(super) fn new(transport: &Arc<Transport>, round: Round) -> Self {
        Self(Ok(Server { transport: Arc::clone(transport), round, pages: Mutex::default() }))
    }

    /// Requests an allowed path. Every redirect must lead to one.
    pub(super) async fn get(&self, waits: &InstanceWaits, allowed: &HttpPaths, path: &str) -> TimedAnswer<Arc<Page>> {
        let server = match &self.0 {
            Ok(server) => server,
            Err(why) => return not_offered(why),
        };
        let (mut path, mut took) = (path.to_owned(), Duration::ZERO);
        for redirects in 0..=REDIRECTS {
            if let Err(what) = allow(allowed, &path, redirects > 0) {
                return TimedAnswer { answer: Err(QueryError::Other(what)), took };
            }
            let timed = server.page(waits, &path).await;
            took += timed.took;
            match timed.answer.as_deref().map(|page| page.next.clone()) {
                Ok(Some(Next::Path(next))) => path = next,
                Ok(Some(Next::Elsewhere)) => {
                    let what = format!("the ComfyUI server redirects `{path}` to another server");
                    return TimedAnswer { answer: Err(QueryError::Other(what)), took };
                }
                Ok(None) | Err(_) => return TimedAnswer { took, ..timed },
            }
        }
        let what = format!("the ComfyUI server redirects more than {REDIRECTS} times, last to `{path}`");
        TimedAnswer { answer: Err(QueryError::Other(what)), took }
    }
}

/// Refuses a path that the suite does not list.
fn allow(allowed: &HttpPaths, path: &str, is_redirect: bool) -> Result<(), String> {
    if path.len() > PATH_BYTES {
        return Err(format!("the path has {} bytes (limit: {PATH_BYTES})", path.len()));
    }
    match (allowed.allow(path), is_redirect) {
        (true, _) => Ok(()),
        (false, false) => Err(format!("the suite does not allow `{path}`: `http-paths` does not list it")),
        (false, true) => {
            Err(format!("the ComfyUI server redirects to `{path}`, which `http-paths` of the suite does not list"))
        }
    }
}

impl Server {
    async fn page(&self, waits: &InstanceWaits, path: &str) -> TimedAnswer<Arc<Page>> {
        let name = format!("http{path}");
        if !waits.has(&name) && waits.count("http/") >= PATHS {
            return unanswered(QueryError::Other(format!("path limit reached: {PATHS} per check")));
        }
        let query = {
            let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
            if pages.len() >= PATHS_OF_A_ROUND && !pages.contains_key(path) {
                return unanswered(QueryError::Other(format!("path limit reached: {PATHS_OF_A_ROUND} of all checks")));
            }
            Arc::clone(pages.entry(path.to_owned()).or_default())
        };
        let send = async |time: &mut _| page(time, path).await.map(Arc::new);
        let timed = query.get(&self.transport, self.round, send).await;
        waits.record(&name, timed)
    }
}
