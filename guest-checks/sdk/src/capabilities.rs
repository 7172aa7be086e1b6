//! The interfaces of the host: the contract's in a component, and the functions of [`Host`](crate::testing::Host) in a test.

/// A module with everything of an interface. Outside a component, a test's host answers its functions.
macro_rules! interface {
    ($name:ident = $($path:ident)::+ { $($item:ident),+ }) => {
        pub mod $name {
            pub use crate::bindings::comfycheck::$($path)::+::*;
            #[cfg(not(target_family = "wasm"))]
            pub use crate::native::$name::{$($item),+};
        }
    };
}

/// The text of the suite's workflow. [`Workflow`](crate::Workflow) is the parsed one.
pub mod workflow_source {
    #[cfg(target_family = "wasm")]
    pub use crate::bindings::comfycheck::check::workflow::{api_json, source};
    #[cfg(not(target_family = "wasm"))]
    pub use crate::native::workflow_source::{api_json, source};
}
interface! { files = check::files { File, at } }
interface! {
    inventory = comfyui::inventory {
        sources, system, node_classes, node_class, node_replacements, model_folders, models, packs
    }
}
interface! { http = comfyui::http { get } }
interface! {
    endpoint = runpod::endpoint {
        reach, health, observations, configuration, workers, stock, environment, network_volumes, releases, worker_logs,
        whole_log, builds
    }
}
interface! { volume = runpod::volume { volumes, stat, list, read } }
interface! { samples = runpod::samples { Image, samples, images, price, attempts, submission } }
interface! { outputs = runpod::outputs { File, files } }
interface! { inputs = runpod::inputs { of_suite, of_sample } }
interface! { pictures = runpod::pictures { Picture, decode } }
interface! { dry_run = runpod::dry_run { workflow } }
