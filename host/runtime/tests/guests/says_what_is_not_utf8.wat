;; Gives a finding with a message that is not UTF-8.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (i32.store8 (i32.const 340) (i32.const 0xff))
  (call $answer (i32.const 2048) (i32.const 1)))
