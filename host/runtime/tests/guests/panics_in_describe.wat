;; Panics when it is asked what it is, with the message in the log.
(import "comfycheck:check/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(data (i32.const 3000) "panicked at src/lib.rs:7:9:\nthe README has no section")
(func $describe (result i32)
  (call $log (i32.const 4) (i32.const 3000) (i32.const 53))
  (unreachable))
