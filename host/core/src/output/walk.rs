//! Looks for files in a whole output.

use super::keys::{Role, is_node_id, role};
use super::text::{declared, is_embedded, is_long_base64, is_path, is_web, lost, may_be_file, not_uploaded};
use super::{Content, OutputFile, bounded};
use crate::media::{FileKind, declared_type};
use crate::sample::Encoding;
use serde_json::{Map, Value};

/// No worker nests files more deeply.
const DEEPEST: usize = 32;

/// Members of an item that hold the file, or say where it is. The first one that is there counts.
const DATA: [&str; 16] = [
    "data",
    "image",
    "url",
    "base64",
    "b64_json",
    "b64",
    "video",
    "audio",
    "content",
    "image_url",
    "video_url",
    "audio_url",
    "download_url",
    "file_url",
    "uri",
    "path",
];
/// Of these an item has one. An object with more is not an item.
const ONE_OF: [&str; 6] = ["image", "video", "audio", "image_url", "video_url", "audio_url"];
const NAMES: [&str; 3] = ["filename", "file_name", "name"];
const MEDIA_TYPES: [&str; 6] = ["content_type", "contentType", "mime_type", "mimeType", "media_type", "mime"];
const NODES: [&str; 3] = ["node_id", "nodeId", "node"];

/// Where a value is.
#[derive(Clone, Copy)]
struct Place<'a> {
    role: Role,
    /// The node that saved what is here.
    node: Option<&'a str>,
    /// Whether workers put images here.
    is_listed: bool,
    /// How many levels below it are looked at.
    levels: usize,
}

/// In the order of the output. `is_named`: the suite says that this part of an output is its files.
pub(super) fn files(output: &Value, is_named: bool) -> Vec<OutputFile> {
    let mut found = Found::default();
    let place = Place { role: Role::Files, node: None, is_listed: false, levels: DEEPEST };
    match output {
        Value::String(text) if is_named => found.push(declared("", text), place),
        Value::Object(object) => found.result(object, place),
        // Generators and older handlers return a list of results.
        Value::Array(list) => {
            for item in list {
                match item {
                    Value::Object(object) if object.get("data").is_some_and(Value::is_string) => {
                        found.push(of_item(object, ""), Place { is_listed: true, ..place });
                    }
                    Value::Object(object) => found.result(object, place),
                    Value::String(text) if is_named => found.push(declared("", text), place),
                    Value::String(text) => found.result_text(text, place),
                    _ => found.walk(item, place),
                }
            }
        }
        Value::String(text) => found.result_text(text, place),
        _ => {}
    }
    found.files
}

#[derive(Default)]
struct Found {
    files: Vec<OutputFile>,
    /// Which member of the output is looked at.
    member: usize,
}

impl Found {
    fn push(&mut self, file: OutputFile, place: Place<'_>) {
        let by_key = match place.role {
            Role::Of(kind) => Some(kind),
            _ => None,
        };
        let of_type = file.media_type.as_deref().and_then(FileKind::of_media_type);
        let of_name = declared_type(&file.name).and_then(FileKind::of_media_type);
        let node = file.node.or_else(|| place.node.map(str::to_owned));
        let kind = file.kind.or(of_type).or(of_name).or(by_key).or(place.is_listed.then_some(FileKind::Image));
        let member = self.member;
        self.files.push(OutputFile { node, kind, is_listed: place.is_listed, member, ..file });
    }

    /// The result of a job as a whole. worker-comfyui's lists come first.
    fn result(&mut self, object: &Map<String, Value>, place: Place<'_>) {
        let field = |name: &str| object.get(name);
        let listed = Place { role: Role::Of(FileKind::Image), is_listed: true, ..place };
        // worker-comfyui since 4.1 lists objects. Others list texts; comfyui-api has their names in a second list.
        match field("images") {
            Some(Value::Array(items)) => {
                let name =
                    |index: usize| field("filenames").and_then(|names| names.get(index)?.as_str()).unwrap_or_default();
                for (index, item) in items.iter().enumerate() {
                    self.listed(item, name(index), listed);
                }
            }
            Some(item @ (Value::Object(_) | Value::String(_))) => self.listed(item, "", listed),
            _ => {}
        }
        if let Some(item @ (Value::Object(_) | Value::String(_))) = field("image") {
            self.listed(item, "", listed);
        }
        // worker-comfyui up to 4.0 has its image or its error in `message`. Beside images it is only a message.
        if let Some(Value::String(text)) = field("message") {
            let has_images = field("images").or(field("image")).is_some();
            match field("status").and_then(Value::as_str) {
                Some("success") if !has_images => self.push(declared("", text), listed),
                Some("error") => {}
                _ => self.result_text(text, place),
            }
        }
        if let Some(Value::Array(files)) = field("files") {
            for file in files {
                match file {
                    Value::String(text) if is_path(text) => {
                        self.push(declared("", text), Place { is_listed: is_image(text), ..place });
                    }
                    Value::String(text) => self.result_text(text, place),
                    _ => self.walk(file, place),
                }
            }
        }
        let is_done = |key: &str| match key {
            "images" => true,
            "image" => !field(key).is_some_and(Value::is_array),
            "message" => field(key).is_some_and(Value::is_string),
            "files" => field(key).is_some_and(Value::is_array),
            _ => key == "filenames",
        };
        let rest: Vec<(&String, &Value)> = object.iter().filter(|(key, _)| !is_done(key)).collect();
        if rest.len() == object.len() && self.item(object, place) {
            return;
        }
        self.members(rest.into_iter(), node_of(object).as_deref(), place);
    }

    /// An item of a list of images: it is a file, or it is lost.
    fn listed(&mut self, item: &Value, name_beside: &str, place: Place<'_>) {
        match item {
            Value::String(text) => self.push(declared(name_beside, text), place),
            Value::Object(object) if text_of(object, &DATA).or(text_of(object, &NAMES)).is_none() => {
                let before = self.files.len();
                self.members(object.iter(), node_of(object).as_deref(), place);
                if self.files.len() == before {
                    self.push(of_item(object, name_beside), place);
                }
            }
            Value::Object(object) => self.push(of_item(object, name_beside), place),
            Value::Array(items) if place.levels > 0 => {
                for item in items {
                    self.listed(item, "", Place { levels: place.levels - 1, ..place });
                }
            }
            _ => self.push(lost(name_beside, "neither an object nor text"), place),
        }
    }

    /// A text in place of a result. Long base64 is an image there, whatever it starts with.
    fn result_text(&mut self, text: &str, place: Place<'_>) {
        let is_image_text = text.strip_prefix("data:").is_some_and(|uri| uri.starts_with("image/"))
            || (is_web(text) && is_image(text.split(['?', '#']).next().unwrap_or_default()))
            || (!is_web(text) && is_long_base64(text));
        if is_image_text {
            self.push(declared("", text), Place { is_listed: true, ..place });
        } else if may_be_file(text, None) && !is_path(text) {
            self.push(declared("", text), place);
        }
    }

    fn walk(&mut self, value: &Value, place: Place<'_>) {
        let Some(levels) = place.levels.checked_sub(1) else { return };
        let place = Place { levels, ..place };
        match value {
            Value::String(text) => self.text(text, place),
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, place)),
            Value::Object(object) if self.item(object, place) => {}
            Value::Object(object) => self.members(object.iter(), node_of(object).as_deref(), place),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn members<'v>(
        &mut self,
        members: impl Iterator<Item = (&'v String, &'v Value)>,
        node: Option<&str>,
        place: Place<'_>,
    ) {
        let node = node.or(place.node);
        for (key, value) in members {
            // Of the output itself: a handler can repeat a list below another name.
            self.member += usize::from(place.levels == DEEPEST);
            let place = Place { node, is_listed: false, ..place };
            if is_node_id(key) {
                self.walk(value, Place { node: Some(key), ..place });
                continue;
            }
            match role(key) {
                Role::Nothing => {}
                // Below the name of a kind, `data` is of that kind.
                Role::Files if matches!(place.role, Role::Of(_)) => self.walk(value, place),
                role => self.walk(value, Place { role, ..place }),
            }
        }
    }

    fn text(&mut self, text: &str, place: Place<'_>) {
        let is_file = match place.role {
            Role::Of(kind) => may_be_file(text, Some(kind)),
            Role::Files => may_be_file(text, None),
            Role::Text | Role::Unknown => is_embedded(text),
            Role::Nothing => false,
        };
        if is_file {
            self.push(declared("", text), place);
        } else if place.role == Role::Text && !text.trim().is_empty() && !is_web(text) {
            self.push(of_text(text), place);
        }
    }

    /// Takes an object that describes one file. False if it is not such an object.
    fn item(&mut self, object: &Map<String, Value>, place: Place<'_>) -> bool {
        let is_text = |key: &&str| object.get(*key).is_some_and(Value::is_string);
        let data = DATA.iter().find(|key| is_text(key));
        let is_described = NAMES.iter().chain(&MEDIA_TYPES).any(&is_text) || is_text(&"type");
        if ONE_OF.iter().filter(|key| is_text(key)).count() > 1 || !is_described {
            return false;
        }
        let place_of = |key: &str| match role(key) {
            role @ Role::Of(_) => Place { role, ..place },
            _ => place,
        };
        let Some(key) = data else {
            // ComfyUI's own description of a file: its name without its content.
            let is_named = text_of(object, &NAMES).is_some_and(is_path);
            let is_file = is_named
                && matches!(place.role, Role::Of(_) | Role::Files)
                && object.values().all(|value| !value.is_object());
            if is_file {
                self.push(of_item(object, ""), place);
            }
            return is_file;
        };
        let file = of_item(object, "");
        let text = object[*key].as_str().unwrap_or_default();
        let is_declared = declared_type(&file.name).is_some()
            || text_of(object, &MEDIA_TYPES).and_then(FileKind::of_media_type).is_some()
            || matches!(text_of(object, &["type"]), Some("base64" | "s3_url"));
        let place = place_of(key);
        if is_declared {
            self.push(file, place);
            return true;
        }
        if text_of(object, &["type"]) == Some("text") {
            self.text(text, Place { role: Role::Text, ..place });
            return true;
        }
        let kind = match place.role {
            Role::Of(kind) => Some(kind),
            _ => None,
        };
        let is_file = may_be_file(text, kind);
        if is_file {
            self.push(file, place);
        }
        is_file
    }
}

/// The file that an object describes.
fn of_item(object: &Map<String, Value>, name_beside: &str) -> OutputFile {
    let name = text_of(object, &NAMES).unwrap_or(name_beside);
    let file = match text_of(object, &DATA) {
        None => lost(name, "neither data nor a URL in the output"),
        Some(data) if text_of(object, &["type"]) == Some("s3_url") && !is_web(data) && !data.starts_with("data:") => {
            not_uploaded(name, data)
        }
        Some(data) => declared(name, data),
    };
    let own_type = text_of(object, &MEDIA_TYPES).filter(|own| FileKind::of_media_type(own).is_some());
    let media_type = own_type.map(bounded).or(file.media_type);
    OutputFile { media_type, node: node_of(object), ..file }
}

/// The node that an object names.
fn node_of(object: &Map<String, Value>) -> Option<String> {
    let id = NODES.iter().find_map(|key| match object.get(*key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    id.filter(|id| is_node_id(id))
}

fn of_text(text: &str) -> OutputFile {
    let content = Content::Bytes(text.as_bytes().to_vec(), Encoding::Text);
    OutputFile { kind: Some(FileKind::Text), ..OutputFile::new("", content) }
}

fn text_of<'v>(object: &'v Map<String, Value>, names: &[&str]) -> Option<&'v str> {
    names.iter().find_map(|name| object.get(*name)?.as_str())
}

fn is_image(name: &str) -> bool {
    declared_type(name).is_some_and(|kind| kind.starts_with("image/"))
}
