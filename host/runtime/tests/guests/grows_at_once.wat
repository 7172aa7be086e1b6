;; Takes almost 4 GiB in one go, and is content if it does not get it.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (drop (memory.grow (i32.const 65000)))
  (call $nothing))
