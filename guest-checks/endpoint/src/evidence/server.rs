//! Which servers a text names: `ComfyUI`'s, or another one.

/// The port that `ComfyUI` listens at by default.
const COMFYUI: u16 = 8188;

/// Paths that only `ComfyUI` has. Some handlers start it at another port.
const PATHS: [&str; 12] = [
    "/prompt",
    "/history",
    "/system_stats",
    "/object_info",
    "/ws?client",
    "/view?",
    "/upload/image",
    "/queue",
    "/interrupt",
    "/features",
    "/free",
    "/internal/",
];

/// What stands before a server's name, apart from the scheme of a URL.
const BEFORE: [&str; 7] = [
    "host='",
    "connect to host ",
    "connect to ",
    "connecting to ",
    "server at \"",
    "host name \"",
    "connect call failed ('",
];

/// What a traceback shows of clients of other servers, if no line names one.
const CLIENTS: [&str; 7] = ["/botocore/", "/boto3/", "/redis/", "/pymongo/", "/psycopg", "smtplib", "webhook"];

/// Ports of servers that a handler can start or call beside `ComfyUI`: `PostgreSQL`, `MySQL`, Redis, `MongoDB`, `RabbitMQ`, Ollama,
/// `MinIO`, Elasticsearch, Milvus, SMTP.
const OTHER_PORTS: [u16; 11] = [5432, 3306, 6379, 27017, 5672, 11434, 9000, 9200, 19530, 25, 587];

/// How a text says that the server after it is `ComfyUI`.
const INTRODUCTIONS: [&str; 5] = ["comfyui at ", "comfyui server at ", "comfyui on ", "comfyui (", "comfyui: "];

/// The worker itself, before a port.
const LOCAL: [&str; 3] = ["localhost:", "127.0.0.1:", "0.0.0.0:"];

/// What a text says about servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// It names none, or only `RunPod`'s.
    Unnamed,
    /// It names `ComfyUI`'s.
    Own,
    /// It names only other ones.
    Other,
}

impl Server {
    pub(crate) fn of(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let is_of_client = CLIENTS.iter().any(|client| text.contains(client));
        let mut server = if is_of_client { Self::Other } else { Self::Unnamed };
        for (host, port) in hosts(&text) {
            if is_own(host, port, &text) {
                return Self::Own;
            }
            // Another port of the worker may be ComfyUI's as well.
            let is_unclear = is_local(host) && port.is_none_or(|port| !OTHER_PORTS.contains(&port));
            if !is_runpod(host) && !is_unclear {
                server = Self::Other;
            }
        }
        server
    }
}

/// The hosts that a text in lower case names, with their ports.
fn hosts(text: &str) -> impl Iterator<Item = (&str, Option<u16>)> {
    // What follows `s3://` is a bucket.
    let is_host = |(at, _): &(usize, &str)| !text[..*at].ends_with("s3") && !text[..*at].ends_with("gs");
    let urls = text.match_indices("://").filter(is_host).map(|(at, separator)| &text[at + separator.len()..]);
    let named = BEFORE.iter().flat_map(|before| text.match_indices(before).map(|(at, _)| &text[at + before.len()..]));
    let local = LOCAL.iter().flat_map(|local| text.match_indices(local).map(|(at, _)| &text[at..]));
    urls.chain(named).chain(local).filter_map(host)
}

/// The host that a text begins with, and its port: `a.b:80`, `a.b', port=80`, `a.b port 80`, `a.b" (1.2.3.4), port 80`.
fn host(text: &str) -> Option<(&str, Option<u16>)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-._~@:[]{}".contains(c))).unwrap_or(text.len());
    let (authority, rest) = text.split_at(end);
    let authority = authority.rsplit('@').next().unwrap_or_default().trim_end_matches(['.', ':']);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() => (host, port.parse().ok()),
        _ => (authority, None),
    };
    // A traceback shows source code: `http://{address}/prompt`.
    let is_name = host.contains('.') || is_local(host) || is_service(host) || port.is_some();
    if host.contains('{') || !is_name || !host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') {
        return None;
    }
    Some((host, port.or_else(|| port_after(rest))))
}

/// The port after a host that no colon joins to it.
fn port_after(rest: &str) -> Option<u16> {
    const NEAR: usize = 30;
    let near = rest.char_indices().nth(NEAR).map_or(rest, |(at, _)| &rest[..at]);
    let number = match near.split_once("port") {
        Some((_, number)) => number.trim_start_matches(['=', ' ']),
        None => near.strip_prefix("', ")?,
    };
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "[::1]" | "::1")
}

/// A container of its own for `ComfyUI`, such as `http://comfyui:8000`.
fn is_service(host: &str) -> bool {
    host.contains("comfy") && !host.contains('.')
}

/// All but its buckets.
fn is_runpod(host: &str) -> bool {
    (host.ends_with("runpod.ai") || host.ends_with("runpod.io")) && !host.starts_with("s3api")
}

fn is_own(host: &str, port: Option<u16>, text: &str) -> bool {
    let local = || port.is_none() || text.contains("comfy") || PATHS.iter().any(|path| text.contains(path));
    // A pod's proxy: `https://a1b2c3-8188.proxy.runpod.net`.
    let is_proxy = host.contains("-8188.");
    let begins = |rest: &str| rest.trim_start_matches("http://").trim_start_matches("https://").starts_with(host);
    let is_introduced = || {
        let mut introduced = INTRODUCTIONS.into_iter().flat_map(|words| text.match_indices(words));
        introduced.any(|(at, words)| begins(&text[at + words.len()..]))
    };
    port == Some(COMFYUI) || is_introduced() || is_proxy || is_service(host) || (is_local(host) && local())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_a_url_or_by_what_stands_before_it() {
        let (own, other) = (Server::Own, Server::Other);
        for (text, expected) in [
            ("HTTPSConnectionPool(host='hooks.example.com', port=443): Max retries exceeded with url: /prompt", other),
            ("Could not connect to the endpoint URL: \"https://bucket.s3.amazonaws.com/a.png\"", other),
            ("Cannot connect to host api.example.com:443 ssl:default [Connection reset by peer]", other),
            ("Error 111 connecting to localhost:6379. Connection refused.", other),
            ("connection to server at \"localhost\" (127.0.0.1), port 5432 failed: Connection refused", other),
            ("curl: (7) Failed to connect to localhost port 11434 after 0 ms: Connection refused", other),
            ("[Errno 111] Connect call failed ('127.0.0.1', 6379)", other),
            ("localhost:27017: [Errno 111] Connection refused", other),
            ("HTTPConnectionPool(host='127.0.0.1', port=8188): Max retries exceeded with url: /", own),
            ("HTTPConnectionPool(host='127.0.0.1', port=3000): Max retries exceeded with url: /system_stats", own),
            ("Cannot connect to host comfyui:8000 ssl:default [Connection refused]", own),
            ("400 Client Error for url: http://10.0.0.7:8188/x and https://a.example", own),
            ("Connect call failed ('127.0.0.1', 8188)", own),
            ("ComfyUI at http://127.0.0.1:3001 does not answer", own),
            ("ComfyUI at http://10.1.2.3:9000: Connection refused", own),
            ("http://127.0.0.1:8189: Connection refused", Server::Unnamed),
            ("http://127.0.0.1:3000/ws?client=1: Connection refused", own),
            ("HTTPConnectionPool(host='127.0.0.1', port=3000): Max retries exceeded with url: /features", own),
            ("https://a1b2c3-8188.proxy.runpod.net/prompt", own),
            ("https://s3api-eu-ro-1.runpod.io/a", other),
            ("500 for https://api.runpod.ai/v2/a/job-done", Server::Unnamed),
            ("requests.post(f\"http://{address}/prompt\")", Server::Unnamed),
            ("Failed to connect to ComfyUI", own),
            ("failed to connect to the database", Server::Unnamed),
            ("[Errno 111] Connection refused", Server::Unnamed),
            ("file:///comfyui/a.py", Server::Unnamed),
            ("s3://comfyui/a.png", Server::Unnamed),
            ("could not translate host name \"db.example.com\" to address", other),
            ("[Errno 111] Connection refused\n  File \"/venv/site-packages/botocore/httpsession.py\"", other),
            ("in send_webhook: [Errno 111] Connection refused", other),
            ("in send_webhook: http://127.0.0.1:8188/history", own),
            ("é://é", Server::Unnamed),
            ("", Server::Unnamed),
        ] {
            assert_eq!(Server::of(text), expected, "{text}");
        }
    }
}
