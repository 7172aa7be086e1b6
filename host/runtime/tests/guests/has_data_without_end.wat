;; Gives a finding with 100,000 bytes of data.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (drop (memory.grow (i32.const 2)))
  (memory.fill (i32.const 65536) (i32.const 49) (i32.const 100000))
  (i32.store8 (i32.const 2132) (i32.const 1))
  (i32.store (i32.const 2136) (i32.const 65536))
  (i32.store (i32.const 2140) (i32.const 100000))
  (call $answer (i32.const 2048) (i32.const 1)))
