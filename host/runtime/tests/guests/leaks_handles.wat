;; Asks for the images of the first sample for ever, and drops none.
(import "comfycheck:runpod/samples@0.1.1" "images" (func $images (param i32 i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (loop $again
    (global.set $free (i32.const 65536))
    (call $images (i32.const 0) (i32.const 4096))
    (br $again))
  (call $nothing))
