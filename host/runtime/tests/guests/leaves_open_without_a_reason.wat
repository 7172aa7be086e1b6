;; Leaves a question open, and gives no reason.
(data (i32.const 3000) (i32 300 6 358 0))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (i32.store (i32.const 1036) (i32.const 3000))
  (i32.store (i32.const 1040) (i32.const 1))
  (call $nothing))
