;; Calls the host when it is asked what it is.
(import "comfycheck:check/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(func $describe (result i32)
  (call $log (i32.const 0) (i32.const 0) (i32.const 0))
  (call $manifest))
