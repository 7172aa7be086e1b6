;; Ends as a panic does, with its message in the log.
(import "comfycheck:check/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(data (i32.const 3000) "panicked at src/lib.rs:7:9:\nindex out of bounds")
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $log (i32.const 4) (i32.const 3000) (i32.const 47))
  (unreachable))
