;; Decodes the first image of sample 0 without end.
(import "comfycheck:runpod/pictures@0.1.5" "decode" (func $decode (param i32 i32 i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (loop $forever (call $decode (i32.const 0) (i32.const 0) (i32.const 4096)) (br $forever))
  unreachable)
