//! WebAssembly artifacts of registries: the manifest, the configuration, the one layer.
//!
//! Media types and members: `tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact`, and the OCI image specification 1.1.

use super::FetchError;
use crate::sandbox::COMPONENT_BYTES;
use bytes::Bytes;
use comfycheck_core::distribution::{digest, is_digest};
use comfycheck_core::wording::bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
/// The name of a layer's file.
const TITLE: &str = "org.opencontainers.image.title";

/// A file of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default)]
    media_type: String,
    /// `sha256:` and hex.
    pub(super) digest: String,
    pub(super) size: u64,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    config: Option<Descriptor>,
    /// Of an index, which names manifests and no layers.
    manifests: Option<Value>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

impl Descriptor {
    pub(super) fn is_of(&self, media_type: &str) -> bool {
        self.media_type == media_type
    }
}

/// The layer with the component.
pub(super) fn layer(manifest: &[u8]) -> Result<Descriptor, FetchError> {
    let not = |what: String| FetchError::NotArtifact(what);
    let manifest: Manifest =
        serde_json::from_slice(manifest).map_err(|error| not(format!("has an invalid manifest: {error}")))?;
    if manifest.manifests.is_some() {
        return Err(not("is an index of several artifacts".to_owned()));
    }
    if let Some(native) = manifest.layers.iter().find_map(native_name) {
        return Err(FetchError::Native(native));
    }
    let config = manifest.config.map(|config| config.media_type).unwrap_or_default();
    if config != CONFIG {
        return Err(not(format!("has a configuration of type `{config}`, not `{CONFIG}`")));
    }
    let [layer] = manifest.layers.as_slice() else {
        return Err(not(format!("has {} layers, not one", manifest.layers.len())));
    };
    if layer.media_type != LAYER {
        return Err(not(format!("has a layer of type `{}`, not `{LAYER}`", layer.media_type)));
    }
    if !is_digest(&layer.digest) {
        return Err(not("names its layer by an invalid digest".to_owned()));
    }
    if layer.size > COMPONENT_BYTES as u64 {
        return Err(not(format!("has {} (limit: {})", bytes(layer.size), bytes(COMPONENT_BYTES as u64))));
    }
    Ok(layer.clone())
}

/// The layers of a manifest of signatures.
pub(super) fn layers(manifest: &[u8]) -> Result<Vec<Descriptor>, FetchError> {
    let manifest: Manifest = serde_json::from_slice(manifest)
        .map_err(|error| FetchError::NotArtifact(format!("has an invalid manifest: {error}")))?;
    // A digest becomes a part of an address.
    Ok(manifest.layers.into_iter().filter(|layer| is_digest(&layer.digest)).collect())
}

/// The name of a layer that holds machine code.
fn native_name(layer: &Descriptor) -> Option<String> {
    let title = layer.annotations.get(TITLE).map(String::as_str).unwrap_or_default();
    [title, &layer.media_type].into_iter().find(|name| is_native_name(name)).map(|name| format!("`{name}`"))
}

/// Endings of machine code: wasmtime's, and those of the libraries of each system.
fn is_native_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("cwasm") || [".so", ".dll", ".dylib", ".exe"].iter().any(|ending| name.ends_with(ending))
}

/// Refuses everything but WebAssembly. `name` is that of the file.
pub(super) fn only_wasm(bytes: &[u8], name: &str) -> Result<(), FetchError> {
    // ELF, which wasmtime writes; Mach-O; PE.
    let magics: [&[u8]; 4] = [b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ"];
    if is_native_name(name) || magics.iter().any(|magic| bytes.starts_with(magic)) {
        let shown = if name.is_empty() { "its layer".to_owned() } else { format!("`{name}`") };
        return Err(FetchError::Native(shown));
    }
    if bytes.starts_with(b"\0asm") { Ok(()) } else { Err(FetchError::NotWasm) }
}

/// What is published: the manifest and the configuration. The layer is the component itself.
pub(super) struct Artifact {
    pub(super) manifest: Bytes,
    pub(super) config: Bytes,
}

impl Artifact {
    /// Equal components give equal bytes, so the time of creation is always the same.
    pub(super) fn new(wasm: &[u8], imports: &[String], exports: &[String]) -> Self {
        let layer = digest(wasm);
        let config = json!({
            "created": "1970-01-01T00:00:00Z",
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [layer],
            "component": { "exports": exports, "imports": imports, "target": null },
        });
        let config = Bytes::from(config.to_string());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": { "mediaType": CONFIG, "digest": digest(&config), "size": config.len() },
            "layers": [{ "mediaType": LAYER, "digest": layer, "size": wasm.len() }],
        });
        Self { manifest: Bytes::from(manifest.to_string()), config }
    }

    pub(super) fn manifest_digest(&self) -> String {
        digest(&self.manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WASM: &[u8] = b"\0asm\x0d\0\x01\0";

    fn manifest() -> Value {
        let artifact = Artifact::new(WASM, &["comfycheck:check/log@0.1.1".to_owned()], &[]);
        serde_json::from_slice(&artifact.manifest).unwrap()
    }

    #[test]
    fn what_is_published_is_read_again_and_is_the_same_every_time() {
        let artifact = Artifact::new(WASM, &[], &[]);
        assert_eq!(layer(&artifact.manifest).unwrap().digest, digest(WASM));
        assert_eq!(artifact.manifest_digest(), Artifact::new(WASM, &[], &[]).manifest_digest());
        let config: Value = serde_json::from_slice(&artifact.config).unwrap();
        assert_eq!(config["layerDigests"][0], digest(WASM));
        assert_eq!(manifest()["config"]["mediaType"], CONFIG);
    }

    #[test]
    fn what_is_not_one_component_is_refused() {
        let wasm = json!({ "mediaType": LAYER, "digest": digest(WASM), "size": 8 });
        let other =
            json!({ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": "sha256:1", "size": 8 });
        let elsewhere = json!({ "mediaType": LAYER, "digest": "sha256:../../evil", "size": 8 });
        let large = json!({ "mediaType": LAYER, "digest": digest(WASM), "size": COMPONENT_BYTES + 1 });
        let image = json!({ "mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:1", "size": 2 });
        let cases = [
            ("layers", json!([])),
            ("layers", json!([wasm, wasm])),
            ("layers", json!([other])),
            ("layers", json!([large])),
            ("layers", json!([elsewhere])),
            ("layers", json!("no")),
            ("config", image),
            ("config", Value::Null),
            ("manifests", json!([])),
        ];
        for (member, value) in cases {
            let mut changed = manifest();
            changed[member] = value.clone();
            let refused = layer(changed.to_string().as_bytes());
            assert!(matches!(refused, Err(FetchError::NotArtifact(_))), "{member}: {value}: {refused:?}");
        }
        assert!(matches!(layer(b"<html>"), Err(FetchError::NotArtifact(_))));
    }

    #[test]
    fn native_code_is_refused_by_its_name_and_by_its_bytes() {
        let named = |layers: Value| {
            let mut changed = manifest();
            changed["layers"] = layers;
            layer(changed.to_string().as_bytes())
        };
        let titled = |title: &str| json!({ "mediaType": LAYER, "digest": digest(WASM), "size": 8, "annotations": { TITLE: title } });
        for layers in [
            json!([titled("rules.cwasm")]),
            json!([titled("rules.wasm"), titled("RULES.CWASM")]),
            json!([titled("librules.so")]),
            json!([{ "mediaType": "application/vnd.wasmtime.cwasm", "digest": digest(WASM), "size": 8 }]),
        ] {
            assert!(matches!(named(layers.clone()), Err(FetchError::Native(_))), "{layers}");
        }
        assert!(named(json!([titled("rules.wasm")])).is_ok());
        assert!(only_wasm(WASM, "rules.wasm").is_ok());
        for (bytes, name) in [(WASM, "rules.cwasm"), (&b"\x7fELF\x02"[..], "rules.wasm"), (b"MZ\x90", "")] {
            assert!(matches!(only_wasm(bytes, name), Err(FetchError::Native(_))), "{name}");
        }
        assert!(matches!(only_wasm(b"<html>", "rules.wasm"), Err(FetchError::NotWasm)));
    }
}
