//! Errors that only a node raises, and those of a handler about other servers than ComfyUI.

use super::Examples;

pub(super) const NODES: &[Examples] = &[
    (
        "node-pipe",
        &[
            "[Errno 32] Broken pipe",
            "BrokenPipeError: the child closed its input",
            "ffmpeg: OSError: [Errno 32] while frame 3 was written",
        ],
    ),
    (
        "node-request",
        &[
            "HTTP Error 429: Too Many Requests",
            "HTTP Error 500: Internal Server Error",
            "400 Client Error: Bad Request for url: http://192.168.101.30:8189/prompt",
            "Client error '403 Forbidden' for url 'https://api.example/v1'",
            "Error code: 401 - {'error': {'code': 'invalid_api_key'}}",
            "the account has an insufficient balance",
        ],
    ),
    (
        "node-connection",
        &[
            "HTTPConnectionPool(host='192.168.207.236', port=11434): Max retries exceeded with url: /api/tags",
            "<urlopen error [Errno 111] Connection refused>",
            "Failed to connect to Ollama. Please check that Ollama is downloaded, running and accessible.",
            "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
            "HTTPSConnectionPool(host='api.example', port=443): Read timed out. (read timeout=30)",
        ],
    ),
];

pub(super) const OTHER_SERVERS: &[Examples] = &[
    (
        "other-request",
        &[
            "400 Client Error: Bad Request for url: https://hooks.example.com/done",
            "Server error '500 Internal Server Error' for url 'https://api.example/prompt'",
            "https://images.example/a.png: HTTP Error 403: Forbidden",
        ],
    ),
    (
        "other-connection",
        &[
            "HTTPSConnectionPool(host='hooks.example.com', port=443): Max retries exceeded with url: /prompt (Caused by \
             NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused'))",
            "HTTPSConnectionPool(host='a.s3.amazonaws.com', port=443): Max retries exceeded (Caused by \
             NameResolutionError(\"Failed to resolve 'a.s3.amazonaws.com' ([Errno -2] Name or service not known)\"))",
            "Cannot connect to host api.example.com:443 ssl:default [Connection reset by peer]",
            "Error 111 connecting to localhost:6379. Connection refused.",
            "connection to server at \"localhost\" (127.0.0.1), port 5432 failed: Connection refused",
            "[Errno 111] Connect call failed ('127.0.0.1', 11434)",
        ],
    ),
];
