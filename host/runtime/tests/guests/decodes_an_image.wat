;; Decodes the image of sample 0 that its settings name by one byte, such as `0`. Measures the red of a thumbnail of one pixel,
;; or 1,000 more than the case of the error, whose text is the message.
(import "comfycheck:runpod/pictures@0.1.5" "decode" (func $decode (param i32 i32 i32)))
(import "comfycheck:runpod/pictures@0.1.5" "[method]picture.thumbnail" (func $thumbnail (param i32 i32 i32 i32)))
(import "comfycheck:runpod/pictures@0.1.5" "[method]picture.perceptual-hash" (func $hash (param i32) (result i64)))
(import "comfycheck:runpod/pictures@0.1.5" "[resource-drop]picture" (func $drop (param i32)))
(func $measured (param $value i32) (result i32)
  (i32.store8 (i32.const 2072) (i32.const 1))
  (f64.store (i32.const 2080) (f64.convert_i32_u (local.get $value)))
  (call $answer (i32.const 2048) (i32.const 1)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (local $picture i32)
  (call $decode (i32.const 0) (i32.sub (i32.load8_u (local.get $settings)) (i32.const 48)) (i32.const 4096))
  (if (i32.load8_u (i32.const 4096))
    (then
      (if (i32.load8_u (i32.const 4100))
        (then
          (i32.store (i32.const 2056) (i32.load (i32.const 4104)))
          (i32.store (i32.const 2060) (i32.load (i32.const 4108)))))
      (return (call $measured (i32.add (i32.const 1000) (i32.load8_u (i32.const 4100)))))))
  (local.set $picture (i32.load (i32.const 4100)))
  ;; Half of the bits are set.
  (if (i64.eqz (call $hash (local.get $picture))) (then unreachable))
  ;; A size that no thumbnail has is an error.
  (call $thumbnail (local.get $picture) (i32.const 0) (i32.const 257) (i32.const 4096))
  (if (i32.eqz (i32.load8_u (i32.const 4096))) (then unreachable))
  (call $thumbnail (local.get $picture) (i32.const 1) (i32.const 1) (i32.const 4096))
  (if (i32.ne (i32.load (i32.const 4104)) (i32.const 3)) (then unreachable))
  (call $drop (local.get $picture))
  (call $measured (i32.load8_u (i32.load (i32.const 4100)))))
