;; Gives bytes 2 to 4 of the first image of the first sample as its message.
(import "comfycheck:runpod/samples@0.1.1" "images" (func $images (param i32 i32)))
(import "comfycheck:runpod/samples@0.1.1" "[method]image.read" (func $read (param i32 i64 i32 i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $images (i32.const 0) (i32.const 4096))
  (call $read (i32.load (i32.load (i32.const 4096))) (i64.const 2) (i32.const 3) (i32.const 2056))
  (call $answer (i32.const 2048) (i32.const 1)))
