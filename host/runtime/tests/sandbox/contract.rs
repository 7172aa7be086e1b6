//! The contract that all components were built with.

use crate::guest::contract;
use wit_component::WitPrinter;

/// Only additions are compatible (see `wit/README.md`). Any change shows here.
#[test]
fn the_contract_is_as_it_was() {
    let (resolve, check) = contract();
    let mut printer = WitPrinter::default();
    printer.emit_docs(false);
    let mut others: Vec<_> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != check).collect();
    others.sort_by_key(|id| resolve.packages[*id].name.to_string());
    printer.print(&resolve, check, &others).unwrap();
    insta::assert_snapshot!(printer.output.to_string());
}
