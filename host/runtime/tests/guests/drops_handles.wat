;; Asks for the images of the first sample 20,000 times, and drops the only one each time.
(import "comfycheck:runpod/samples@0.1.1" "images" (func $images (param i32 i32)))
(import "comfycheck:runpod/samples@0.1.1" "[resource-drop]image" (func $drop (param i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (local $n i32)
  (loop $next
    (global.set $free (i32.const 65536))
    (call $images (i32.const 0) (i32.const 4096))
    (call $drop (i32.load (i32.load (i32.const 4096))))
    (local.set $n (i32.add (local.get $n) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $n) (i32.const 20000))))
  (call $nothing))
