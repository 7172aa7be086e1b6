//! The interfaces that a check can import, in their versions.

/// An interface that the host offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interface {
    Log,
    Workflow,
    Files,
    Inventory,
    Http,
    Endpoint,
    Volume,
    Samples,
    DryRun,
    Outputs,
    Inputs,
    Pictures,
}

impl Interface {
    /// In the order of the contract.
    pub const ALL: [Self; 12] = [
        Self::Log,
        Self::Workflow,
        Self::Files,
        Self::Inventory,
        Self::Http,
        Self::Endpoint,
        Self::Volume,
        Self::Samples,
        Self::DryRun,
        Self::Outputs,
        Self::Inputs,
        Self::Pictures,
    ];

    /// The name in suites.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Workflow => "workflow",
            Self::Files => "check/files",
            Self::Inventory => "comfyui/inventory",
            Self::Http => "comfyui/http",
            Self::Endpoint => "runpod/endpoint",
            Self::Volume => "runpod/volume",
            Self::Samples => "runpod/samples",
            Self::DryRun => "runpod/dry-run",
            Self::Outputs => "runpod/outputs",
            Self::Inputs => "runpod/inputs",
            Self::Pictures => "runpod/pictures",
        }
    }

    /// What a check gets with it, in words that follow its name.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Log => "writes to the log",
            Self::Workflow => "the suite's workflow",
            Self::Files => "files of the suite's folder that the check's settings name",
            Self::Inventory => "what ComfyUI has installed",
            Self::Http => "GET requests to the ComfyUI server, of paths that the suite lists in `http-paths`",
            Self::Endpoint => "health, configuration, workers and logs of the endpoint",
            Self::Volume => "files of network volumes",
            Self::Samples => "results, workflows and images of samples",
            Self::DryRun => "ComfyUI's refusal of a job that cannot run",
            Self::Outputs => "all files of samples",
            Self::Inputs => "names and digests of the files sent with samples",
            Self::Pictures => "decoded images of samples",
        }
    }

    /// Whether every check has it without a grant.
    pub fn is_always_granted(self) -> bool {
        match self {
            Self::Log | Self::Workflow => true,
            Self::Files
            | Self::Inventory
            | Self::Http
            | Self::Endpoint
            | Self::Volume
            | Self::Samples
            | Self::DryRun
            | Self::Outputs
            | Self::Inputs
            | Self::Pictures => false,
        }
    }

    /// The name in components, without the version.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Log => "comfycheck:check/log",
            Self::Workflow => "comfycheck:check/workflow",
            Self::Files => "comfycheck:check/files",
            Self::Inventory => "comfycheck:comfyui/inventory",
            Self::Http => "comfycheck:comfyui/http",
            Self::Endpoint => "comfycheck:runpod/endpoint",
            Self::Volume => "comfycheck:runpod/volume",
            Self::Samples => "comfycheck:runpod/samples",
            Self::DryRun => "comfycheck:runpod/dry-run",
            Self::Outputs => "comfycheck:runpod/outputs",
            Self::Inputs => "comfycheck:runpod/inputs",
            Self::Pictures => "comfycheck:runpod/pictures",
        }
    }

    /// The version that the host offers.
    pub fn version(self) -> &'static str {
        match self {
            Self::Log | Self::Workflow | Self::Files => VERSION,
            Self::Inventory | Self::Http => "0.1.1",
            Self::Endpoint
            | Self::Volume
            | Self::Samples
            | Self::DryRun
            | Self::Outputs
            | Self::Inputs
            | Self::Pictures => "0.1.5",
        }
    }
}

/// The version of the contract's first package, `comfycheck:check`.
pub(super) const VERSION: &str = "0.1.2";
