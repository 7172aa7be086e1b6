;; Gives a finding with a message of 20 MiB.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (drop (memory.grow (i32.const 320)))
  (i32.store (i32.const 2056) (i32.const 65536))
  (i32.store (i32.const 2060) (i32.const 20971520))
  (call $answer (i32.const 2048) (i32.const 1)))
