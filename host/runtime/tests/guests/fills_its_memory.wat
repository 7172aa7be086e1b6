;; Fills 128 MiB again and again. A bulk instruction is interrupted at its start only.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (drop (memory.grow (i32.const 2048)))
  (loop $again
    (memory.fill (i32.const 65536) (i32.const 97) (i32.const 134217728))
    (br $again))
  (call $nothing))
