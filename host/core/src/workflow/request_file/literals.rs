//! Keys and addresses that belong in the suite.

use super::location::reach;
use crate::diagnostic::{Diagnostic, Kind};
use crate::request::ENVIRONMENT;
use crate::text::TextFile;
use crate::workflow::members::{Member, members};

/// Members of a request that hold keys and addresses.
const LITERALS: [(&[&str], &str, Remedy); 10] = [
    (&["input", "comfy_org_api_key"], "a Comfy.org key", Remedy::ComfyOrgKey),
    (&["comfy_org_api_key"], "a Comfy.org key", Remedy::ComfyOrgKey),
    (&["extra_data", "api_key_comfy_org"], "a Comfy.org key", Remedy::ComfyOrgKey),
    (&["extra_data", "auth_token_comfy_org"], "a Comfy.org token", Remedy::ComfyOrgKey),
    (&["s3Config"], "the keys of a bucket", Remedy::RemoveKey),
    (&["s3"], "the address of a bucket", Remedy::Remove),
    (&["credentials"], "credentials", Remedy::RemoveKey),
    (&["webhook"], "the address of a webhook", Remedy::Remove),
    (&["webhook_v2"], "the address of a webhook", Remedy::Remove),
    (&["input", "webhook"], "the address of a webhook", Remedy::Remove),
];

#[derive(Clone, Copy)]
enum Remedy {
    ComfyOrgKey,
    RemoveKey,
    Remove,
}

impl Remedy {
    fn help(self) -> &'static str {
        match self {
            Self::ComfyOrgKey => {
                "remove it, and write `comfy-org-api-key = { env = \"COMFY_ORG_API_KEY\" }` in `[request]`; renew a key \
                 that was committed"
            }
            Self::RemoveKey => "remove it: results are read from the job's output; renew a key that was committed",
            Self::Remove => "remove it: results are read from the job's output",
        }
    }
}

/// The keys and addresses in a request, as problems.
pub(super) fn of_request(file: &TextFile, around: &[Member]) -> Vec<Diagnostic> {
    literals(file, around).map(|literal| literal.problem("request", literal.remedy.help())).collect()
}

/// The keys and addresses in a template for requests. Variables of the environment are in their place where it is right.
pub fn literals_of_template(file: &TextFile) -> Vec<Diagnostic> {
    const HELP: &str =
        "write `{{env:NAME}}` in its place, and list the variable in `secrets`; renew a key that was committed";
    let around = members(&file.text, 0);
    let literals =
        literals(file, &around).filter(|literal| !file.text[literal.member.value.clone()].contains(ENVIRONMENT));
    literals.map(|literal| literal.problem("template", HELP)).collect()
}

/// A key or an address in a request.
struct Literal<'a> {
    file: &'a TextFile,
    path: &'static [&'static str],
    what: &'static str,
    remedy: Remedy,
    member: Member,
}

impl Literal<'_> {
    fn problem(&self, of: &str, help: &str) -> Diagnostic {
        let what = format!("the {of} contains {}: `{}`", self.what, self.path.join("."));
        Diagnostic::of(Kind::Secret, what).at(self.file, self.member.key.clone()).hide_secret().help(help)
    }
}

/// The keys and addresses in a request.
fn literals<'a>(file: &'a TextFile, around: &'a [Member]) -> impl Iterator<Item = Literal<'a>> {
    LITERALS.iter().filter_map(move |(path, what, remedy)| {
        let member = reach(&file.text, around, path)?;
        let is_literal = has_value(&file.text[member.value.clone()]);
        is_literal.then_some(Literal { file, path, what, remedy: *remedy, member })
    })
}

fn has_value(value: &str) -> bool {
    !matches!(value, "null" | "\"\"" | "{}" | "false")
}
