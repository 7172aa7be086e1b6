;; Computes for ever.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (loop $again (br $again))
  (call $nothing))
