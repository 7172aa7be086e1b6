;; Computes for ever when its watcher is called.
(func $describe (result i32)
  (i32.store8 (i32.const 64) (i32.const 2)) ;; its scope: run
  (call $manifest))
(func $watch (param $settings i32) (param $length i32) (param $now i64) (param $waiting i32) (param $count i32)
  (result i32)
  (loop $again (br $again))
  (i32.const 3072))
(export "comfycheck:check/watcher@0.1.2#watch" (func $watch))
