;; Waiting cannot help as soon as a sample waits.
(func $describe (result i32)
  (i32.store8 (i32.const 64) (i32.const 2)) ;; its scope: run
  (call $manifest))
(func $watch (param $settings i32) (param $length i32) (param $now i64) (param $waiting i32) (param $count i32)
  (result i32)
  (memory.copy (i32.const 3080) (i32.const 2048) (i32.const 96))
  (i32.store8 (i32.const 3072) (i32.gt_u (local.get $count) (i32.const 0)))
  (i32.const 3072))
(export "comfycheck:check/watcher@0.1.2#watch" (func $watch))
