;; Gives as its message what lies beyond the end of the first image of the first sample, or `nothing`.
(import "comfycheck:runpod/samples@0.1.1" "images" (func $images (param i32 i32)))
(import "comfycheck:runpod/samples@0.1.1" "[method]image.read" (func $read (param i32 i64 i32 i32)))
(data (i32.const 3000) "nothing")
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $images (i32.const 0) (i32.const 4096))
  (call $read (i32.load (i32.load (i32.const 4096))) (i64.const -1) (i32.const -1) (i32.const 2056))
  (if (i32.eqz (i32.load (i32.const 2060)))
    (then
      (i32.store (i32.const 2056) (i32.const 3000))
      (i32.store (i32.const 2060) (i32.const 7))))
  (call $answer (i32.const 2048) (i32.const 1)))
