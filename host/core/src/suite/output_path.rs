//! The part of a job's output that holds its files: `output-path`.

use serde_json::Value;
use std::fmt;

/// Names of members and indices of lists, from the output inwards: `result.files`, `0.images`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputPath(Vec<String>);

impl OutputPath {
    /// None if a step is empty.
    pub fn parse(text: &str) -> Option<Self> {
        let steps: Vec<String> = text.split('.').map(str::to_owned).collect();
        steps.iter().all(|step| !step.is_empty()).then_some(Self(steps))
    }

    /// The part of an output; none if it has no such part.
    pub fn of<'v>(&self, output: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(output, |value, step| match value {
            Value::Object(members) => members.get(step),
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

impl fmt::Display for OutputPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_leads_to_a_part_of_an_output() {
        let output = json!({"result": [{"files": "x"}], "a": 1});
        let part = |path: &str| OutputPath::parse(path).and_then(|path| path.of(&output).cloned());
        assert_eq!(part("result.0.files"), Some(json!("x")));
        assert_eq!(part("a"), Some(json!(1)));
        for path in ["", ".", "result..files", "result.1", "result.x", "a.b", "b"] {
            assert_eq!(part(path), None, "{path}");
        }
    }
}
