;; Could not find out anything, and does not say why.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $error (i32.const 2) (i32.const 358) (i32.const 0)))
