;; Says that its name is empty.
(func $describe (result i32)
  (i32.store (i32.const 4) (i32.const 0))
  (call $manifest))
