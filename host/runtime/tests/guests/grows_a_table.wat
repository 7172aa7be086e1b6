;; Takes a table of 100 million elements, 8 bytes each.
(table $table 1 funcref)
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (drop (table.grow $table (ref.null func) (i32.const 100000000)))
  (call $nothing))
