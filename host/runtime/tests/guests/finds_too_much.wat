;; Gives 1,001 findings.
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (local $at i32)
  (drop (memory.grow (i32.const 2)))
  (local.set $at (i32.const 65536))
  (loop $next
    (memory.copy (local.get $at) (i32.const 2048) (i32.const 96))
    (local.set $at (i32.add (local.get $at) (i32.const 96)))
    (br_if $next (i32.lt_u (local.get $at) (i32.const 161632))))
  (call $answer (i32.const 65536) (i32.const 1001)))
