;; Logs 1,000 lines of 1,000 bytes.
(import "comfycheck:check/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (local $n i32)
  (loop $next
    (call $log (i32.const 1) (i32.const 65536) (i32.const 1000))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $n) (i32.const 1000))))
  (call $nothing))
