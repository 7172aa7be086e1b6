//! Errors of RunPod, of handlers and of ComfyUI.

use super::Examples;

pub(super) const PLATFORM: &[Examples] = &[
    (
        "load-balancer",
        &[
            "status 400: /run is not allowed for LB API, use load balancer endpoint",
            "{\"error\":\"/health is not allowed for LB API\"}",
            "please use load balancer endpoint for this call",
        ],
    ),
    (
        "queue-endpoint",
        &[
            "status 400: not allowed for QB API",
            "{\"error\": \"/ping is not allowed for QB API\"}",
            "use queue based endpoint",
        ],
    ),
    (
        "no-balance",
        &[
            "status 402: You do not have enough balance",
            "status 402",
            "insufficient funds, please top up",
            "this job would exceed the spend limit of the account",
            "status 403: the account has no funds",
        ],
    ),
    (
        "blocked",
        &[
            "status 403: <html><title>Attention Required! | Cloudflare</title></html>",
            "status 503: <title>Just a moment...</title>",
            "status 403: error code: 1010",
        ],
    ),
    (
        "body-too-large",
        &[
            "status 400: bad request: body: exceeded max body size of 10MiB",
            "status 413",
            "<h1>413 Request Entity Too Large</h1>",
        ],
    ),
    (
        "execution-timeout",
        &[
            "executionTimeout exceeded",
            "job exceeded the execution timeout of 600 s",
            "Execution timeout exceeded (600000 ms)",
        ],
    ),
    (
        "unreported-job",
        &[
            "job timed out after 1 retries",
            "worker stopped responding",
            "the worker died before it reported a result",
            "worker exited before it finished the job",
        ],
    ),
    (
        "incomplete-job",
        &[
            "Job has missing field(s): id or input.",
            "Failed to get job. | Error Type: Exception | Error Message: Job has missing field(s): id or input.",
            "skipped: missing field(s): id or input",
        ],
    ),
    (
        "worker-key",
        &[
            "Failed to get job. | Error Type: ClientResponseError | Error Message: 401, message='Unauthorized', \
             url='https://api.runpod.ai/v2/abc/job-take/w1'",
            "Failed to return job results. | 401, message='Unauthorized', url=URL('http://host/job-done/w1/1?gpu=NVIDIA+L4&isStream=false')",
            "cannot send: api.runpod.ai/v2/abc/job-done/w1 says 401 to this key",
        ],
    ),
    (
        "unsent-result",
        &[
            "Failed to return job results. | 400, message='Bad Request'",
            "Failed to return the job output",
            "POST /job-done/abc answered 400",
        ],
    ),
    ("no-workflow", &["Missing 'workflow' parameter", "Please provide input", "Invalid JSON format in input"]),
    (
        "handler-payload",
        &[
            "workflow should be <class 'str'> type, not <class 'dict'>.",
            "payload is a required input.",
            "'payload' is required",
            "{'loc': ['body', 'payload'], 'msg': 'Field required', 'type': 'missing'}",
        ],
    ),
    (
        "handler-files",
        &[
            "no 'workflow' property found in the job",
            "no 'input' property found",
            "'workflow' must be a valid JSON object or JSON-encoded string",
        ],
    ),
    (
        "handler-video",
        &[
            "ValueError: 이미지를 찾을 수 없습니다: /inputs/a.png",
            r#"{"error_type": "<class 'Exception'>", "error_message": "이미지를 찾을 수 없습니다", "hostname": "h"}"#,
            "Failed job: 이미지를 찾을 수 없습니다 (image_path)",
        ],
    ),
    (
        "preview-output",
        &[
            "FileNotFoundError: [Errno 2] No such file or directory: '/runpod-volume/ComfyUI/output/ComfyUI_temp_tlerf_00001_.png'",
            "No such file or directory: '/workspace/ComfyUI/output//ComfyUI_temp_cprvf_00001_.png' -> '/workspace/out/a.png'",
            "cannot copy output/ComfyUI_temp_abcde_00001_.png",
        ],
    ),
    (
        "handler-outputs",
        &[
            "비디오를를 찾을 수 없습니다.",
            "the image does not exist in the specified output folder: /comfyui/output/a.png",
            "    for image in node_output['images']:",
            "KeyError: 'gifs'",
        ],
    ),
    (
        "handler-schema",
        &[
            "Unexpected input. workflow is not a valid input option.",
            "image_url is a required input.",
            "Unexpected input. workflow is unknown",
        ],
    ),
    ("handler-prompt", &["KeyError: 'prompt'", "'prompt' is required", "Missing 'prompt' in the input"]),
    (
        "handler-input",
        &[
            "KeyError: 'payload'",
            "Missing required parameter: positive_prompt",
            "job_input: No workflow provided",
            "required parameter `image_url` is missing",
            "    image = job_input['image']",
        ],
    ),
];

pub(super) const COMFYUI: &[Examples] = &[
    (
        "optional-part",
        &[
            "[ComfyUI-Manager] Failed to fetch the list: No module named 'x'",
            "Warning: Could not load sageattention: No module named 'sageattention'",
            "Failed to import comfy_kitchen, Error: No module named 'comfy_kitchen', fp8 and fp4 support will not be available.",
            "ERROR: ld.so: object '/usr/lib/libtcmalloc.so.4' from LD_PRELOAD cannot be preloaded: ignored.",
            "comfy-aimdo failed to load: libcuda.so.1: cannot open shared object file",
            "[INFO] Found comfy_kitchen backend triton: {'available': False, 'unavailable_reason': \"ImportError: No module named 'triton'\"}",
            "Failed to perform initial fetching 'custom-node-list.json': Cannot connect to host raw.githubusercontent.com:443 ssl:default [Temporary failure in name resolution]",
            "fatal: destination path 'ComfyUI' already exists and is not an empty directory.",
            "Failed to initialize database. Please ensure you have installed the latest requirements. (sqlite3.OperationalError) unable to open database file",
            "FETCH https://raw.githubusercontent.com/a/b/main/model-list.json: Temporary failure in name resolution",
            "UserWarning: Failed to load image Python extension: 'libc10_cuda.so: cannot open shared object file: No such file or directory'",
        ],
    ),
    (
        "ignored-lora",
        &[
            "ERROR lora diffusion_model.layers.0.weight shape '[3072, 1728]' is invalid for input of size 9437184",
            "lora key not loaded: lora_unet_double_blocks_0_img_attn_proj.alpha",
            "ERROR lokr transformer.blocks.1 The size of tensor a (64) must match the size of tensor b (128)",
        ],
    ),
    (
        "comfyui-started",
        &[
            "To see the GUI go to: http://127.0.0.1:8188",
            "INFO: Uvicorn running on http://0.0.0.0:8188 (Press CTRL+C to quit)",
            "worker: ComfyUI is ready",
            "worker-comfyui - API is reachable",
        ],
    ),
    (
        "origin-refused",
        &[
            "WARNING: request with non matching host and origin 127.0.0.1 != example.com, returning 403",
            "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: http://127.0.0.1:8188/prompt",
            "websocket._exceptions.WebSocketBadStatusException: Handshake status 403 Forbidden",
        ],
    ),
    (
        "comfyui-died",
        &[
            "WebSocket communication error: ComfyUI HTTP unreachable during websocket reconnect",
            "worker-comfyui - ComfyUI process has exited. Server will not become reachable.",
            "the ComfyUI server crashed during the job",
            "WebSocket communication error: Connection closed and failed to reconnect. Last error: [Errno 111] Connection refused",
            "ComfyUI terminated with exit code 1",
        ],
    ),
    (
        "comfyui-late",
        &[
            "worker-comfyui - Failed to connect to server at http://127.0.0.1:8188/ after 500 attempts.",
            "Server not ready after timeout (30s)",
            "ComfyUI did not become ready",
            "timed out waiting for ComfyUI",
            "ComfyUI startup timed out after 120 s",
        ],
    ),
    (
        "comfyui-unreachable",
        &[
            "ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.",
            "Error queuing workflow: <urlopen error [Errno 111] Connection refused>",
            "Cannot connect to host 127.0.0.1:8188 ssl:default",
            "Exception: ComfyUI 서버에 연결할 수 없습니다. 서버가 실행 중인지 확인하세요.",
            "ComfyUI did not start",
            "httpx.ConnectError: All connection attempts failed",
            "Could not connect to ComfyUI at http://127.0.0.1:8188",
            "HTTPConnectionPool(host='127.0.0.1', port=8188): Max retries exceeded with url: /prompt",
        ],
    ),
    (
        "comfyui-connection",
        &[
            "('Connection broken: IncompleteRead(0 bytes read, 62 more expected)', IncompleteRead(0 bytes read))",
            "http.client.RemoteDisconnected: Remote end closed connection without response",
            "WebSocket communication error: Connection to remote host was lost.",
            "websockets.exceptions.ConnectionClosedError: no close frame received or sent",
            "HTTPConnectionPool(host='127.0.0.1', port=8188): Read timed out. (read timeout=30)",
            "('Connection aborted.', BrokenPipeError(32, 'Broken pipe'))",
        ],
    ),
    (
        "model-paths",
        &[
            "  File \"/comfyui/utils/extra_config.py\", line 12, in load_extra_path_config",
            "  in \"/comfyui/extra_model_paths.yaml\", line 4, column 17",
            "yaml: found character that cannot start any token in \"/workspace/extra_model_paths.yaml\", line 2, column 1",
        ],
    ),
    (
        "comfyui-arguments",
        &[
            "main.py: error: unrecognized arguments: --fast-fp8",
            "main.py: error: argument --port: expected one argument",
            "comfyui: error: argument --cache-lru: invalid int value: 'x'",
        ],
    ),
    (
        "shared-database",
        &[
            "Could not acquire lock on database. Another instance of ComfyUI may be running.",
            "Database is locked. Another ComfyUI process is already using this database.",
            "sqlite3.OperationalError: /runpod-volume/user/comfyui.db: database is locked",
        ],
    ),
    (
        "interrupted",
        &[
            "Processing interrupted",
            "comfy.model_management.InterruptProcessingException",
            "{\"type\": \"execution_interrupted\", \"data\": {\"node_id\": \"3\"}}",
        ],
    ),
    (
        "partly-loaded",
        &[
            "loaded partially; 10331.71 MB usable, 10100.64 MB loaded, 17000.25 MB offloaded, lowvram patches: 0",
            "loading in lowvram mode 10012.4",
            "unloaded models: 3 GB offloaded, lowvram patches: 12",
        ],
    ),
    (
        "port-in-use",
        &[
            "OSError: [Errno 98] error while attempting to bind on address ('127.0.0.1', 8188): address already in use",
            "listen EADDRINUSE 0.0.0.0:8000",
            "port 8188 is already taken, giving up",
        ],
    ),
    (
        "waiting",
        &[
            "worker-comfyui - Websocket receive timed out",
            "Still waiting for API server",
            "Service not ready yet. Retrying...",
        ],
    ),
    (
        "import-failed",
        &[
            "Node `NunchakuFluxDiTLoader` import failed:",
            "   0.0 seconds (IMPORT FAILED): /comfyui/custom_nodes/comfyui-impact-pack",
            "Cannot import /comfyui/custom_nodes/a module for custom nodes: invalid syntax",
            "Error loading custom node comfyui-b",
            "Skip /comfyui/custom_nodes/b module for custom nodes due to the lack of NODE_CLASS_MAPPINGS.",
            "some comfy_extras/ nodes did not import correctly",
        ],
    ),
    (
        "no-outputs",
        &[
            "Prompt has no outputs",
            "prompt_no_outputs",
            "the workflow has no output nodes",
            "invalid graph: found no output nodes to execute",
        ],
    ),
    (
        "unreadable-workflow",
        &[
            "Error queuing workflow: 500 Server Error",
            "HTTP Error 500: Internal Server Error",
            "500 Server Error: Internal Server Error for url: http://127.0.0.1:8188/prompt",
            "Server error '500 Internal Server Error' for url 'http://127.0.0.1:8188/prompt'",
        ],
    ),
    (
        "rejected-with-reason",
        &[
            "Workflow validation failed:\n• something",
            "Prompt outputs failed validation",
            "ComfyUI said invalid_prompt",
            "invalid prompt: {'type': 'x'}",
        ],
    ),
    (
        "refused-output",
        &[
            "Failed to validate prompt for output 9:",
            "Value not in list: model_name: 'hand.pt' not in []",
            "Return type mismatch between linked nodes: images",
            "Required input is missing: vae",
        ],
    ),
    (
        "rejected",
        &[
            "HTTP Error 400: Bad Request",
            "requests.exceptions.HTTPError: 400 Client Error: Bad Request for url: http://127.0.0.1:8188/prompt",
            "Unexpected error queuing workflow: 'list' object has no attribute 'items'",
            "Failed to queue prompt: 400",
            "ComfyUI returned status 400",
        ],
    ),
    (
        "not-queued",
        &[
            "Failed to queue job",
            "RuntimeError: Failed to queue workflow in ComfyUI",
            "Error queuing workflow: timed out",
        ],
    ),
    (
        "unread-output",
        &[
            "Failed to fetch image data for a.png from /view endpoint.",
            "404 Client Error: Not Found for url: http://127.0.0.1:8188/view?filename=a.png",
            "Error fetching a.png from http://127.0.0.1:8188/view",
        ],
    ),
    (
        "handler-timeout",
        &[
            "TimeoutError: Timed out waiting for prompt 4f1c to finish after 300s",
            "Workflow execution timed out after 600 seconds",
            "ComfyUI returned no images within 600 seconds",
        ],
    ),
    (
        "handler-pipe",
        &[
            "BrokenPipeError: [Errno 32] Broken pipe",
            "ffmpeg: broken pipe while frame 3 was written",
            "OSError: [Errno 32] in process.stdin.write",
        ],
    ),
    (
        "installation",
        &[
            "Collecting opencv-python==4.11 (from -r requirements.txt)",
            "Installing collected packages: mpmath, sympy, torch",
            "Prepared 14 packages in 3.20s",
            "Get:4 http://archive.ubuntu.com/ubuntu noble InRelease [256 kB]",
            "Unpacking libgl1:amd64 (1.7.0-1build1) ...",
        ],
    ),
    (
        "download",
        &["Downloading models", "a.safetensors 12%[=>  ] 2.66G 48.1MB/s eta 6m", " 40%|####  | 4G/10G [01:00, 60MB/s]"],
    ),
];
