//! Errors of the GPU and of the machine.

use super::Examples;

pub(super) const GPU: &[Examples] = &[
    (
        "gpu-runtime",
        &[
            "error running hook #0: exit status 1, stderr: nvidia-container-cli: mount error: failed to add device rules",
            "nvidia-container-cli: ldcache error: process /sbin/ldconfig.real failed",
            "error creating container: nvidia-smi: parsing output of line 0: failed to parse (pcie.link.gen.max)",
            "OCI runtime create failed: nvidia-container-cli: container error: cgroup subsystem devices not found",
        ],
    ),
    (
        "cudnn",
        &[
            "RuntimeError: cuDNN Frontend error: [cudnn_frontend] Error: No valid execution plans built.",
            "RuntimeError: cuDNN error: CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH",
            "RuntimeError: cuDNN version incompatibility: PyTorch was compiled against (9, 1, 0) but found runtime version (8, 9, 7)",
        ],
    ),
    (
        "attention-kernels",
        &[
            "ValueError: Unsupported head_dim: 160",
            "AssertionError: SM90 kernel is not available. Make sure you GPUs with compute capability 9.0.",
            "ValueError: Pointer argument (at 0) Cannot access data pointer of Tensor (e.g. FakeTensor)",
            "RuntimeError: PassManager::run failed",
            "ImportError: sageattention is not new enough version, 2.1 is needed",
        ],
    ),
    (
        "quantization",
        &[
            "ValueError: Please use \"fp4\" quantization for Blackwell GPUs.",
            "Please use \"int4\" quantization for Turing, Ampere and Ada GPUs.",
            "the transformer needs 'fp4' quantization for this device",
        ],
    ),
    (
        "tensorrt-engine",
        &[
            "[TRT] [E] IRuntime::deserializeCudaEngine: engine plan file is generated on an incompatible device, expecting compute 8.6 got compute 8.9",
            "The engine plan file is not compatible with this version of TensorRT, expecting library version 10.3",
            "RuntimeError: Failed to deserialize the TensorRT engine",
        ],
    ),
    (
        "pinned-memory",
        &[
            "RuntimeError: CUDA error: invalid argument",
            "cudaHostRegister returned cudaErrorInvalidValue",
            "ggml: CUDA error 1: invalid argument in the copy of a tensor to the host",
        ],
    ),
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
            "'sm_120' is not a recognized processor for this target (ignoring processor)",
            "LLVM ERROR: Cannot select: intrinsic %llvm.nvvm.shfl.sync.bfly.i32",
            "RuntimeError: CUDA error: no kernel image is available for execution on the device",
            "NVIDIA GeForce RTX 5090 with CUDA capability sm_120 is not compatible with the current PyTorch installation.",
            "the provided PTX was compiled with an unsupported toolchain.",
            "ptxas fatal: Value 'sm_120a' is not defined for option 'gpu-name'",
            "RuntimeError: CUDA error: invalid device function",
            "GET was unable to find an engine to execute this computation",
            "FATAL: kernel `fmha_f16_aligned_rf_sm80` is for sm80-sm100, but was built for sm50",
            "nvrtc: error: invalid value for --gpu-architecture (-arch)",
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
            "RuntimeError: PyTorch is not linked with support for cuda devices",
        ],
    ),
    (
        "gpu-access",
        &[
            "CUDA error: an illegal memory access was encountered",
            "RuntimeError: CUDA error: misaligned address",
            "cuMemcpyDtoHAsync failed: CUDA_ERROR_ILLEGAL_ADDRESS",
        ],
    ),
    (
        "gpu-number",
        &[
            "RuntimeError: CUDA error: invalid device ordinal",
            "AssertionError: Invalid device id",
            "Attempting to deserialize object on CUDA device 1 but torch.cuda.device_count() is 1.",
        ],
    ),
    (
        "broken-gpu",
        &[
            "CUDA error: uncorrectable ECC error encountered",
            "RuntimeError: CUDA unknown error - this may be due to an incorrectly set up environment",
            "GPU 0000:81:00.0 has fallen off the bus",
            "Unexpected error from cudaGetDeviceCount(). Error 802: system not yet initialized",
            "RuntimeError: CUDA error: unspecified launch failure",
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
            "!! ERROR: nvidia-smi not found",
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False.",
            "Failed to initialize NVML: Unknown Error",
            "no GPU was detected on this worker",
            "RuntimeError: CUDA is not available",
        ],
    ),
    (
        "old-cuda",
        &[
            "[post_start] ERROR: driver >=580 required (CUDA 13); found 570.195.03",
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
            "Indexing.cu:1289: select: block: [3,0,0], thread: [7,0,0] Assertion `source < size` failed.",
            "cuModuleUnload failed with CUDA_ERROR_ASSERT",
        ],
    ),
];

pub(super) const MACHINE: &[Examples] = &[
    (
        "storage-failed",
        &[
            "ls: cannot access '/workspace': Host is down",
            "OSError: [Errno 5] Input/output error: '/runpod-volume/models/a.safetensors'",
            "OSError: [Errno 116] Stale file handle",
            "OSError: Transport endpoint is not connected: the volume is gone",
            "cat: read error: Input/output error",
        ],
    ),
    (
        "system-memory",
        &[
            "unable to write to file </torch_29_123_0>: No space left on device (28)",
            "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory",
            "OSError: [Errno 12] Cannot allocate memory",
            "Killed",
            "/start.sh: line 40:    22 Killed                  python -u /comfyui/main.py",
            "main process exited with code 137",
            "oom_reaper: reaped process 4211 (python3), now anon-rss:0kB",
            "\x1b[31mKilled\x1b[0m",
            "2026-11-20T12:00:09Z Killed",
            "Bus error. It is possible that dataloader's workers are out of shared memory.",
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
            "[enforce fail at inline_container.cc:659] . unexpected pos 2147483712 vs 2147483600",
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
    (
        "child-killed",
        &[
            "Command '['ffmpeg', '-i', 'a.mp4']' died with <Signals.SIGKILL: 9>.",
            "/start.sh: line 12:   345 Killed                  aria2c -d /comfyui/models $URL",
            "model download ended with exit code 137",
            "encoder: exit code -9",
        ],
    ),
    (
        "child-crashed",
        &[
            "Command '['/usr/bin/ffprobe', 'a.mp4']' died with <Signals.SIGSEGV: 11>.",
            "wget: Segmentation fault",
            "transcoder exited with code 139",
        ],
    ),
];
