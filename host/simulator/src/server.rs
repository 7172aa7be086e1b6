//! A simulator behind HTTP on loopback, in real or accelerated time.
//!
//! The job API and REST v2 are below `/v2`, the ComfyUI server is below `/comfyui`, and volumes are below `/s3`.

mod answer;
mod request;

use crate::{Reply, Simulator};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// After this long, a connection that is still open when the server stops is cut.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// After an error of the listener, such as too many open files, so long nobody is let in.
const RECOVERY: Duration = Duration::from_millis(50);

/// Serves a simulator until `stop`: then nobody is let in any more, and who is being answered is answered. `speed` is
/// how many seconds pass in the simulation for each of the machine's; it must be finite and above 0.
///
/// Fails if the listener is reachable from other machines: whoever could reach it would command it.
pub async fn serve(
    listener: TcpListener,
    simulator: Simulator,
    speed: f64,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    if !listener.local_addr()?.ip().is_loopback() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "only addresses of this machine are served"));
    }
    if !(speed.is_finite() && speed > 0.0) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the speed must be above 0"));
    }
    let clock = Arc::new(Clock { simulator: Mutex::new(simulator), started: Instant::now(), speed });
    let (closing, closed) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            // Those that ended are forgotten.
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, Arc::clone(&clock), closed.clone()))),
                Err(_) => tokio::time::sleep(RECOVERY).await,
            },
        }
    }
    drop(listener);
    // Where nobody listens, there is nobody to tell.
    let _ = closing.send(true);
    let _ = tokio::time::timeout(LAST_WORDS, async { while connections.join_next().await.is_some() {} }).await;
    Ok(())
}

/// Answers one connection to its end, or until the server closes.
async fn connection(stream: TcpStream, clock: Arc<Clock>, mut closed: watch::Receiver<bool>) {
    // An answer is small, and whoever asks waits for it.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer::answer(Arc::clone(&clock), request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // What goes wrong with a connection is the client's to tell.
        _ = connection.as_mut() => {}
        _ = closed.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// The simulator, and how its time goes by.
struct Clock {
    simulator: Mutex<Simulator>,
    started: Instant,
    speed: f64,
}

impl Clock {
    /// The time of the simulation.
    fn now(&self) -> Duration {
        self.started.elapsed().mul_f64(self.speed)
    }

    /// Waits for a while of the simulation.
    async fn pause(&self, span: Duration) {
        tokio::time::sleep(span.div_f64(self.speed)).await;
    }

    fn with<T>(&self, act: impl FnOnce(&mut Simulator, Duration) -> T) -> T {
        // What a panic left is still a simulator, and the next request shows what is wrong with it.
        let mut simulator = self.simulator.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut simulator, self.now())
    }

    /// Sends a request, and waits for what comes of it where it is held; not for the time that the answer takes.
    async fn send(&self, request: &crate::Request) -> crate::Exchange {
        let held = match self.with(|simulator, now| simulator.answer(now, request)) {
            Reply::Now(exchange) => return exchange,
            Reply::Held(held) => held,
        };
        loop {
            let look_at = self.with(|simulator, _| simulator.look_at(&held));
            // At least a little, so that an event that changes nothing does not spin.
            self.pause(look_at.saturating_sub(self.now()).max(Duration::from_millis(5))).await;
            if let Some(exchange) = self.with(|simulator, now| simulator.held(now, &held)) {
                return exchange;
            }
        }
    }
}
