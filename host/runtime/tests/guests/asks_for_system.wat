;; Asks a ComfyUI for its versions, and is content with any answer.
(import "comfycheck:comfyui/inventory@0.1.0" "system" (func $system (param i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $system (i32.const 4096))
  (call $nothing))
