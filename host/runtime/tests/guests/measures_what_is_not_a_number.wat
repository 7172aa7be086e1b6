;; Gives a finding with a measurement of NaN.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (i32.store8 (i32.const 2072) (i32.const 1))
  (f64.store (i32.const 2080) (f64.const nan))
  (call $answer (i32.const 2048) (i32.const 1)))
