;; Has nothing to say about this deployment.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $error (i32.const 1) (i32.const 358) (i32.const 12)))
