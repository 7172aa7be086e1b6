;; What every guest of these tests has in common. A guest is a file beside this one with
;; the fields of a core module that come before these: it defines `$run`, `$describe` or
;; both; what it does not define is `(call $nothing)` and `(call $manifest)`. The core
;; module is then made a component of the contract's world.
;;
;;     0   the manifest: name, version, summary, scopes, gates, rules, settings schema
;;    64   its scopes: deployment
;;    80   its rules: `a-rule`, default severity warning
;;   256   texts
;;  1024   what `$run` returns: ok, findings, open questions
;;  2048   a finding of `a-rule`: rule, message, subjects, measurement, help, data
;;  2176   an open question of `a-rule`: rule, reason, help
;; 65536   free memory, one page of it
(memory $memory (export "memory") 2)
(data (i32.const 0) (i32 256 5 261 5 266 15 64 1 0 80 1 400 17))
(data (i32.const 64) (i8 0))
(data (i32.const 80) (i32 300 6 1 306 22 328 10))
(data (i32.const 256) "guest" "0.1.0" "a guest in test")
(data (i32.const 300) "a-rule" "something may be wrong" "See above.")
(data (i32.const 340) "something is wrong" "unknown host")
(data (i32.const 400) "{\"type\":\"object\"}")
(data (i32.const 2048) (i32 300 6 340 18))
(data (i32.const 2176) (i32 300 6 358 12))

(func $manifest (result i32) (i32.const 0))

;; Returns an answer with findings from an address, 96 bytes each, and nothing open.
(func $answer (param $findings i32) (param $count i32) (result i32)
  (i32.store (i32.const 1028) (local.get $findings))
  (i32.store (i32.const 1032) (local.get $count))
  (i32.const 1024))

(func $nothing (result i32) (call $answer (i32.const 0) (i32.const 0)))

;; Returns an error: 0 invalid settings, 1 not applicable, 2 inconclusive.
(func $error (param $case i32) (param $text i32) (param $length i32) (result i32)
  (i32.store8 (i32.const 1024) (i32.const 1))
  (i32.store8 (i32.const 1028) (local.get $case))
  (i32.store (i32.const 1032) (local.get $text))
  (i32.store (i32.const 1036) (local.get $length))
  (i32.const 1024))

;; Never frees.
(global $free (mut i32) (i32.const 65536))
(func $cabi_realloc (export "cabi_realloc")
  (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
  (local $start i32)
  (local.set $start
    (i32.and
      (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get $align))))
  (global.set $free (i32.add (local.get $start) (local.get $size)))
  (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
    (then
      (drop (memory.grow
        (i32.sub
          (i32.add (i32.shr_u (global.get $free) (i32.const 16)) (i32.const 1))
          (memory.size))))))
  (local.get $start))

(export "comfycheck:check/checker@0.1.2#describe" (func $describe))
(export "comfycheck:check/checker@0.1.2#run" (func $run))
