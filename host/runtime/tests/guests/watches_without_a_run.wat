;; Has a watcher, and no scope in which its finding could be reported.
(func $watch (param i32 i32 i64 i32 i32) (result i32) (i32.const 3072))
(export "comfycheck:check/watcher@0.1.2#watch" (func $watch))
