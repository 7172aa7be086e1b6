//! STL: triangles, in text or binary.

use super::lines::Lines;
use crate::facts::Model;
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;
use comfycheck_sdk::wording::bytes;

pub fn read(file: &mut Window<'_>) -> Result<Model, Fault> {
    // Some binary files begin as text does.
    let is_text = file.up_to(0, 512).starts_with(b"solid") && !file.up_to(0, 512).contains(&0);
    let faces = if is_text { in_text(file)? } else { in_binary(file)? };
    if faces == 0 {
        return Err(Fault::Empty("the model has no triangles".into()));
    }
    Ok(Model { format: Format::Stl, vertices: faces.saturating_mul(3), faces: Some(faces) })
}

fn in_binary(file: &mut Window<'_>) -> Result<u64, Fault> {
    let faces = u64::from(file.u32_le(80)?);
    file.holds("the model", 84, 50 * faces)?;
    let there = file.size() - 84;
    if there > 50 * faces {
        let (claimed, there) = (bytes(50 * faces), bytes(there));
        return Err(Fault::Corrupt(format!("its triangles need {claimed}, and it has {there}")));
    }
    Ok(faces)
}

fn in_text(file: &mut Window<'_>) -> Result<u64, Fault> {
    let (mut faces, mut corners, mut is_ended, mut fault) = (0_u64, 0_u64, false, None);
    let mut lines = Lines::of(file, 0);
    while let Some((number, line)) = lines.next()? {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("vertex") if words.filter(|word| word.parse::<f64>().is_ok()).count() != 3 => {
                // If it is in the last line, the file is cut off.
                fault = Some(Fault::Corrupt(format!("the vertex in line {number} has no three coordinates")));
            }
            Some("vertex") => corners += 1,
            Some("facet") => faces += 1,
            Some("endsolid") => is_ended = true,
            _ => {}
        }
    }
    if !is_ended {
        return Err(Fault::Cut("its last line is missing".into()));
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    if corners != faces.saturating_mul(3) {
        return Err(Fault::Corrupt(format!("it has {faces} triangles, and {corners} corners")));
    }
    Ok(faces)
}
