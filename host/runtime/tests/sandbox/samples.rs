//! Which samples an instance sees, and what it reads of their images.
