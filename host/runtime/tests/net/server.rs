//! A server on loopback that answers as a test says, and remembers what it was asked.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What a server does with a request.
pub(crate) enum Reply {
    /// Answers 200 with JSON.
    Json(Value),
    /// Answers with these bytes, head and all, and closes the connection.
    Bytes(Vec<u8>),
    /// Resets the connection, after these bytes.
    Reset(Vec<u8>),
    /// Keeps the connection open after these bytes, until the client gives up.
    Silence(Vec<u8>),
    /// Sends these bytes, and this chunk again and again until the client hangs up.
    Endless(Vec<u8>, Vec<u8>),
}

/// A request.
pub(crate) struct Asked {
    /// Method and target, such as `GET /v2/ep1/health`.
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// What a server was asked, in order.
#[derive(Default)]
struct Seen {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

/// A server. It ends with its value.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
    closing: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
}

impl Server {
    /// Answers each request by what it is and how many were answered before it.
    pub(crate) fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Seen::default());
        let closing = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicUsize::new(0));
        let (answer, seen, closed) = (Arc::new(answer), Arc::clone(&asked), Arc::clone(&closing));
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
        Self { address, seen: asked, closing, sent }
    }

    /// Its base URL, without a final `/`.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The lines of all requests so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.seen.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it is asked this. False if that does not happen within a minute.
    pub(crate) fn wait_for(&self, line: &str) -> bool {
        let lines = self.seen.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = |lines: &mut Vec<String>| !lines.iter().any(|asked| asked == line);
        let waited = self.seen.more.wait_timeout_while(lines, Duration::from_mins(1), missing);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// How many bytes it got rid of in endless answers.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// How many requests so far have this line.
    pub(crate) fn times(&self, line: &str) -> usize {
        self.asked().iter().filter(|asked| *asked == line).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees that.
        let _ = TcpStream::connect(self.address);
    }
}

/// A complete answer.
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

fn serve(stream: &TcpStream, answer: &dyn Fn(&Asked) -> Reply, seen: &Seen, sent: &AtomicUsize) {
    let Some(asked) = read(stream) else { return };
    seen.lines.lock().unwrap_or_else(PoisonError::into_inner).push(asked.line.clone());
    seen.more.notify_all();
    let mut out = stream;
    match answer(&asked) {
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
            // Ends when the client hangs up.
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

fn read(stream: &TcpStream) -> Option<Asked> {
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
    Some(Asked { line, head, body })
}
