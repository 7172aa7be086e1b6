;; Refuses its settings, but not in scope `deployment`.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (if (result i32) (i32.eqz (local.get $scope))
    (then (call $nothing))
    (else (call $error (i32.const 0) (local.get $settings) (local.get $length)))))
