;; Gives a finding with a message that lies where it has no memory.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (i32.store (i32.const 2056) (i32.const 0x7fffffff))
  (call $answer (i32.const 2048) (i32.const 1)))
