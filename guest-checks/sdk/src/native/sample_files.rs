//! Samples, their files, and the files that are sent with them.

pub(crate) mod samples {
    //! `runpod/samples`.
    use crate::bindings::comfycheck::runpod::samples as contract;
    use crate::native::ask;
    use contract::{Attempt, PriceFacts, Sample, SubmissionFacts};

    // The contract's images answer a part of the questions that its files do.
    pub use super::outputs::File as Image;

    #[must_use]
    pub fn samples() -> Vec<Sample> {
        ask("samples.samples", |host| host.samples.clone())
    }

    #[must_use]
    pub fn images(index: u32) -> Vec<Image> {
        ask("samples.images", |host| {
            let files = host.files.iter().filter(|file| file.sample == index && file.is_image());
            files.cloned().map(Image::new).collect()
        })
    }

    #[must_use]
    pub fn price() -> Option<PriceFacts> {
        ask("samples.price", |host| host.price.clone())
    }

    #[must_use]
    pub fn attempts(index: u32) -> Vec<Attempt> {
        ask("samples.attempts", |host| host.attempts.get(&index).cloned().unwrap_or_default())
    }

    #[must_use]
    pub fn submission(index: u32) -> Option<SubmissionFacts> {
        ask("samples.submission", |host| host.submissions.get(&index).copied())
    }
}

pub(crate) mod outputs {
    //! `runpod/outputs`.
    use crate::bindings::comfycheck::runpod::outputs::Kind;
    use crate::native::ask;
    use crate::testing::SampleFile;

    /// A file of a sample.
    #[derive(Clone, Debug)]
    pub struct File(SampleFile);

    impl File {
        pub(super) fn new(file: SampleFile) -> Self {
            Self(file)
        }

        #[must_use]
        pub fn name(&self) -> String {
            self.0.name.clone()
        }

        #[must_use]
        pub fn node(&self) -> Option<String> {
            self.0.node.clone()
        }

        #[must_use]
        pub fn kind(&self) -> Kind {
            self.0.kind
        }

        #[must_use]
        pub fn media_type(&self) -> Option<String> {
            self.0.media_type.clone()
        }

        #[must_use]
        pub fn declared_type(&self) -> Option<String> {
            self.0.media_type.clone()
        }

        #[must_use]
        pub fn encoding(&self) -> String {
            "base64".to_owned()
        }

        #[must_use]
        pub fn size(&self) -> u64 {
            self.0.bytes.len() as u64
        }

        #[must_use]
        pub fn sha256(&self) -> String {
            self.0.sha256.clone()
        }

        #[must_use]
        pub fn read(&self, offset: u64, length: u32) -> Vec<u8> {
            self.0.part(offset, length)
        }
    }

    #[must_use]
    pub fn files(index: u32) -> Vec<File> {
        ask("outputs.files", |host| {
            let files = || host.files.iter().filter(|file| file.sample == index);
            let images = files().filter(|file| file.is_image());
            images.chain(files().filter(|file| !file.is_image())).cloned().map(File::new).collect()
        })
    }
}

pub(crate) mod inputs {
    //! `runpod/inputs`.
    use crate::bindings::comfycheck::runpod::inputs::InputFile;
    use crate::native::ask;

    #[must_use]
    pub fn of_suite() -> Vec<InputFile> {
        ask("inputs.of-suite", |host| host.inputs.clone())
    }

    #[must_use]
    pub fn of_sample(_index: u32) -> Vec<InputFile> {
        ask("inputs.of-sample", |host| host.inputs.clone())
    }
}
