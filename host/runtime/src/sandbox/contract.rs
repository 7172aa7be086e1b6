//! The contract in `wit/`, generated for the host.

wasmtime::component::bindgen!({
    path: "wit",
    world: "comfycheck:check/check",
    imports: {
        "comfycheck:comfyui/inventory.sources": trappable,
        "comfycheck:comfyui/inventory": async | trappable,
        "comfycheck:runpod/endpoint.observations": trappable,
        "comfycheck:runpod/endpoint": async | trappable,
        "comfycheck:runpod/volume.volumes": trappable,
        "comfycheck:runpod/volume": async | trappable,
        "comfycheck:runpod/samples.attempts": async | trappable,
        "comfycheck:runpod/dry-run": async | trappable,
        "comfycheck:runpod/pictures.decode": async | trappable,
        "comfycheck:comfyui/http": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    trappable_error_type: {
        "comfycheck:comfyui/inventory.error" => super::guest::HostError,
        "comfycheck:comfyui/http.error" => super::guest::HostError,
        "comfycheck:runpod/endpoint.error" => super::guest::HostError,
        "comfycheck:runpod/volume.error" => super::guest::HostError,
        "comfycheck:runpod/dry-run.error" => super::guest::HostError,
    },
    with: {
        "comfycheck:check/files.file": super::handle::SuiteFileHandle,
        "comfycheck:runpod/outputs.file": super::handle::File,
        "comfycheck:runpod/pictures.picture": comfycheck_core::picture::Picture,
        "comfycheck:runpod/samples.image": super::handle::Image,
    },
});
