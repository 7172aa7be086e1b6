;; Takes memory for ever, a page at a time.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (loop $again
    (drop (memory.grow (i32.const 1)))
    (br $again))
  (call $nothing))
