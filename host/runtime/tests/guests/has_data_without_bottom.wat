;; Gives a finding whose data is 50,000 arrays in each other.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (memory.fill (i32.const 65536) (i32.const 91) (i32.const 50000))
  (i32.store8 (i32.const 2132) (i32.const 1))
  (i32.store (i32.const 2136) (i32.const 65536))
  (i32.store (i32.const 2140) (i32.const 50000))
  (call $answer (i32.const 2048) (i32.const 1)))
