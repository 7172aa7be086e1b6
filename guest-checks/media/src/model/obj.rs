//! OBJ: lines of vertices, and of faces that name them.

use super::lines::Lines;
use crate::facts::Model;
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;

pub fn read(file: &mut Window<'_>) -> Result<Model, Fault> {
    let (mut vertices, mut faces, mut largest): (u64, u64, u64) = (0, 0, 0);
    let mut lines = Lines::of(file, 0);
    while let Some((number, line)) = lines.next()? {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("v") => {
                let numbers = words.take(3).filter(|word| word.parse::<f64>().is_ok()).count();
                if numbers < 3 {
                    return Err(Fault::Corrupt(format!("the vertex in line {number} has no three coordinates")));
                }
                vertices += 1;
            }
            Some("f") => {
                let mut corners = 0;
                for word in words {
                    let index = word.split('/').next().and_then(|index| index.parse::<i64>().ok());
                    let index = index.filter(|index| *index != 0);
                    let index =
                        index.ok_or_else(|| Fault::Corrupt(format!("the face in line {number} names no vertex")))?;
                    // A negative index counts from the last vertex.
                    largest = largest.max(if index > 0 { index.unsigned_abs() } else { 0 });
                    corners += 1;
                }
                if corners < 3 {
                    return Err(Fault::Corrupt(format!("the face in line {number} has less than three corners")));
                }
                faces += 1;
            }
            _ => {}
        }
    }
    if vertices == 0 {
        return Err(Fault::Empty("the model has no vertices".into()));
    }
    if largest > vertices {
        return Err(Fault::Corrupt(format!("a face names vertex {largest} of {vertices}")));
    }
    Ok(Model { format: Format::Obj, vertices, faces: Some(faces) })
}
