//! A proxy that counts requests, so that clients are compared by request. It runs in the process of the benchmark, which is not
//! the client's.

use anyhow::Context;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// What ends the first line of a request. No body of a benchmark has it.
const END_OF_LINE: &[u8] = b" HTTP/1.1\r\n";

/// A proxy until the process ends.
pub(super) struct Counter {
    pub(super) address: String,
    requests: Arc<AtomicU64>,
}

impl Counter {
    /// A proxy of a server, such as `http://127.0.0.1:8000`.
    pub(super) fn start(server: &str) -> anyhow::Result<Self> {
        let server: SocketAddr = server.strip_prefix("http://").context("the server speaks no HTTP")?.parse()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let requests = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&requests);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                let pairs = (client.try_clone(), server.try_clone());
                let (Ok(answered), Ok(answers)) = pairs else { continue };
                let counted = Arc::clone(&counted);
                thread::spawn(move || pass(client, server, |new| _ = counted.fetch_add(new, Ordering::Relaxed)));
                thread::spawn(move || pass(answers, answered, |_| ()));
            }
        });
        Ok(Self { address, requests })
    }

    /// The requests until now.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

/// Passes bytes on until either side ends, and reports how many requests begin in them.
fn pass(mut from: TcpStream, mut to: TcpStream, count: impl Fn(u64)) {
    let mut buffer = vec![0; 64 << 10];
    // The end of what was passed on, which may be the beginning of what is counted.
    let mut seen = Vec::new();
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let Some(bytes) = buffer.get(..read).filter(|bytes| to.write_all(bytes).is_ok()) else { break };
        seen.extend_from_slice(bytes);
        let found = seen.windows(END_OF_LINE.len()).filter(|window| *window == END_OF_LINE).count();
        count(found as u64);
        seen.drain(..seen.len().saturating_sub(END_OF_LINE.len() - 1));
    }
    // The other side may have ended already.
    let _ = to.shutdown(Shutdown::Write);
}
