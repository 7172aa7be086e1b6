//! Each family of errors knows its errors in several wordings.

use comfycheck_check_endpoint::evidence::{families, family_of};

/// A family, and errors of it in different words.
type Examples = (&'static str, &'static [&'static str]);

const PLATFORM: &[Examples] = &[
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
            "비디오를를 찾을 수 없습니다.",
            "ComfyUI 서버에 연결할 수 없습니다. 서버가 실행 중인지 확인하세요.",
            "이미지를 찾을 수 없습니다",
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
];

const GPU: &[Examples] = &[
    (
        "gpu-memory",
        &[
            "torch.cuda.OutOfMemoryError: Tried to allocate 2.00 GiB",
            "CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 23.65 GiB total capacity)",
            "Allocation on device 0 would exceed allowed memory. (out of memory)",
            "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
            "RuntimeError: CUDA error: out of memory",
            "CUDA failure 2: out of memory ; GPU=0 ; hostname=w",
            "RuntimeError: CUDA driver error: out of memory",
            "Got an OOM, unloading all models",
            "the sampler ran: GPU 0 ran out of memory",
            "[TRT] Error Code 1: Cuda Runtime (out of memory)",
        ],
    ),
    (
        "gpu-kernels",
        &[
            "RuntimeError: CUDA error: no kernel image is available for execution on the device",
            "NVIDIA GeForce RTX 5090 with CUDA capability sm_120 is not compatible with the current PyTorch installation.",
            "the provided PTX was compiled with an unsupported toolchain.",
            "ptxas fatal: Value 'sm_120a' is not defined for option 'gpu-name'",
            "RuntimeError: CUDA error: invalid device function",
            "ptxas a.ptx, line 5; fatal: Unsupported .version 8.8; current version is '8.4'",
            "RuntimeError: FlashAttention only supports Ampere GPUs or newer.",
            "requires device with capability > (8, 0) but your GPU has capability (7, 5) (too old)",
            "triton.runtime.errors.OutOfResources: out of resource: shared memory, Required: 140000, Hardware limit: 101376",
        ],
    ),
    (
        "gpu-fp8",
        &[
            "torch._scaled_mm is only supported on CUDA devices with compute capability >= 9.0 or 8.9",
            "ValueError: type fp8e4nv not supported in this architecture",
            "\"addmm_cuda\" not implemented for 'Float8_e4m3fn'",
            "Promotion for Float8 Types is not supported, attempted to promote Half and Float8_e5m2",
            "CUDA error: CUBLAS_STATUS_NOT_SUPPORTED when calling `cublasLtMatmul`",
            "NVFP4 weights are only supported on Blackwell",
        ],
    ),
    (
        "old-driver",
        &[
            "The NVIDIA driver on your system is too old (found version 12040).",
            "nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8, please update your driver",
            "CUDA driver version is insufficient for CUDA runtime version",
            "Error 803: system has unsupported display driver / cuda driver combination",
            "Failed to initialize NVML: Driver/library version mismatch",
        ],
    ),
    (
        "cpu-torch",
        &[
            "AssertionError: Torch not compiled with CUDA enabled",
            "PyTorch was installed without CUDA support",
            "torch 2.8.0+cpu was not compiled with CUDA",
        ],
    ),
    (
        "broken-gpu",
        &[
            "CUDA error: uncorrectable ECC error encountered",
            "RuntimeError: CUDA unknown error - this may be due to an incorrectly set up environment",
            "CUDA error: an illegal memory access was encountered",
            "GPU 0000:81:00.0 has fallen off the bus",
            "Unexpected error from cudaGetDeviceCount(). Error 802: system not yet initialized",
            "RuntimeError: CUDA error: misaligned address",
            "GPU is lost. Reboot the system to recover it",
        ],
    ),
    (
        "no-gpu",
        &[
            "RuntimeError: Found no NVIDIA driver on your system.",
            "CUDA error: CUDA-capable device(s) is/are busy or unavailable",
            "RuntimeError: No CUDA GPUs are available",
            "could not select device driver \"nvidia\" with capabilities: [[gpu]]",
            "nvidia-container-cli: detection error: nvml error: unknown error",
            "failed to inject CDI devices: unresolvable CDI devices nvidia.com/gpu=0",
        ],
    ),
    (
        "gpu-unavailable",
        &[
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False.",
            "Failed to initialize NVML: Unknown Error",
            "no GPU was detected on this worker",
            "RuntimeError: CUDA is not available",
        ],
    ),
    (
        "old-cuda",
        &[
            "this model requires CUDA 12.8 or newer",
            "Fitness check: CUDA version 12.4 is too old",
            "the driver does not support CUDA 13.0",
        ],
    ),
    (
        "gpu-assert",
        &[
            "RuntimeError: CUDA error: device-side assert triggered",
            "Assertion `index >= 0` failed: device-side assert",
            "torch.AcceleratorError: CUDA error: device-side assert triggered (node 3)",
        ],
    ),
];

const MACHINE: &[Examples] = &[
    (
        "system-memory",
        &[
            "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory",
            "OSError: [Errno 12] Cannot allocate memory",
            "Killed",
            "/start.sh: line 40:    22 Killed                  python -u /comfyui/main.py",
            "main process exited with code 137",
            "Out of memory: Killed process 22 (python) total-vm:60000000kB",
            "numpy.core._exceptions._ArrayMemoryError: Unable to allocate 9 GiB for an array",
            "ComfyUI ended: return code -9",
            "comfyui exited (code=137; not expected)",
            "DataLoader worker (pid 7) is killed by signal: Killed.",
            "memory allocation of 17179869184 bytes failed",
        ],
    ),
    (
        "disk-full",
        &[
            "[Errno 28] No space left on device",
            "OSError: [Errno 122] Disk quota exceeded: '/runpod-volume/models/a.safetensors'",
            "Not enough free disk space to download the file.",
            "PytorchStreamWriter failed writing file data/3: file write failed",
            "cannot save: I/O error (os error 28)",
        ],
    ),
    (
        "native-crash",
        &[
            "/start.sh: line 40: 22 Segmentation fault (core dumped) python main.py",
            "Fatal Python error: Aborted",
            "ComfyUI exited with code -11",
            "command returned non-zero exit status 139",
            "terminate called after throwing an instance of 'c10::Error'",
        ],
    ),
    (
        "fitness-check",
        &[
            "Fitness check failed: _memory_check | RuntimeError: Insufficient memory: 2.1GB available",
            "1 of 7 fitness checks failed",
            "Fitness check _cuda_init_check failed",
        ],
    ),
    (
        "prestart-cancelled",
        &[
            "prestart_cancelled: worker is stopping",
            "prestart hook load_models was cancelled",
            "prestart of the worker was cancelled",
        ],
    ),
    (
        "prestart-failed",
        &[
            "prestart_failed: OSError: no weights",
            "prestart hook load_models failed after 3 s",
            "prestart load_models raised ValueError",
        ],
    ),
];

const FILES: &[Examples] = &[
    (
        "broken-model",
        &[
            "Error while deserializing header: MetadataIncompleteBuffer",
            "PytorchStreamReader failed reading zip archive: failed finding central directory",
            "_pickle.UnpicklingError: invalid load key, 'v'.",
            "ERROR: Could not detect model type of: /comfyui/models/checkpoints/a.safetensors",
            "safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge",
        ],
    ),
    (
        "upload-checksum",
        &[
            "An error occurred (NotImplemented) when calling the PutObject operation: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            "An error occurred (XAmzContentSHA256Mismatch) when calling the PutObject operation",
            "An error occurred (MissingContentLength) when calling the UploadPart operation",
            "Header 'x-amz-checksum-crc32' with value 'a' not implemented",
            "An error occurred (NotImplemented) when calling the UploadPart operation: header not implemented",
        ],
    ),
    (
        "upload-bucket",
        &[
            "An error occurred (NoSuchBucket) when calling the PutObject operation",
            "The specified bucket does not exist",
            "bucket '11-26' not found",
            "An error occurred (404) when calling the HeadBucket operation: Not Found",
            "Parameter validation failed: Invalid bucket name \"\"",
        ],
    ),
    (
        "upload",
        &[
            "Error uploading a.png to S3: timeout",
            "Could not connect to the endpoint URL: \"https://bucket.example/\"",
            "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
            "An error occurred (AccessDenied) when calling the UploadPart operation: Access Denied",
            "Read timeout on endpoint URL: \"https://bucket.example/a.png\"",
            "ValueError: Invalid endpoint: bucket.example",
        ],
    ),
    (
        "hub-access",
        &[
            "401 Client Error. Cannot access gated repo for url https://huggingface.co/a/b/resolve/main/config.json.",
            "Access to model black-forest-labs/FLUX.1-dev is restricted.",
            "https://civitai.com/api/download/models/1 returned 401 Unauthorized",
            "OSError: acme/b is not a local folder and is not a valid model identifier listed on the hub",
            "Your request to access model acme/b is awaiting a review from the repo authors.",
        ],
    ),
    (
        "hub-rate-limit",
        &[
            "429 Client Error: Too Many Requests for url: https://huggingface.co/acme/b",
            "you exceeded the rate limit of huggingface.co",
            "https://civitai.com/api/download/models/1: status 429",
        ],
    ),
    (
        "hub-missing",
        &[
            "404 Client Error. Entry Not Found for url: https://huggingface.co/acme/b/resolve/main/c.safetensors",
            "huggingface_hub.errors.EntryNotFoundError: no such file",
            "404 Client Error: Not Found for url: https://civitai.com/api/download/models/1",
        ],
    ),
    (
        "hub-offline",
        &[
            "We couldn't connect to 'https://huggingface.co' to load this file",
            "huggingface_hub.errors.LocalEntryNotFoundError: cannot find it",
            "OfflineModeIsEnabled: cannot reach https://hf.example: offline mode is enabled",
            "Cannot find an appropriate cached snapshot folder and outgoing traffic has been disabled",
            "OSError: [Errno 101] Network is unreachable",
        ],
    ),
    (
        "api-login",
        &[
            "Unauthorized: Please login first to use this node.",
            "the input has no comfy_org_api_key",
            "https://api.comfy.org/proxy/bfl answered 401",
        ],
    ),
    (
        "api-credits",
        &[
            "Payment Required: Please add credits to your account to use this node.",
            "insufficient credits for this request",
            "please add credits to your account",
        ],
    ),
    (
        "missing-compiler",
        &[
            "RuntimeError: Failed to find C compiler. Please specify via CC environment variable.",
            "/bin/sh: 1: nvcc: not found",
            "OSError: CUDA_HOME environment variable is not set.",
            "InvalidCxxCompiler: No working C++ compiler found: (None, 'g++')",
            "error: command 'gcc' failed: No such file or directory",
        ],
    ),
    (
        "package-conflict",
        &[
            "RuntimeError: operator torchvision::nms does not exist",
            "ValueError: numpy.dtype size changed, may indicate binary incompatibility",
            "ImportError: /lib/libc.so.6: version `GLIBC_2.38' not found (required by /a.so)",
            "ImportError: /a.so: undefined symbol: _ZN3c104cuda9SetDeviceEa",
            "AttributeError: module 'numpy' has no attribute 'float'",
            "cannot import name 'cached_download' from 'huggingface_hub'",
        ],
    ),
    (
        "missing-package",
        &[
            "ModuleNotFoundError: No module named 'insightface'",
            "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
            "importlib.metadata.PackageNotFoundError: bitsandbytes",
            "cannot import name 'a' from 'b'",
            "ffmpeg is required for videos and could not be found",
            "FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'",
            "T5Tokenizer requires the SentencePiece library but it was not found in your environment",
            "Library libcublas.so.12 is not found or cannot be loaded",
        ],
    ),
    (
        "missing-input",
        &[
            "[Errno 2] No such file or directory: '/comfyui/input/in.png'",
            "Invalid image file: in.png",
            "input image in.png not found",
            "LoadImage: the input file in.png does not exist",
        ],
    ),
    (
        "unusable-input",
        &[
            "Failed to upload one or more input images",
            "PIL.UnidentifiedImageError: cannot identify image file '/comfyui/input/bad.png'",
            "OSError: image file is truncated (3 bytes not processed)",
            "binascii.Error: Invalid base64-encoded string",
            "Failed to download image from https://a.example: 404",
        ],
    ),
    (
        "missing-file",
        &[
            "[Errno 2] No such file or directory: '/comfyui/models/insightface/models/antelopev2/1k3d68.onnx'",
            "[ONNXRuntimeError] : 3 : NO_SUCHFILE : Load model from /a.onnx failed",
            "OSError: /models/clip does not appear to have a file named config.json.",
        ],
    ),
    (
        "mismatched-models",
        &[
            "mat1 and mat2 shapes cannot be multiplied (154x2048 and 768x320)",
            "ERROR: clip input is invalid: None",
            "Given groups=1, weight of size [320, 4, 3, 3], expected input[2, 16, 64, 64] to have 4 channels",
            "The size of tensor a (64) must match the size of tensor b (128) at non-singleton dimension 3",
            "The expanded size of the tensor (64) must match the existing size (32)",
            "shape '[1, 16, 64]' is invalid for input of size 123",
            "AttributeError: 'NoneType' object has no attribute 'encode'",
        ],
    ),
    (
        "mismatched-types",
        &[
            "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!",
            "mat1 and mat2 must have the same dtype, but got Half and Float",
            "Input type (float) and bias type (c10::BFloat16) should be the same",
            "expected scalar type Half but found Float",
        ],
    ),
    (
        "outdated-pack",
        &[
            "TypeError: forward() got an unexpected keyword argument 'transformer_options'",
            "TypeError: sample() missing 1 required positional argument: 'seed'",
            "AttributeError: module 'comfy.samplers' has no attribute 'cfg'",
            "ModuleNotFoundError: No module named 'comfy.ldm.flux'",
        ],
    ),
];

const COMFYUI: &[Examples] = &[
    (
        "comfyui-died",
        &[
            "WebSocket communication error: ComfyUI HTTP unreachable during websocket reconnect",
            "worker-comfyui - ComfyUI process has exited. Server will not become reachable.",
            "the ComfyUI server crashed during the job",
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
            "BrokenPipeError: [Errno 32] Broken pipe",
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
            "   0.0 seconds (IMPORT FAILED): /comfyui/custom_nodes/comfyui-impact-pack",
            "Cannot import /comfyui/custom_nodes/a module for custom nodes: invalid syntax",
            "Error loading custom node comfyui-b",
            "Skip /comfyui/custom_nodes/b module for custom nodes due to the lack of NODE_CLASS_MAPPINGS.",
            "some comfy_extras/ nodes did not import correctly",
        ],
    ),
    ("no-outputs", &["Prompt has no outputs", "prompt_no_outputs", "the workflow has no output nodes"]),
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
            "Return type mismatch between linked nodes: images",
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
        "download",
        &["Downloading models", "a.safetensors 12%[=>  ] 2.66G 48.1MB/s eta 6m", " 40%|####  | 4G/10G [01:00, 60MB/s]"],
    ),
];

/// Texts of RunPod's system log, which no job raises.
const CONTAINER: &[Examples] = &[
    (
        "pull-space",
        &[
            "error pulling image: write /var/lib/docker/tmp/x: no space left on device",
            "failed to register layer: write /usr/lib/a.so: no space left on device",
            "failed to extract layer sha256:1: write /b: no space left on device",
        ],
    ),
    (
        "pull-access",
        &[
            "error pulling image: Error response from daemon: pull access denied for a/b, repository does not exist",
            "Head \"https://registry-1.docker.io/v2/a/b/manifests/1\": unauthorized: incorrect username or password",
            "failed to pull a/b: authorization failed: no basic auth credentials",
            "error pulling image: Error response from daemon: Head \"https://ghcr.io/v2/a/b/manifests/1\": denied",
            "unexpected status from HEAD request to https://ghcr.io/v2/a/b/manifests/1: 403 Forbidden",
        ],
    ),
    (
        "pull-rate-limit",
        &[
            "toomanyrequests: You have reached your pull rate limit.",
            "error pulling image: 429 Too Many Requests",
            "You have reached your unauthenticated pull rate limit",
            "error pulling image: too many requests",
        ],
    ),
    (
        "pull-platform",
        &[
            "no matching manifest for linux/amd64 in the manifest list entries",
            "no match for platform in manifest: not found",
            "image with reference a was found but does not match the specified platform",
        ],
    ),
    (
        "pull-tag",
        &[
            "error pulling image: manifest for a/b:typo not found: manifest unknown",
            "failed to resolve reference \"docker.io/a/b:typo\": docker.io/a/b:typo: not found",
            "invalid reference format: repository name must be lowercase",
            "image pull: acme/a:v9: not found",
        ],
    ),
    (
        "pull-network",
        &[
            "error pulling image: i/o timeout",
            "error pulling image: Get \"https://registry.example/v2/\": net/http: TLS handshake timeout",
            "failed to pull a/b: dial tcp: lookup registry.example on 10.0.0.2:53: no such host",
            "error pulling image: received unexpected HTTP status: 503 Service Unavailable",
        ],
    ),
    (
        "pull-damaged",
        &[
            "failed to register layer: max depth exceeded",
            "error pulling image: filesystem layer verification failed for digest sha256:1",
            "failed commit on ref \"layer\": unexpected commit digest sha256:2",
        ],
    ),
    (
        "pull-pending",
        &[
            "error creating container: image pull: acme/a:1: pending",
            "image pull: registry.example/acme/a:1: pending",
            "image pull: acme/a:1: still pending",
        ],
    ),
    (
        "pull",
        &["error pulling image: something new", "failed to pull image a/b", "ImagePullBackOff", "No such image: a/b:1"],
    ),
    (
        "start-architecture",
        &[
            "exec /start.sh: exec format error",
            "standard_init_linux.go:228: exec user process caused: exec format error",
            "bash: /app: cannot execute binary file",
            "qemu-x86_64: Could not open '/lib64/ld-linux-x86-64.so.2'",
        ],
    ),
    (
        "start-permission",
        &[
            "OCI runtime create failed: exec: \"/start.sh\": permission denied: unknown",
            "fork/exec /start.sh: permission denied",
            "runc create failed: exec \"/a\": permission denied: unknown",
            "/bin/sh: 1: /start.sh: Permission denied",
        ],
    ),
    (
        "start-command",
        &[
            "exec: \"/start.sh\": stat /start.sh: no such file or directory",
            "exec: \"python3\": executable file not found in $PATH: unknown",
            "/start.sh: /bin/bash^M: bad interpreter: No such file or directory",
            "python: can't open file '/handler.py': [Errno 2] No such file or directory",
            "/bin/bash: /start.sh: No such file or directory",
            "/start.sh: line 3: python3: command not found",
            "chdir to cwd (\"/app\") set in config.json failed: no such file or directory",
        ],
    ),
    (
        "start",
        &[
            "error starting container: something new",
            "failed to create task for container: it broke",
            "OCI runtime create failed: mount is missing",
        ],
    ),
    ("pull-progress", &["a1b2 Pulling fs layer", "a1b2 Pull complete", "a1b2 Extracting 12 GB"]),
];

#[test]
fn each_family_knows_its_errors_in_several_words() {
    let raised = [PLATFORM, GPU, MACHINE, FILES, COMFYUI].concat();
    for (family, examples) in &raised {
        for example in *examples {
            assert_eq!(family_of(example).map(|family| family.name), Some(*family), "{example}");
        }
    }
    let mut tested: Vec<_> = raised.iter().chain(CONTAINER).map(|(family, _)| *family).collect();
    let mut all: Vec<_> = families().map(|family| family.name).collect();
    tested.sort_unstable();
    all.sort_unstable();
    assert_eq!(tested, all);
    assert!(raised.iter().chain(CONTAINER).all(|(_, examples)| examples.len() >= 3));
}

#[test]
fn each_family_of_the_system_log_knows_its_lines() {
    use comfycheck_check_endpoint::WorkerLog;
    use comfycheck_sdk::endpoint::LogLine;
    for (family, examples) in CONTAINER {
        for example in *examples {
            let log = WorkerLog::of("w", "system", &[LogLine { at: None, text: (*example).into() }]);
            assert_eq!(log.families().collect::<Vec<_>>(), [*family], "{example}");
        }
    }
}

#[test]
fn ordinary_texts_belong_to_no_family() {
    for text in [
        "",
        "Job processing failed",
        "it broke",
        "the prompt was executed in 3.2 seconds",
        "worker-comfyui: Starting ComfyUI",
        "ValueError: no seed",
        "this is a skilled painter",
        "got prompt",
        "model weight dtype torch.float8_e4m3fn, manual cast: None",
        "KeyError: 'positive'",
        "the handler returned 137 images",
        "Connected to ComfyUI",
        "worker exited with exit code 0",
        "Total VRAM 24564 MB, total RAM 515903 MB",
    ] {
        assert_eq!(family_of(text).map(|family| family.name), None, "{text}");
    }
}

#[test]
fn each_family_has_a_rule_help_and_a_source() {
    let rules = comfycheck_check_endpoint::rules::manifest().rules;
    for family in families() {
        assert!(rules.iter().any(|rule| rule.id == family.rule), "{}", family.rule);
        assert!(!family.meaning.is_empty() && !family.help.is_empty() && !family.source.is_empty(), "{}", family.name);
    }
}
