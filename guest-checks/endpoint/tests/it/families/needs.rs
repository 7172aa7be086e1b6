//! Errors about files, packages and services.

use super::Examples;

pub(super) const FILES: &[Examples] = &[
    (
        "comfyui-requirements",
        &[
            "comfyui-frontend-package is not installed.",
            "ModuleNotFoundError: No module named 'comfy_aimdo'",
            "Error importing dependencies: No module named 'sqlalchemy'",
            "ModuleNotFoundError: No module named 'torchsde'",
            "FileNotFoundError: [Errno 2] No such file or directory: '/venv/lib/site-packages/comfyui_workflow_templates/templates'",
        ],
    ),
    (
        "cuda-library",
        &[
            "Could not load library libcudnn_cnn_infer.so.8. Error: libnvrtc.so: cannot open shared object file",
            "OSError: libcudart.so.12: cannot open shared object file: No such file or directory",
            "Unable to load any of {libcudnn_graph.so.9.1.0, libcudnn_graph.so.9}",
        ],
    ),
    (
        "compiler-failed",
        &[
            "CalledProcessError: Command '['/usr/bin/gcc', '/tmp/a/main.c', '-lcuda']' returned non-zero exit status 1.",
            "main.c:5:10: fatal error: Python.h: No such file or directory",
            "error: command 'g++' failed with exit code 1",
        ],
    ),
    (
        "no-face",
        &[
            "Exception: InsightFace: No face detected.",
            "Exception: Reference Image: no faces found in the picture of the actor",
            "ValueError: Face not detected in pose image",
        ],
    ),
    (
        "no-permission",
        &[
            "PermissionError: [Errno 13] Permission denied: '/comfyui/output/a.png'",
            "OSError: [Errno 30] Read-only file system: '/comfyui/temp'",
            "RuntimeError: cannot cache function 'a': no locator available for file '/venv/b.py'",
            "sqlite3.OperationalError: unable to open database file",
        ],
    ),
    (
        "insightface-models",
        &[
            "AssertionError: assert 'detection' in self.models",
            "model_file /comfyui/models/insightface/inswapper_128.onnx should exist",
            "[Errno 2] No such file or directory: '/comfyui/models/insightface/models/antelopev2/1k3d68.onnx'",
        ],
    ),
    (
        "no-model-path",
        &[
            "TypeError: expected str, bytes or os.PathLike object, not NoneType",
            "TypeError: stat: path should be string, bytes, os.PathLike or integer, not NoneType",
            "TypeError: argument should be a str or an os.PathLike object where __fspath__ returns a str, not 'NoneType'",
        ],
    ),
    (
        "pickled-model",
        &[
            "_pickle.UnpicklingError: Weights only load failed. This file can still be loaded, to do so you have two options",
            "GLOBAL ultralytics.nn.tasks.DetectionModel was not an allowed global by default",
            "WeightsUnpickler error: Unsupported class numpy.core.multiarray.scalar",
        ],
    ),
    (
        "broken-model",
        &[
            "Load model from /models/insightface/models/antelopev2/1k3d68.onnx failed:Protobuf parsing failed.",
            "Error while deserializing header: MetadataIncompleteBuffer",
            "PytorchStreamReader failed reading zip archive: failed finding central directory",
            "_pickle.UnpicklingError: invalid load key, 'v'.",
            "ERROR: Could not detect model type of: /comfyui/models/checkpoints/a.safetensors",
            "safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge",
        ],
    ),
    (
        "missing-compiler",
        &[
            "/usr/bin/ld: cannot find -lcuda: No such file or directory",
            "RuntimeError: Failed to find C compiler. Please specify via CC environment variable.",
            "/bin/sh: 1: nvcc: not found",
            "OSError: CUDA_HOME environment variable is not set.",
            "InvalidCxxCompiler: No working C++ compiler found: (None, 'g++')",
            "error: command 'gcc' failed: No such file or directory",
        ],
    ),
    (
        "removed-module",
        &[
            "ModuleNotFoundError: No module named 'torchvision.transforms.functional_tensor'",
            "ModuleNotFoundError: No module named 'pkg_resources'",
            "AttributeError: module 'pkgutil' has no attribute 'ImpImporter'. Did you mean: 'zipimporter'?",
            "ImportError: cannot import name 'packaging' from 'pkg_resources' (/venv/a.py)",
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
            "ImportError: numpy.core.multiarray failed to import",
            "AttributeError: 'DynamicCache' object has no attribute 'seen_tokens'",
            "AttributeError: 'Florence2LanguageConfig' object has no attribute 'forced_bos_token_id'",
            "AttributeError: 'ImageDraw' object has no attribute 'textsize'",
            "AttributeError: module 'PIL.Image' has no attribute 'ANTIALIAS'",
            "TypeError: Descriptors cannot be created directly.",
        ],
    ),
    (
        "attention-package",
        &[
            "ImportError: FlashAttention2 has been toggled on, but it cannot be used: the package flash_attn seems to be not installed.",
            "ModuleNotFoundError: No module named 'sageattention'",
            "xformers is not installed on this worker",
        ],
    ),
    (
        "audio-backend",
        &[
            "RuntimeError: Couldn't find appropriate backend to handle uri /comfyui/input/a.mp3 and format None.",
            "audioread.exceptions.NoBackendError",
            "OSError: sndfile library not found",
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
        "incomplete-folder",
        &[
            "OSError: /models/clip does not appear to have a file named config.json.",
            "Error no file named pytorch_model.bin, model.safetensors found in directory /comfyui/models/LLM/Florence-2-large.",
            "huggingface_hub.errors.HFValidationError: Repo id must use alphanumeric chars or '-', '_', '.', max length is 96: '/comfyui/models/BiRefNet/General'.",
            "ValueError: Unrecognized model in /comfyui/models/LLM/a. Should have a `model_type` key in its config.json",
        ],
    ),
    (
        "ipadapter-models",
        &[
            "Exception: IPAdapter model not found.",
            "ClipVision model not found. Look into models/clip_vision of the worker",
            "Missing CLIPVision model.",
        ],
    ),
    (
        "missing-font",
        &[
            "OSError: cannot open resource",
            "[drawtext] Cannot find a valid font for the family Sans",
            "convert-im6: unable to read font `Arial' @ error/annotate.c",
        ],
    ),
    (
        "missing-file",
        &[
            "[ONNXRuntimeError] : 3 : NO_SUCHFILE : Load model from /a.onnx failed",
            "the model file a.pth was not found",
            "FileNotFoundError: [Errno 2] No such file or directory: '/comfyui/models/sam/list.txt'",
        ],
    ),
    (
        "outdated-pack",
        &[
            "TypeError: forward() got an unexpected keyword argument 'transformer_options'",
            "TypeError: sample() missing 1 required positional argument: 'seed'",
            "AttributeError: module 'comfy.samplers' has no attribute 'cfg'",
            "ModuleNotFoundError: No module named 'comfy.ldm.flux'",
            "AttributeError: 'ModelPatcher' object has no attribute 'get_wrappers'",
        ],
    ),
    (
        "quantization-settings",
        &[
            "FP8 matmul with unmerged LoRAs is not supported",
            "RuntimeError: Bias must be BFloat16 or Half, but got Float8_e4m3fn",
            "Quantization should be disabled when loading GGUF models.",
        ],
    ),
    (
        "dynamic-memory",
        &[
            "RuntimeError: HostBuffer.read_file_slice failed",
            "aimdo: src/model-vbar.c:312:ERROR:VRAM Allocation failed (non OOM)",
            "Fault failed: 2",
            "VBAR allocation failed",
            "RuntimeError: HostBuffer.truncate failed",
            "comfy_aimdo: the reservation of pages failed",
        ],
    ),
    (
        "missing-variable",
        &[
            "  File \"<frozen os>\", line 685, in __getitem__",
            "  File \"/usr/lib/python3.10/os.py\", line 680, in __getitem__",
            "ValueError: environment variable HF_TOKEN is not set",
        ],
    ),
    (
        "failed-installation",
        &[
            "error: externally-managed-environment",
            "  × No solution found when resolving dependencies:",
            "error: Failed to install: ftfy-6.3.1-py3-none-any.whl (ftfy==6.3.1)",
            "ERROR: Could not find a version that satisfies the requirement comfyui-frontend-package==1.42.14 (from versions: none)",
            "error: No virtual environment found; run `uv venv` to create an environment",
        ],
    ),
    (
        "large-input",
        &[
            "upload failed: http://127.0.0.1:8188/upload/image answered 413",
            "Maximum request body size 104857600 exceeded, actual body size 104861696",
            "POST /upload/image answered status 413",
        ],
    ),
    (
        "hardware-encoder",
        &[
            "[h264_nvenc @ 0x1] OpenEncodeSessionEx failed: unsupported device (2): (no details)",
            "Cannot load libnvidia-encode.so.1",
            "hevc: No NVENC capable devices found",
        ],
    ),
];
