;; Refuses its settings, with the settings as the reason.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $error (i32.const 0) (local.get $settings) (local.get $length)))
