//! Files that are sent with each job: the server's lists will have them.

use serde_json::Value;

/// The description of a class, with these files in the lists of its inputs that take uploads.
#[must_use]
pub fn with_files(description: String, files: &[String]) -> String {
    // Most classes take no upload, and stay as the server describes them.
    if files.is_empty() || !description.contains("_upload\"") {
        return description;
    }
    let Ok(mut class) = serde_json::from_str::<Value>(&description) else { return description };
    for section in ["required", "optional"] {
        let inputs = class.pointer_mut(&format!("/input/{section}")).and_then(Value::as_object_mut);
        for spec in inputs.into_iter().flat_map(|inputs| inputs.values_mut()) {
            add(spec, files);
        }
    }
    class.to_string()
}

/// Adds files to the list of an input: the first part of its description, or `options` of the second one.
fn add(spec: &mut Value, files: &[String]) {
    let Some([kind, options, ..]) = spec.as_array_mut().map(Vec::as_mut_slice) else { return };
    let is_set = |(name, value): (&String, &Value)| name.ends_with("_upload") && value == &Value::Bool(true);
    if !options.as_object().is_some_and(|options| options.iter().any(is_set)) {
        return;
    }
    let list = if kind.is_array() { Some(kind) } else { options.get_mut("options") };
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
            "optional": {"video": ["COMBO", {"options": ["b.mp4"], "video_upload": true}], "off": [[], {"image_upload": false}]},
        }});
        let files = ["photo.png".to_owned()];
        let with: Value = serde_json::from_str(&with_files(class.to_string(), &files)).expect("JSON");
        let expected = json!({"input": {
            "required": {"image": [["a.png", "photo.png"], {"image_upload": true}], "mode": [["fast"], {}], "other": ["INT"]},
            "optional": {"video": ["COMBO", {"options": ["b.mp4", "photo.png"], "video_upload": true}], "off": [[], {"image_upload": false}]},
        }});
        assert_eq!(with, expected);
        for unchanged in ["{\"image_upload\": tru", "[]", "{\"x_upload\": 18446744073709551616000}"] {
            assert!(
                serde_json::from_str::<Value>(&with_files(unchanged.to_owned(), &files)).ok()
                    == serde_json::from_str(unchanged).ok()
            );
        }
        assert_eq!(with_files(class.to_string(), &[]), class.to_string());
    }
}
