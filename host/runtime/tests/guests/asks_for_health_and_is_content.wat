;; Asks an endpoint how it is, and is content with any answer.
(import "comfycheck:runpod/endpoint@0.1.1" "health" (func $health (param i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $health (i32.const 4096))
  (call $nothing))
