;; Asks for `health`, and leaves a question open for the reason why there is none.
(import "comfycheck:runpod/endpoint@0.1.1" "health" (func $health (param i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $health (i32.const 4096))
  ;; ok, or a case other than not-offered
  (if (i32.ne (i32.load8_u (i32.const 4096)) (i32.const 1)) (then unreachable))
  (if (i32.ne (i32.load8_u (i32.const 4104)) (i32.const 2)) (then unreachable))
  (i32.store (i32.const 2184) (i32.load (i32.const 4108)))
  (i32.store (i32.const 2188) (i32.load (i32.const 4112)))
  (i32.store (i32.const 1036) (i32.const 2176))
  (i32.store (i32.const 1040) (i32.const 1))
  (call $nothing))
