//! GLB: chunks, and the JSON that describes the binary one. The format: glTF 2.0.

use crate::facts::Model;
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;
use comfycheck_sdk::wording::bytes;
use serde_json::Value;

/// A description larger than this is refused. ComfyUI writes kilobytes.
const MAX_JSON: u64 = 16 << 20;
/// Meshes and buffer views beyond these are not read.
const MAX_ITEMS: usize = 100_000;

pub fn read(file: &mut Window<'_>) -> Result<Model, Fault> {
    let (version, length) = (file.u32_le(4)?, u64::from(file.u32_le(8)?));
    if version != 2 {
        return Err(Fault::Corrupt(format!("it is of version {version} (known: 2)")));
    }
    file.holds("the file", 0, length)?;
    let (mut json, mut binary) = (None, None);
    let mut at = 12;
    while at < length {
        let (size, name) = (u64::from(file.u32_le(at)?), file.array::<4>(at + 4)?);
        if at + 8 + size > length {
            return Err(Fault::corrupt("a chunk is larger than the file says it is"));
        }
        match &name {
            b"JSON" if json.is_none() => json = Some((at + 8, size)),
            b"BIN\0" if binary.is_none() => binary = Some(size),
            _ => {}
        }
        at += 8 + size;
    }
    let (at, size) = json.ok_or_else(|| Fault::corrupt("it has no chunk of JSON"))?;
    if size > MAX_JSON {
        return Err(Fault::Costly { needed: size });
    }
    let text = file.bytes(at, usize::try_from(size).unwrap_or(usize::MAX))?;
    let scene: Value =
        serde_json::from_slice(text).map_err(|err| Fault::Corrupt(format!("its description is not JSON: {err}")))?;
    buffers(&scene, binary.unwrap_or_default())?;
    meshes(&scene)
}

fn list<'a>(scene: &'a Value, name: &str) -> &'a [Value] {
    scene.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn number(item: &Value, name: &str) -> u64 {
    item.get(name).and_then(Value::as_u64).unwrap_or_default()
}

/// Buffers and their views are within the binary chunk.
fn buffers(scene: &Value, there: u64) -> Result<(), Fault> {
    let claimed = list(scene, "buffers").first().filter(|buffer| buffer.get("uri").is_none());
    let claimed = claimed.map_or(0, |buffer| number(buffer, "byteLength"));
    if claimed > there {
        let (claimed, there) = (bytes(claimed), bytes(there));
        return Err(Fault::Corrupt(format!("its buffer claims {claimed}, and the binary chunk has {there}")));
    }
    for view in list(scene, "bufferViews").iter().take(MAX_ITEMS).filter(|view| number(view, "buffer") == 0) {
        if number(view, "byteOffset").saturating_add(number(view, "byteLength")) > claimed {
            return Err(Fault::corrupt("a view is beyond the end of its buffer"));
        }
    }
    Ok(())
}

/// At least one mesh has vertices.
fn meshes(scene: &Value) -> Result<Model, Fault> {
    let (mut vertices, mut indices): (u64, u64) = (0, 0);
    let accessors = list(scene, "accessors");
    let count = |index: Option<&Value>| {
        let index = index.and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let accessor = index.and_then(|index| accessors.get(index));
        accessor.map(|accessor| number(accessor, "count"))
    };
    let meshes = list(scene, "meshes");
    if meshes.is_empty() {
        return Err(Fault::Empty("the model has no mesh".into()));
    }
    for primitive in meshes.iter().flat_map(|mesh| list(mesh, "primitives")).take(MAX_ITEMS) {
        let place = primitive.get("attributes").and_then(|attributes| attributes.get("POSITION"));
        let points = count(place).ok_or_else(|| Fault::corrupt("a mesh has no positions"))?;
        vertices = vertices.saturating_add(points);
        indices = indices.saturating_add(count(primitive.get("indices")).unwrap_or(points));
    }
    if vertices == 0 {
        return Err(Fault::Empty("the model has no vertices".into()));
    }
    Ok(Model { format: Format::Glb, vertices, faces: Some(indices / 3) })
}
