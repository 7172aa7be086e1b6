//! The contract in `wit/`, generated.

#![expect(clippy::same_length_and_capacity, reason = "generated code")]

#[cfg(not(feature = "watch"))]
wit_bindgen::generate!({
    path: "wit",
    world: "comfycheck:check/check",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "comfycheck_sdk::bindings",
    additional_derives: [Clone, PartialEq],
});

#[cfg(feature = "watch")]
wit_bindgen::generate!({
    path: "wit",
    world: "comfycheck:check/watching-check",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "comfycheck_sdk::bindings",
    additional_derives: [Clone, PartialEq],
});
