;; Ends as the SDKs for Python and JavaScript end an exception: with its message in the log, then in a stub of WASI.
(import "comfycheck:check/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(data (i32.const 3000) "raised KeyError: 'k' (check.py:7 in run)")
(func $stderr_get_stderr (unreachable))
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (call $log (i32.const 4) (i32.const 3000) (i32.const 40))
  (call $stderr_get_stderr)
  (unreachable))
