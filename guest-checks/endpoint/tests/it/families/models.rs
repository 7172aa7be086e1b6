//! Errors about images and models that do not fit.

use super::Examples;

pub(super) const MODELS: &[Examples] = &[
    (
        "tokenizer",
        &[
            "ValueError: invalid tokenizer",
            "RuntimeError: Internal: could not parse ModelProto from /comfyui/models/text_encoders/tokenizer.model",
            "INTERNAL: src/sentencepiece_processor.cc(1101) [model_proto->ParseFromArray(serialized.data(), serialized.size())]",
        ],
    ),
    (
        "unfit-loader",
        &[
            "RuntimeError: Error(s) in loading state_dict for Llama2:",
            "Error(s) in loading state_dict for AutoencoderKL: size mismatch for encoder.conv_out.weight: copying a param",
            "failed: Error(s) in loading state_dict for ControlNetModel: Missing key(s) in state_dict: controlnet_cond",
        ],
    ),
    (
        "mismatched-models",
        &[
            "mat1 and mat2 shapes cannot be multiplied (154x2048 and 768x320)",
            "AssertionError: must specify y if and only if the model is class-conditional",
            "Sizes of tensors must match except in dimension 0. Expected size 4 but got size 16 for tensor number 1 in the list.",
            "Sizes of tensors must match except in dimension 1. Expected size 768 but got size 1280 for tensor number 1 in the list.",
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
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got Half",
            "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!",
            "mat1 and mat2 must have the same dtype, but got Half and Float",
            "expected mat1 and mat2 to have the same dtype, but got: float != struct c10::BFloat16",
            "Input type (float) and bias type (c10::BFloat16) should be the same",
            "expected scalar type Half but found Float",
        ],
    ),
    (
        "cpu-half",
        &[
            "\"LayerNormKernelImpl\" not implemented for 'Half'",
            "RuntimeError: \"addmm_impl_cpu_\" not implemented for 'BFloat16'",
            "\"slow_conv2d_cpu\" not implemented for 'Half'",
        ],
    ),
    (
        "unloaded-weights",
        &[
            "NotImplementedError: Cannot copy out of meta tensor; no data!",
            "RuntimeError: Tensor.item() cannot be called on meta tensors",
            "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and meta!",
        ],
    ),
    (
        "image-channels",
        &[
            "Given groups=1, weight of size [128, 3, 3, 3], expected input[1, 4, 512, 512] to have 3 channels, but got 4 channels instead",
            "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 3",
            "ValueError: operands could not be broadcast together with shapes (512,512,4) (1,1,3)",
            "OSError: cannot write mode RGBA as JPEG",
        ],
    ),
    (
        "image-batch",
        &[
            "Sizes of tensors must match except in dimension 0. Expected size 862 but got size 830 for tensor number 1 in the list.",
            "stack expects each tensor to be equal size, but got [1024, 1024, 3] at entry 0 and [512, 512, 3] at entry 1",
            "ValueError: images do not match",
            "ValueError: all input arrays must have the same shape",
        ],
    ),
    (
        "image-size",
        &[
            "einops.EinopsError: Shape mismatch, can't divide axis of length 75 in chunks of 2",
            "[libx264 @ 0x5581] height not divisible by 2 (1058x793)",
            "ValueError: `height` and `width` have to be divisible by 16 but are 1000 and 1000.",
            "ValueError: Height must be divisible by 32",
            "ValueError: width and height must be a multiple of 8",
        ],
    ),
    (
        "missing-encoder",
        &[
            "Unknown encoder 'h264_nvenc'",
            "Unrecognized option 'crf'.",
            "Automatic encoder selection failed Default encoder for format mp4 (codec h264) is probably disabled.",
        ],
    ),
    (
        "video-encoder",
        &[
            "Error while opening encoder for output stream #0:0 - maybe incorrect parameters such as bit_rate",
            "Exception: An error occurred in the ffmpeg subprocess:",
            "[vost#0:0/libx264] Could not open encoder before EOF",
        ],
    ),
    (
        "gguf-vision",
        &[
            "mat1 and mat2 shapes cannot be multiplied (5376x1280 and 3840x1280)",
            "mmproj for qwen2vl not found",
            "the encoder has no mmproj file",
        ],
    ),
    (
        "gguf-architecture",
        &[
            "Unexpected architecture type in GGUF file: 'qwen_image21'",
            "Unknown model architecture!",
            "This model is not currently supported - (Model architecture not allowed for conversion!)",
            "Unexpected text model architecture type in GGUF file: 'qwen2vl'",
        ],
    ),
];
