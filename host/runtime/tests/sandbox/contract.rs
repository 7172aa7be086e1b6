//! The contract itself, against which all components were built.

use std::path::Path;
use wit_component::WitPrinter;
use wit_parser::Resolve;
