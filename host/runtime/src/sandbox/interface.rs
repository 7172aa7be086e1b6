//! The interfaces that a check can import, in their versions.

/// An interface that the host offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interface {
    Log,
    Workflow,
    Files,
    Inventory,
    Endpoint,
    Volume,
    Samples,
    DryRun,
    Outputs,
    Inputs,
}

impl Interface {
    /// In the order of the contract.
    pub const ALL: [Self; 10] = [
        Self::Log,
        Self::Workflow,
        Self::Files,
        Self::Inventory,
        Self::Endpoint,
        Self::Volume,
        Self::Samples,
        Self::DryRun,
        Self::Outputs,
        Self::Inputs,
    ];

    /// The name in suites.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Workflow => "workflow",
            Self::Files => "check/files",
            Self::Inventory => "comfyui/inventory",
            Self::Endpoint => "runpod/endpoint",
            Self::Volume => "runpod/volume",
            Self::Samples => "runpod/samples",
            Self::DryRun => "runpod/dry-run",
            Self::Outputs => "runpod/outputs",
            Self::Inputs => "runpod/inputs",
        }
    }

    /// Whether every check has it without a grant.
    pub fn is_always_granted(self) -> bool {
        match self {
            Self::Log | Self::Workflow => true,
            Self::Files
            | Self::Inventory
            | Self::Endpoint
            | Self::Volume
            | Self::Samples
            | Self::DryRun
            | Self::Outputs
            | Self::Inputs => false,
        }
    }

    /// The name in components, without the version.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Log => "comfycheck:check/log",
            Self::Workflow => "comfycheck:check/workflow",
            Self::Files => "comfycheck:check/files",
            Self::Inventory => "comfycheck:comfyui/inventory",
            Self::Endpoint => "comfycheck:runpod/endpoint",
            Self::Volume => "comfycheck:runpod/volume",
            Self::Samples => "comfycheck:runpod/samples",
            Self::DryRun => "comfycheck:runpod/dry-run",
            Self::Outputs => "comfycheck:runpod/outputs",
            Self::Inputs => "comfycheck:runpod/inputs",
        }
    }

    /// The version that the host offers.
    pub fn version(self) -> &'static str {
        match self {
            Self::Log | Self::Workflow | Self::Files => VERSION,
            Self::Inventory => "0.1.0",
            Self::Endpoint | Self::Volume | Self::Samples | Self::DryRun | Self::Outputs | Self::Inputs => "0.1.4",
        }
    }
}

/// The version of the contract's first package, `comfycheck:check`.
pub(super) const VERSION: &str = "0.1.2";
