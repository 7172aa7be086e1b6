;; Asks for a node class with a name of 10,000 bytes, and gives the reason why there is no
;; answer as its message.
(import "comfycheck:comfyui/inventory@0.1.0" "node-class" (func $node_class (param i32 i32 i32)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $node_class (i32.const 65536) (i32.const 10000) (i32.const 4096))
  ;; ok, or a case other than other
  (if (i32.ne (i32.load8_u (i32.const 4096)) (i32.const 1)) (then unreachable))
  (if (i32.ne (i32.load8_u (i32.const 4100)) (i32.const 3)) (then unreachable))
  (i32.store (i32.const 2056) (i32.load (i32.const 4104)))
  (i32.store (i32.const 2060) (i32.load (i32.const 4108)))
  (call $answer (i32.const 2048) (i32.const 1)))
