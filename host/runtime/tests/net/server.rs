//! A server on loopback, with the responses of a test. It remembers its requests.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The response to a request.
pub(crate) enum Reply {
    /// Status 200 with JSON.
    Json(Value),
    /// These bytes, including the head. Then the connection closes.
    Bytes(Vec<u8>),
    /// Resets the connection after these bytes.
    Reset(Vec<u8>),
    /// Keeps the connection open after these bytes, until the client closes it.
    Silence(Vec<u8>),
    /// These bytes, then this chunk until the client closes the connection.
    Endless(Vec<u8>, Vec<u8>),
}

/// A request.
pub(crate) struct ReceivedRequest {
    /// Method and target, such as `GET /v2/ep1/health`.
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// The requests so far, in order.
#[derive(Default)]
struct Seen {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

/// Dropping it ends the server.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
    closing: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
}

impl Server {
    /// Responds by the request and the number of requests before it.
    pub(crate) fn start(answer: impl Fn(&ReceivedRequest) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Seen::default());
        let closing = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicUsize::new(0));
        let (answer, seen, closed) = (Arc::new(answer), Arc::clone(&received), Arc::clone(&closing));
        let counted = Arc::clone(&sent);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if closed.load(Ordering::SeqCst) {
                    return;
                }
                let (answer, seen, sent) = (Arc::clone(&answer), Arc::clone(&seen), Arc::clone(&counted));
                let Ok(stream) = stream else { continue };
                thread::spawn(move || serve(&stream, &*answer, &seen, &sent));
            }
        });
        Self { address, seen: received, closing, sent }
    }

    /// Its base URL, without a final `/`.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The lines of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a request. False if it does not come within a minute.
    pub(crate) fn wait_for(&self, line: &str) -> bool {
        let lines = self.seen.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = |lines: &mut Vec<String>| !lines.iter().any(|request| request == line);
        let waited = self.seen.more.wait_timeout_while(lines, Duration::from_mins(1), missing);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// How many bytes of endless responses were sent.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// How many requests so far have this line.
    pub(crate) fn times(&self, line: &str) -> usize {
        self.requests().iter().filter(|request| *request == line).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(self.address);
    }
}

/// A complete response.
pub(crate) fn response(status: u16, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut response = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        response.push_str(header);
        response.push_str("\r\n");
    }
    response.push_str("\r\n");
    let mut response = response.into_bytes();
    response.extend_from_slice(body);
    response
}

fn serve(stream: &TcpStream, answer: &dyn Fn(&ReceivedRequest) -> Reply, seen: &Seen, sent: &AtomicUsize) {
    let Some(request) = read(stream) else { return };
    seen.lines.lock().unwrap_or_else(PoisonError::into_inner).push(request.line.clone());
    seen.more.notify_all();
    let mut out = stream;
    match answer(&request) {
        Reply::Json(json) => {
            let body = json.to_string();
            let _ = out.write_all(&response(200, &["Content-Type: application/json"], body.as_bytes()));
        }
        Reply::Bytes(bytes) => {
            let _ = out.write_all(&bytes);
            let _ = stream.shutdown(Shutdown::Write);
        }
        Reply::Reset(bytes) => {
            let _ = out.write_all(&bytes);
            let _ = stream.shutdown(Shutdown::Both);
        }
        Reply::Silence(bytes) => {
            let _ = out.write_all(&bytes);
            // Ends when the client closes the connection.
            let _ = out.read(&mut [0]);
        }
        Reply::Endless(bytes, chunk) => {
            let _ = out.write_all(&bytes);
            while out.write_all(&chunk).is_ok() {
                sent.fetch_add(chunk.len(), Ordering::SeqCst);
            }
        }
    }
}

fn read(stream: &TcpStream) -> Option<ReceivedRequest> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && head != "\r\n" {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    let mut body = vec![0; length.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let line = line.trim_end().strip_suffix(" HTTP/1.1")?.to_owned();
    Some(ReceivedRequest { line, head, body })
}
