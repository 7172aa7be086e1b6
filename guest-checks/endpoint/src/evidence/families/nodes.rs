//! What nodes raise about their own connections and programs, and what handlers report of other servers than `ComfyUI`.

use crate::evidence::family::{Family, Weight};

/// A server refused a request.
const REQUEST: &[&str] = &[
    "HTTP Error 4",
    "HTTP Error 5",
    "Client Error: * for url",
    "Server Error: * for url",
    "400 Bad Request",
    "401 Unauthorized",
    "403 Forbidden",
    "429 Too Many Requests",
    "500 Internal Server Error",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "Handshake status",
    "rate limit exceeded",
    "invalid_api_key",
    "API key not valid",
    "Incorrect API key",
    "insufficient_quota",
    "insufficient balance",
    "exceeded your current quota",
];

/// There was no answer.
const CONNECTION: &[&str] = &[
    "Connection refused",
    "Errno 111",
    "ECONNREFUSED",
    "Failed to establish a new connection",
    "Max retries exceeded",
    "Cannot connect to host",
    "All connection attempts failed",
    "Failed to connect to Ollama",
    "Could not connect to server",
    "No route to host",
    "Remote end closed connection",
    "RemoteDisconnected",
    "Connection reset by peer",
    "Connection aborted",
    "Connection timed out",
    "could not translate host name",
    "Server disconnected",
    "ServerDisconnectedError",
    "IncompleteRead",
    "Connection to remote host was lost",
    "Read timed out",
    "ReadTimeout",
    "ConnectTimeout",
    "ConnectError",
    "urlopen error timed out",
    "The read operation timed out",
];

/// Any of these lines names a server.
pub(super) const OTHER_SERVERS: &[Family] = &[
    Family {
        name: "other-request",
        rule: "failed-job",
        meaning: "a server that the handler calls refused the request, not ComfyUI",
        help: "fix what the answer names: the URL or the key in the job or in the endpoint's environment, or the server's limit",
        marks: REQUEST,
        exits: &[],
        weight: Weight::Raised,
        source: "requests, httpx, aiohttp",
    },
    Family {
        name: "other-connection",
        rule: "failed-job",
        meaning: "the handler cannot reach a server that it calls, not ComfyUI",
        help: "check the URL in the job or in the endpoint's environment (a bucket, a webhook, a database), and that the server is up: \
               `localhost` is the worker itself",
        marks: CONNECTION,
        exits: &[],
        weight: Weight::Raised,
        source: "urllib, requests, httpx, aiohttp, clients of databases",
    },
];

pub(super) const NODES: &[Family] = &[
    Family {
        name: "node-pipe",
        rule: "failed-job",
        meaning: "a program that the node writes to has ended, most often ffmpeg while it encodes a video",
        help: "read the worker's log above the error for the program's reason; for ffmpeg, install a build with the codec \
               (`libx264`, `libx265`), and check the node's format, the image size and `filename_prefix`",
        marks: &["Broken pipe", "BrokenPipeError", "Errno 32]"],
        exits: &[],
        weight: Weight::Raised,
        source: "Python, VideoHelperSuite",
    },
    Family {
        name: "node-request",
        rule: "failed-job",
        meaning: "a server that the node calls refused the request",
        help: "fix what the server's answer names: the API key or the URL in the node, the request, or the server's limit",
        marks: REQUEST,
        exits: &[],
        weight: Weight::Raised,
        source: "urllib, requests, httpx, aiohttp, websocket-client, servers of models",
    },
    Family {
        name: "node-connection",
        rule: "failed-job",
        meaning: "the node cannot reach a server that it calls",
        help: "set the URL in the node to a server that the worker can reach: `localhost` is the worker itself, where no Ollama and \
               no second ComfyUI run unless the image starts them",
        marks: CONNECTION,
        exits: &[],
        weight: Weight::Raised,
        source: "urllib, requests, httpx, aiohttp, websocket-client, Ollama",
    },
];
