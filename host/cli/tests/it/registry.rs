//! An OCI registry on loopback, with as much of the distribution API as comfycheck uses.

use crate::server::{ReceivedRequest, Reply, Server};
use comfycheck_core::digest::sha256_hex;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Dropping it ends the server.
pub(crate) struct Registry {
    server: Server,
    files: Arc<Mutex<Files>>,
}

#[derive(Default)]
pub(crate) struct Files {
    /// By tag and by digest.
    pub(crate) manifests: BTreeMap<String, Vec<u8>>,
    pub(crate) blobs: BTreeMap<String, Vec<u8>>,
    /// The value of `Authorization` that the server of tokens requires. None: everything is public.
    pub(crate) login: Option<String>,
    /// Where files are, if they are elsewhere.
    pub(crate) elsewhere: Option<String>,
    address: String,
}

const TOKEN: &str = "Bearer t0k3n";

impl Registry {
    pub(crate) fn start() -> Self {
        let files = Arc::new(Mutex::new(Files::default()));
        let shared = Arc::clone(&files);
        let server = Server::start(move |request| shared.lock().unwrap().answer(request));
        files.lock().unwrap().address = server.base();
        Self { server, files }
    }

    /// The source of a tag.
    pub(crate) fn source(&self, name: &str) -> String {
        format!("oci://{}/{name}", self.server.base().trim_start_matches("http://"))
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Files) -> T) -> T {
        change(&mut self.files.lock().unwrap())
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.server.requests()
    }
}

impl Files {
    fn answer(&mut self, request: &ReceivedRequest) -> Reply {
        let authorization = header(request, "authorization");
        let (method, target) = request.line.split_once(' ').unwrap();
        if target.starts_with("/token?") {
            let is_allowed = self.login.is_none() || authorization == self.login;
            return if is_allowed { reply("200 OK", "", b"{\"token\": \"t0k3n\"}") } else { reply("401 No", "", b"") };
        }
        if self.login.is_some() && authorization.as_deref() != Some(TOKEN) {
            let head = format!("WWW-Authenticate: Bearer realm=\"{}/token\",service=\"test\"\r\n", self.address);
            return reply("401 Unauthorized", &head, b"");
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (folder, name) = path.rsplit_once('/').unwrap();
        let is_manifest = folder.ends_with("/manifests");
        match method {
            "GET" | "HEAD" if is_manifest => found(self.manifests.get(name), method),
            "GET" if self.elsewhere.is_some() && self.blobs.contains_key(name) => {
                let place = format!("Location: {}/{name}\r\n", self.elsewhere.as_deref().unwrap());
                reply("307 Elsewhere", &place, b"")
            }
            "GET" | "HEAD" => found(self.blobs.get(name), method),
            "POST" => reply("202 Accepted", &format!("Location: {path}1\r\n"), b""),
            "PUT" if is_manifest => {
                self.manifests.insert(name.to_owned(), request.body.clone());
                self.manifests.insert(format!("sha256:{}", sha256_hex(&request.body)), request.body.clone());
                reply("201 Created", "", b"")
            }
            "PUT" => {
                let digest = query.strip_prefix("digest=").unwrap().replace("%3A", ":");
                assert_eq!(digest, format!("sha256:{}", sha256_hex(&request.body)));
                self.blobs.insert(digest, request.body.clone());
                reply("201 Created", "", b"")
            }
            _ => reply("405 No", "", b""),
        }
    }
}

fn found(file: Option<&Vec<u8>>, method: &str) -> Reply {
    match file {
        Some(bytes) if method == "HEAD" => {
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", bytes.len());
            Reply::Bytes(head.into())
        }
        Some(bytes) => reply("200 OK", "", bytes),
        None => reply("404 Not Found", "", b"{\"errors\": []}"),
    }
}

pub(crate) fn reply(status: &str, head: &str, body: &[u8]) -> Reply {
    let head = format!("HTTP/1.1 {status}\r\n{head}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    Reply::Bytes([head.as_bytes(), body].concat())
}

/// The value of a header.
pub(crate) fn header(request: &ReceivedRequest, name: &str) -> Option<String> {
    let mut headers = request.head.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = headers.find(|(header, _)| header.eq_ignore_ascii_case(name))?;
    Some(value.trim().to_owned())
}
