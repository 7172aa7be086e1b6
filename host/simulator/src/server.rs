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

/// How long a connection stays open after the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// The pause after an error of the listener, such as too many open files.
const RECOVERY: Duration = Duration::from_millis(50);

/// Serves a simulator until `stop`. Then it accepts no more connections, and completes the open requests. `speed` is the
/// number of simulated seconds for each real one; it must be finite and above 0.
///
/// Fails if other machines can reach the listener.
pub async fn serve(
    listener: TcpListener,
    simulator: Simulator,
    speed: f64,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    if !listener.local_addr()?.ip().is_loopback() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the address is reachable from other machines"));
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
            // Drops connections that have ended.
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connection(stream, Arc::clone(&clock), closed.clone()))),
                Err(_) => tokio::time::sleep(RECOVERY).await,
            },
        }
    }
    drop(listener);
    // Fails only if no connection is open.
    let _ = closing.send(true);
    let _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    Ok(())
}

/// Serves one connection to its end, or until the server stops.
async fn connection(stream: TcpStream, clock: Arc<Clock>, mut closed: watch::Receiver<bool>) {
    // Responses are small, and clients wait for them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer::answer(Arc::clone(&clock), request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // The client reports errors of its connection.
        _ = connection.as_mut() => {}
        _ = closed.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// The simulator with its clock.
struct Clock {
    simulator: Mutex<Simulator>,
    started: Instant,
    speed: f64,
}

impl Clock {
    /// In simulated time.
    fn now(&self) -> Duration {
        self.started.elapsed().mul_f64(self.speed)
    }

    /// Waits for a span of simulated time.
    async fn pause(&self, span: Duration) {
        tokio::time::sleep(span.div_f64(self.speed)).await;
    }

    fn with<T>(&self, act: impl FnOnce(&mut Simulator, Duration) -> T) -> T {
        // A simulator after a panic is still usable; the next request shows what is wrong.
        let mut simulator = self.simulator.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut simulator, self.now())
    }

    /// Sends a request, and waits while it is held. It does not wait for the time of the response.
    async fn send(&self, request: &crate::Request) -> crate::Exchange {
        let held = match self.with(|simulator, now| simulator.answer(now, request)) {
            Reply::Now(exchange) => return exchange,
            Reply::Held(held) => held,
        };
        loop {
            let look_at = self.with(|simulator, _| simulator.look_at(&held));
            // At least a little: an event that changes nothing must not spin.
            self.pause(look_at.saturating_sub(self.now()).max(Duration::from_millis(5))).await;
            if let Some(exchange) = self.with(|simulator, now| simulator.held(now, &held)) {
                return exchange;
            }
        }
    }
}
