;; Ends as a panic does, with 100,000 bytes of message in the log.
(import "comfycheck:check/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(data (i32.const 3000) "panicked at ")
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (drop (memory.grow (i32.const 2)))
  (memory.fill (i32.const 65536) (i32.const 97) (i32.const 100000))
  (memory.copy (i32.const 65536) (i32.const 3000) (i32.const 12))
  (call $log (i32.const 4) (i32.const 65536) (i32.const 100000))
  (unreachable))
