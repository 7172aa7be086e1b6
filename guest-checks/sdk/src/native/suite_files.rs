//! Files of the suite's folder.

pub(crate) mod files {
    //! `check/files`.
    use crate::bindings::comfycheck::check::files::Error;
    use crate::native::ask;
    use crate::testing::{SuiteFile, part};

    /// A file of the suite's folder.
    #[derive(Clone, Debug)]
    pub struct File(SuiteFile);

    impl File {
        #[must_use]
        pub fn path(&self) -> String {
            self.0.path.clone()
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
            part(&self.0.bytes, offset, length)
        }
    }

    /// # Errors
    ///
    /// Never: the host of a test has no limits.
    pub fn at(path: &str) -> Result<Vec<File>, Error> {
        Ok(ask("files.at", |host| host.suite_files.get(path).into_iter().flatten().cloned().map(File).collect()))
    }
}
