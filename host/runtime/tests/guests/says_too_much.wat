;; Gives a finding with a message of 10,000 bytes.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (memory.fill (i32.const 65536) (i32.const 97) (i32.const 10000))
  (i32.store (i32.const 2056) (i32.const 65536))
  (i32.store (i32.const 2060) (i32.const 10000))
  (call $answer (i32.const 2048) (i32.const 1)))
