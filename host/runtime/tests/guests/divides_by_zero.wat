;; Traps.
(func $quotient (param $of i32) (param $by i32) (result i32)
  (i32.div_u (local.get $of) (local.get $by)))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (drop (call $quotient (i32.const 1) (i32.const 0)))
  (call $nothing))
