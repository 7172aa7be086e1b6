;; Requests the path that its settings are. The message is the body, or the text of the error. Measures the status, or 1,000 more
;; than the case of the error.
(import "comfycheck:comfyui/http@0.1.1" "get" (func $get (param i32 i32 i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (local $value i32) (local $text i32)
  (call $get (local.get $settings) (local.get $length) (i32.const 4096))
  (if (i32.load8_u (i32.const 4096))
    (then
      (local.set $value (i32.add (i32.const 1000) (i32.load8_u (i32.const 4100))))
      (local.set $text (i32.const 4104)))
    (else
      (local.set $value (i32.load16_u (i32.const 4100)))
      (local.set $text (i32.const 4116))))
  ;; The first case of the error has no text.
  (if (i32.ne (local.get $value) (i32.const 1000))
    (then
      (i32.store (i32.const 2056) (i32.load (local.get $text)))
      (i32.store (i32.const 2060) (i32.load offset=4 (local.get $text)))))
  (i32.store8 (i32.const 2072) (i32.const 1))
  (f64.store (i32.const 2080) (f64.convert_i32_u (local.get $value)))
  (call $answer (i32.const 2048) (i32.const 1)))
