;; Aborts, with an error in its log that is no panic.
(import "comfycheck:check/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(data (i32.const 3000) "no more ideas")
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $log (i32.const 4) (i32.const 3000) (i32.const 13))
  (unreachable))
