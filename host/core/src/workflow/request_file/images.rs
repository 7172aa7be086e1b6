//! The files of a request, from `images`.

use super::location::reach;
use crate::diagnostic::{Diagnostic, Kind};
use crate::request::InputFile;
use crate::text::TextFile;
use crate::workflow::members::{Member, items};
use serde_json::Value;

/// The files, and what worker-comfyui refuses of them.
pub(super) fn read(file: &TextFile, around: &[Member]) -> (Vec<InputFile>, Vec<Diagnostic>) {
    let text = &file.text;
    let (mut inputs, mut problems) = (Vec::<InputFile>::new(), Vec::new());
    let Some(images) = [&["input", "images"][..], &["images"]].into_iter().find_map(|path| reach(text, around, path))
    else {
        return (inputs, problems);
    };
    if !is_list(&text[images.value.clone()]) {
        let problem = Diagnostic::of(Kind::InvalidValue, "`images` is not a list of files");
        problems.push(problem.at(file, images.key.clone()).hide_secret().help(IMAGE));
    }
    for item in items(text, images.value.start) {
        match image(&text[item.clone()]) {
            Ok(input) if inputs.iter().any(|other| other.name == input.name) => {
                let what = format!("the request has two files `{}`", input.name);
                problems.push(Diagnostic::of(Kind::Duplicate, what).at(file, item).hide_secret());
            }
            Ok(mut input) => {
                input.of_request = true;
                inputs.push(input);
            }
            Err((what, help)) => {
                let problem = Diagnostic::of(Kind::InvalidValue, what).at(file, item.start..item.start + 1);
                problems.push(problem.hide_secret().help(help));
            }
        }
    }
    (inputs, problems)
}

/// Help for a file of a request.
const IMAGE: &str = "write `{\"name\": \"FILE\", \"image\": \"data:image/png;base64,…\"}`";

fn is_list(value: &str) -> bool {
    value.starts_with('[') || value == "null"
}

/// An item of `images`, as worker-comfyui takes it. Else what is wrong, and what to do.
fn image(item: &str) -> Result<InputFile, (String, &'static str)> {
    let item: Value = serde_json::from_str(item).unwrap_or_default();
    let (Some(name), Some(data)) = (item["name"].as_str(), item["image"].as_str()) else {
        return Err(("an item of `images` needs the strings `name` and `image`".to_owned(), IMAGE));
    };
    if data.starts_with("http://") || data.starts_with("https://") {
        let what = format!("the image `{name}` is a URL, which worker-comfyui does not download");
        return Err((what, "put the file itself there, as base64"));
    }
    let base64 = data.split_once(',').map_or(data, |(_, base64)| base64);
    let bytes = base64_simd::forgiving_decode_to_vec(base64.as_bytes())
        .map_err(|_| (format!("the image `{name}` is not valid base64"), IMAGE))?;
    let help = "name it as a file below ComfyUI's folder `input`, such as `photo.png`";
    InputFile::new(name, bytes).map_err(|error| (error.to_string(), help))
}
