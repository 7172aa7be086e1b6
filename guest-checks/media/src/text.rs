//! Text.

use crate::facts::Text;
use crate::fault::Fault;
use crate::source::Window;

/// `limit`: the most bytes of a text that is read.
pub fn read(file: &mut Window<'_>, limit: u64) -> Result<Text, Fault> {
    let bytes = file.all(limit)?;
    let text = String::from_utf8(bytes).map_err(|_| Fault::corrupt("it is not UTF-8"))?;
    if text.trim().is_empty() {
        return Err(Fault::Empty("the text is empty".into()));
    }
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
    Ok(Text { characters: text.chars().count() as u64, is_json })
}
