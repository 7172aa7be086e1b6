//! Decoded images of samples.

pub(crate) mod pictures {
    //! `runpod/pictures`.
    use crate::bindings::comfycheck::runpod::pictures::Error;
    use crate::native::ask;
    use crate::testing::SamplePicture;

    /// A decoded image.
    #[derive(Clone, Debug)]
    pub struct Picture(SamplePicture);

    impl Picture {
        #[must_use]
        pub fn width(&self) -> u32 {
            self.0.width
        }

        #[must_use]
        pub fn height(&self) -> u32 {
            self.0.height
        }

        /// # Errors
        ///
        /// If a side is not from 1 to 256.
        pub fn thumbnail(&self, width: u32, height: u32) -> Result<Vec<u8>, Error> {
            if !(1..=256).contains(&width) || !(1..=256).contains(&height) {
                return Err(Error::Other(format!("{width} × {height}")));
            }
            Ok(self.0.color.repeat(width as usize * height as usize))
        }

        #[must_use]
        pub fn perceptual_hash(&self) -> u64 {
            self.0.hash
        }
    }

    /// # Errors
    ///
    /// If the host of the test has no such picture.
    pub fn decode(sample: u32, image: u32) -> Result<Picture, Error> {
        ask("pictures.decode", |host| host.pictures.get(&(sample, image)).cloned())
            .unwrap_or(Err(Error::NotFound))
            .map(Picture)
    }
}
