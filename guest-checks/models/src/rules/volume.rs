//! What network volumes tell of models: a witness beside the inventory.
//!
//! An inventory decides what a worker has. A volume tells what lies on it, and where worker-comfyui would look; it does not
//! tell what the worker's image holds, nor whether the volume is attached. So a model that is not on a volume is not
//! missing for that, and a model that an inventory lacks is not there because a volume has it.

use super::content::{Fault, NoHeader};
use super::folders::{on_volume, where_to_put};
use super::near_miss::near_miss;
use super::{HOW_TO_ANSWER, MISSING_MODEL, REQUIRED_MODEL, small};
use comfycheck_sdk::volume::Error;
use comfycheck_sdk::{Answer, Finding, ModelRef, OpenQuestion, Subject, quote, quote_all};
use std::mem::discriminant;

/// A model lies on a volume where worker-comfyui does not look.
pub const UNMAPPED_FOLDER: &str = "unmapped-folder";
/// A model file is not the file that it should be.
pub const BROKEN_FILE: &str = "broken-file";
/// A model is on one volume and not on another.
pub const VOLUMES_DIFFER: &str = "volumes-differ";
/// Models are on the volumes, where worker-comfyui looks.
pub const ON_VOLUME: &str = "on-volume";

/// A model that is looked for on volumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The folder, by the name under which ComfyUI lists it.
    pub folder: String,
    /// The names of which one is enough; at least one.
    pub names: Vec<String>,
    /// Its size in bytes, if the settings say it.
    pub size: Option<u64>,
    /// Whether the settings say that it has to be on every volume.
    pub on_volume: bool,
    /// What the inventory says of it.
    pub inventory: Inventory,
    /// What names it: the nodes of a workflow, or nothing where the settings do.
    pub nodes: Vec<Subject>,
}

/// What the inventory says of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inventory {
    /// It is there.
    Has,
    /// It is not there, which is a finding already.
    Lacks,
    /// There is no inventory to ask; why, as a clause.
    Silent(String),
}

/// What one volume has of a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Sight {
    /// A file where worker-comfyui looks.
    Seen(File),
    /// Files of its name in other places only, by their paths.
    Elsewhere(Vec<String>),
    /// Nothing of its name; what lies in the folder in which worker-comfyui looks.
    Absent(Vec<String>),
    /// It could not be asked.
    Unknown(Error),
}

/// A file on a volume.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// From the root of the volume.
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// What is wrong with it, or why that is not known.
    pub content: Result<Option<Fault>, Unread>,
}

/// Why it is not known what a file is.
#[derive(Clone, Debug, PartialEq)]
pub enum Unread {
    /// The volume did not answer.
    Asked(Error),
    /// Its header ends at this byte, which is further than one reads.
    Header(u64),
}

/// A model, and what each volume has of it, by the volume's id.
pub type Sighted = (Wanted, Vec<(String, Sight)>);

/// What the volumes tell of the models, in their order.
#[must_use]
pub fn on_volumes(wanted: &[Sighted]) -> Answer {
    let mut answers: Vec<Answer> = wanted.iter().map(|(wanted, sights)| one(wanted, sights)).collect();
    answers.extend(vouched(wanted).map(Answer::from));
    answers.push(Answer { findings: Vec::new(), open: open(wanted).into_iter().chain(silent(wanted)).collect() });
    answers.into_iter().collect()
}

/// Whether every volume has the model where worker-comfyui looks, and nothing is known against the file.
fn is_vouched(wanted: &Wanted, sights: &[(String, Sight)]) -> bool {
    let is_good = |sight: &Sight| match sight {
        Sight::Seen(File { content: Ok(None), size, .. }) => wanted.size.is_none_or(|required| required == *size),
        Sight::Seen(_) | Sight::Elsewhere(_) | Sight::Absent(_) | Sight::Unknown(_) => false,
    };
    !sights.is_empty() && sights.iter().all(|(_, sight)| is_good(sight))
}

fn one(wanted: &Wanted, sights: &[(String, Sight)]) -> Answer {
    let told = sights.iter().map(|(volume, sight)| match sight {
        Sight::Seen(file) => content(wanted, volume, file),
        Sight::Elsewhere(paths) if wanted.inventory != Inventory::Has => unmapped(wanted, volume, paths).into(),
        Sight::Absent(offered) if wanted.on_volume => not_there(wanted, volume, offered).into(),
        Sight::Elsewhere(_) | Sight::Absent(_) | Sight::Unknown(_) => Answer::default(),
    });
    let differing = differing(wanted, sights).filter(|_| !wanted.on_volume).map(Answer::from);
    told.chain(differing).collect()
}

/// What is to be said of a file that is where it should be.
fn content(wanted: &Wanted, volume: &str, File { path, size, content }: &File) -> Answer {
    let file = format!("{} on volume {}", quote(path), quote(volume));
    let required = wanted.size.filter(|required| required != size).map(Fault::Required);
    match (content, required) {
        (Ok(Some(fault)), _) => broken(&subjects(wanted), &file, *size, fault).into(),
        (_, Some(fault)) => broken(&subjects(wanted), &file, *size, &fault).into(),
        (Ok(None), None) if wanted.size.is_some() => Answer::default(),
        (Ok(None), None) => {
            small(&file, *size).map(|finding| finding.about_all(subjects(wanted))).into_iter().collect()
        }
        (Err(Unread::Asked(error)), None) => unanswered(&format!("cannot tell whether {file} is whole"), error).into(),
        (Err(Unread::Header(end)), None) => {
            let why =
                format!("cannot tell whether {file} is whole: its header has {end} bytes, which is more than is read");
            OpenQuestion::new(BROKEN_FILE, why).help("read the file's header yourself").into()
        }
    }
}

/// A finding of `broken-file`. `file` says which one, and where it lies.
pub(super) fn broken(about: &[Subject], file: &str, size: u64, fault: &Fault) -> Finding {
    const AGAIN: &str = "upload it again, and compare the sizes afterwards";
    let (what, help) = match fault {
        Fault::Empty => ("has 0 bytes".to_owned(), AGAIN),
        Fault::Page => (
            format!("is a page of HTML or XML of {size} bytes, not the model"),
            "see what it says, such as that the download was refused; download the model again, and upload it",
        ),
        Fault::Pointer => (
            format!("is a Git LFS pointer of {size} bytes, not the model"),
            "run `git lfs pull`, or take the download link of the file itself, and upload it again",
        ),
        Fault::Declares(declared) if *declared > size => {
            (format!("was cut: it has {size} bytes, and its header declares {declared}"), AGAIN)
        }
        Fault::Declares(declared) => (format!("has {size} bytes, and its header declares {declared} only"), AGAIN),
        Fault::HeaderCut(end) => (format!("was cut: it has {size} bytes, and its header alone ends at {end}"), AGAIN),
        Fault::NoHeader(why) => {
            let why = match why {
                NoHeader::TooShort => "it is too short to have a header",
                NoHeader::NoLength => "it does not begin with the length of a header",
                NoHeader::NotTensors => "its header is not one of tensors",
            };
            (format!("is no .safetensors file: {why}"), "look at how it begins: it was cut, or has another format")
        }
        Fault::Required(required) => (
            format!("has {size} bytes, and the settings say {required}"),
            "put the file there that is meant, or correct `size`",
        ),
    };
    Finding::new(BROKEN_FILE, format!("{file} {what}")).help(help).about_all(about.to_vec())
}

fn unmapped(wanted: &Wanted, volume: &str, paths: &[String]) -> Finding {
    let message = format!("volume {} has {}{}", quote(volume), names(wanted), lies_at(paths));
    let help = match on_volume(&wanted.folder) {
        Some(folder) => format!(
            "move it to `models/{folder}` of the volume, or map its folder in the worker's `extra_model_paths.yaml`"
        ),
        None => "put it into the worker's image, or map its folder in the worker's `extra_model_paths.yaml`".to_owned(),
    };
    Finding::new(UNMAPPED_FOLDER, message).help(help).about_all(subjects(wanted))
}

fn lies_at(paths: &[String]) -> String {
    format!(" at {} only, where the stock worker-comfyui does not look", quote_all(paths.iter().map(String::as_str)))
}

/// What in a folder may be meant, as a clause.
fn near(wanted: &Wanted, offered: &[String]) -> String {
    let clauses = wanted.names.iter().map(|name| near_miss(name, offered, &[]).clause());
    clauses.into_iter().find(|clause| !clause.is_empty()).unwrap_or_default().replace("it offers", "it has")
}

fn not_there(wanted: &Wanted, volume: &str, offered: &[String]) -> Finding {
    let message = format!("volume {} does not have {}{}", quote(volume), names(wanted), near(wanted, offered));
    Finding::new(REQUIRED_MODEL, message).help(where_to_put(Some(&wanted.folder))).about_all(subjects(wanted))
}

/// A finding where some volumes have the model and others do not. One that could not be asked tells nothing.
fn differing(wanted: &Wanted, sights: &[(String, Sight)]) -> Option<Finding> {
    let ids = |is: fn(&Sight) -> bool| -> Vec<&str> {
        sights.iter().filter(|(_, sight)| is(sight)).map(|(volume, _)| volume.as_str()).collect()
    };
    let with = ids(|sight| matches!(sight, Sight::Seen(_) | Sight::Elsewhere(_)));
    let without = ids(|sight| matches!(sight, Sight::Absent(_)));
    if with.is_empty() || without.is_empty() {
        return None;
    }
    let message = format!("{} is on volume {} and not on {}", names(wanted), quote_all(with), quote_all(without));
    let help = "copy it: RunPod does not keep volumes in step, and a worker mounts the one of its own data center";
    Some(Finding::new(VOLUMES_DIFFER, message).help(help).about_all(subjects(wanted)))
}

/// The questions whether the worker has the models of which no inventory tells and for which not every volume vouches. Models
/// of which the same is to be said share one.
fn open(wanted: &[Sighted]) -> Vec<OpenQuestion> {
    let mut questions: Vec<Unknown<'_>> = Vec::new();
    for (wanted, sights) in wanted {
        let Inventory::Silent(why) = &wanted.inventory else { continue };
        let is_told = wanted.on_volume && sights.iter().any(|(_, sight)| matches!(sight, Sight::Absent(_)));
        if is_told || is_vouched(wanted, sights) {
            continue;
        }
        let (is_required, lacks) = (wanted.nodes.is_empty(), lacks(wanted, sights));
        let is_same = |known: &&mut Unknown<'_>| {
            known.why == why && known.is_required == is_required && known.lacks.is_empty() == lacks.is_none()
        };
        if let Some(known) = questions.iter_mut().find(is_same) {
            known.files.push(names(wanted));
            known.lacks.extend(lacks);
        } else {
            let (files, lacks) = (vec![names(wanted)], lacks.into_iter().collect());
            questions.push(Unknown { why, is_required, files, lacks });
        }
    }
    questions.into_iter().map(OpenQuestion::from).collect()
}

/// Models of which it is not known whether the worker has them.
struct Unknown<'a> {
    /// Why the inventory is silent.
    why: &'a str,
    /// Whether the settings name them, and no node.
    is_required: bool,
    /// In the words of a message.
    files: Vec<String>,
    /// What the volumes lack, as clauses: one for each of the files, or none of any.
    lacks: Vec<String>,
}

impl From<Unknown<'_>> for OpenQuestion {
    fn from(Unknown { why, is_required, files, lacks }: Unknown<'_>) -> Self {
        let (rule, help) = if is_required {
            (
                REQUIRED_MODEL,
                "give the suite's deployment the address of a ComfyUI server, or put the file on the volume",
            )
        } else {
            (MISSING_MODEL, HOW_TO_ANSWER)
        };
        let whether = match (lacks.as_slice(), files.as_slice()) {
            ([], [others @ .., last]) if !others.is_empty() => {
                format!("whether the worker has {} and {last}", others.join(", "))
            }
            ([], files) => format!("whether the worker has {}", files.concat()),
            ([lack], _) => format!("{lack}, and whether the image has it"),
            (lacks, _) => format!("{}, and whether the image has them", lacks.join("; ")),
        };
        OpenQuestion::new(rule, format!("{whether} is not known: {why}")).help(help)
    }
}

/// What the volumes lack of a model, as a clause; none if nothing is known to be lacking.
fn lacks(wanted: &Wanted, sights: &[(String, Sight)]) -> Option<String> {
    let lacking = sights.iter().filter_map(|(volume, sight)| match sight {
        Sight::Absent(offered) => Some(format!("not on volume {}{}", quote(volume), near(wanted, offered))),
        Sight::Elsewhere(_) => {
            Some(format!("on volume {} where the stock worker-comfyui does not look", quote(volume)))
        }
        Sight::Seen(File { content: Ok(Some(_)), .. }) => Some(format!("broken on volume {}", quote(volume))),
        Sight::Seen(_) | Sight::Unknown(_) => None,
    });
    let lacking: Vec<_> = lacking.collect();
    (!lacking.is_empty()).then(|| format!("{} is {}", names(wanted), lacking.join(" and ")))
}

/// One note on what the volumes vouch for and nobody else does.
fn vouched(wanted: &[Sighted]) -> Option<Finding> {
    let is_it = |(wanted, sights): &&Sighted| wanted.inventory != Inventory::Has && is_vouched(wanted, sights);
    let vouched: Vec<_> = wanted.iter().filter(is_it).collect();
    let (_, sights) = vouched.first()?;
    let volumes = quote_all(sights.iter().map(|(volume, _)| volume.as_str()));
    let paths = vouched.iter().filter_map(|(_, sights)| match sights.first() {
        Some((_, Sight::Seen(file))) => Some(file.path.as_str()),
        _ => None,
    });
    let verb = if vouched.len() == 1 { "is" } else { "are" };
    let mut message = format!("{} {verb} on volume {volumes}, where the stock worker-comfyui looks", quote_all(paths));
    let is_refused = vouched.iter().any(|(wanted, _)| wanted.inventory == Inventory::Lacks);
    if is_refused {
        message.push_str("; the worker that was asked does not offer all of them");
    }
    let note = Finding::new(ON_VOLUME, message).about_all(vouched.iter().flat_map(|(wanted, _)| subjects(wanted)));
    let help = "see that the volume is attached to the endpoint, whose workers have it at `/runpod-volume`";
    Some(if is_refused { note.help(help) } else { note })
}

/// A question of `broken-file` for each volume that did not answer: it may have what is wrong.
fn silent(wanted: &[Sighted]) -> Vec<OpenQuestion> {
    let mut silent: Vec<(&str, &Error, Vec<&str>)> = Vec::new();
    for (wanted, sights) in wanted {
        for (volume, sight) in sights {
            let Sight::Unknown(error) = sight else { continue };
            let names = wanted.names.iter().map(String::as_str);
            let is_same = |why: &Error| discriminant(why) == discriminant(error);
            match silent.iter_mut().find(|(known, why, _)| known == volume && is_same(why)) {
                Some((.., known)) => known.extend(names),
                None => silent.push((volume, error, names.collect())),
            }
        }
    }
    let question = |(volume, error, names): (&str, &Error, Vec<&str>)| {
        unanswered(&format!("cannot look for {} on volume {}", quote_all(names), quote(volume)), error)
    };
    silent.into_iter().map(question).collect()
}

fn names(wanted: &Wanted) -> String {
    match wanted.names.as_slice() {
        [name] => quote(name),
        names => format!("any of {}", quote_all(names.iter().map(String::as_str))),
    }
}

/// The nodes that name a model, and the model by each of its names.
fn subjects(wanted: &Wanted) -> Vec<Subject> {
    let model = |name: &String| Subject::Model(ModelRef { folder: wanted.folder.clone(), name: name.clone() });
    wanted.nodes.iter().cloned().chain(wanted.names.iter().map(model)).collect()
}

/// A question that a volume did not answer.
fn unanswered(what: &str, error: &Error) -> OpenQuestion {
    let (why, help) = match error {
        Error::AccessDenied => (
            "access is denied",
            "see that `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY` are an S3 API key of RunPod's console, and that id \
             and data center of the volume are right",
        ),
        Error::Unavailable(why) => (
            why.as_str(),
            "run it again; if it stays so, see that id and data center of the volume are right, that the data center has the \
             S3-compatible API, and that no proxy answers in its place",
        ),
        Error::NotOffered(why) => (why.as_str(), "name the volume in the suite's deployment"),
        Error::Other(why) => (why.as_str(), "see that id and data center of the volume are right"),
    };
    OpenQuestion::new(BROKEN_FILE, format!("{what}: {why}")).help(help)
}
