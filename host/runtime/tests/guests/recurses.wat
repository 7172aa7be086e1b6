;; Calls itself for ever.
(func $down (param $n i32) (result i32)
  (i32.add (call $down (i32.add (local.get $n) (i32.const 1))) (i32.const 1)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (drop (call $down (i32.const 0)))
  (call $nothing))
