//! Files that are sent with each job: the server's lists will have them.

use serde_json::Value;

/// The description of a class, with these files in the lists of its inputs that take uploads: those that are marked so, and those
/// whose validator accepts every file that exists.
#[must_use]
pub fn with_files(description: String, files: &[String], validated: &[&str]) -> String {
    // Most classes take no upload, and stay as the server describes them.
    if files.is_empty() || (validated.is_empty() && !description.contains("_upload\"")) {
        return description;
    }
    let Ok(mut class) = serde_json::from_str::<Value>(&description) else { return description };
    for section in ["required", "optional"] {
        let inputs = class.pointer_mut(&format!("/input/{section}")).and_then(Value::as_object_mut);
        for (name, spec) in inputs.into_iter().flatten() {
            add(spec, files, validated.contains(&name.as_str()));
        }
    }
    class.to_string()
}

/// Adds files to the list of an input: the first part of its description, or `options` of the second one.
fn add(spec: &mut Value, files: &[String], is_validated: bool) {
    let Some([kind, more @ ..]) = spec.as_array_mut().map(Vec::as_mut_slice) else { return };
    let options = more.first_mut();
    let is_set = |(name, value): (&String, &Value)| name.ends_with("_upload") && value == &Value::Bool(true);
    let is_marked = options.as_ref().and_then(|options| options.as_object()).is_some_and(|all| all.iter().any(is_set));
    if !is_marked && !is_validated {
        return;
    }
    let list = if kind.is_array() { Some(kind) } else { options.and_then(|options| options.get_mut("options")) };
    if let Some(list) = list.and_then(Value::as_array_mut) {
        list.extend(files.iter().cloned().map(Value::String));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn files_are_added_to_lists_that_take_uploads() {
        let class = json!({"input": {
            "required": {"image": [["a.png"], {"image_upload": true}], "mode": [["fast"], {}], "other": ["INT"]},
            "optional": {"video": ["COMBO", {"options": ["b.mp4"], "video_upload": true}], "off": [[], {"image_upload": false}],
                "clip": [["c.mp4"]]},
        }});
        let files = ["photo.png".to_owned()];
        let with: Value = serde_json::from_str(&with_files(class.to_string(), &files, &["clip"])).expect("JSON");
        let expected = json!({"input": {
            "required": {"image": [["a.png", "photo.png"], {"image_upload": true}], "mode": [["fast"], {}], "other": ["INT"]},
            "optional": {"video": ["COMBO", {"options": ["b.mp4", "photo.png"], "video_upload": true}], "off": [[], {"image_upload": false}],
                "clip": [["c.mp4", "photo.png"]]},
        }});
        assert_eq!(with, expected);
        for unchanged in ["{\"image_upload\": tru", "[]", "{\"x_upload\": 18446744073709551616000}"] {
            assert!(
                serde_json::from_str::<Value>(&with_files(unchanged.to_owned(), &files, &[])).ok()
                    == serde_json::from_str(unchanged).ok()
            );
        }
        assert_eq!(with_files(class.to_string(), &[], &["clip"]), class.to_string());
    }
}
