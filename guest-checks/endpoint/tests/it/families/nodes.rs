//! Errors that only a node raises.

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
