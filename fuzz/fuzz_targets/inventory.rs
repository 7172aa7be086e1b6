//! Any bytes as an inventory: the same in parts of any size, written and read again, and no difference to itself.
#![no_main]

use comfycheck_core::inventory::{Inventory, InventoryReader, diff};
use libfuzzer_sys::fuzz_target;

fn read(bytes: &[u8], size: usize) -> Option<Inventory> {
    let mut reader = InventoryReader::default();
    bytes.chunks(size).try_for_each(|part| reader.read(part)).ok()?;
    reader.finish().ok()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let whole = read(bytes, usize::MAX);
    assert_eq!(read(bytes, usize::from(*size).max(1)), whole);
    let Some(inventory) = whole else { return };
    diff(&inventory, &inventory, 3, &mut |changed| Err(changed)).expect("no difference");
    if let Some(text) = inventory.to_file() {
        assert_eq!(Inventory::parse(&text).ok(), Some(inventory));
    }
});
