;; Gives a finding with a measurement of 0 that should be below infinity.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (i32.store8 (i32.const 2072) (i32.const 1))
  (i32.store8 (i32.const 2096) (i32.const 1))
  (f64.store (i32.const 2112) (f64.const inf))
  (call $answer (i32.const 2048) (i32.const 1)))
