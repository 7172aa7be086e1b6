;; Gives a finding with a message of 40 MiB.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (drop (memory.grow (i32.const 640)))
  (i32.store (i32.const 2056) (i32.const 65536))
  (i32.store (i32.const 2060) (i32.const 41943040))
  (call $answer (i32.const 2048) (i32.const 1)))
