;; Asks for `health`, and is inconclusive for the reason why there is none.
(import "comfycheck:runpod/endpoint@0.1.1" "health" (func $health (param i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $health (i32.const 4096))
  ;; ok, or a case other than not-offered
  (if (i32.ne (i32.load8_u (i32.const 4096)) (i32.const 1)) (then unreachable))
  (if (i32.ne (i32.load8_u (i32.const 4104)) (i32.const 2)) (then unreachable))
  (call $error (i32.const 2) (i32.load (i32.const 4108)) (i32.load (i32.const 4112))))
