;; Takes almost all of the limit in memory, and the rest and more in a table.
(table $table 1 funcref)
(func $run (param $scope i32) (param $settings i32) (param $length i32) (result i32)
  (drop (memory.grow (i32.const 4000)))
  (drop (table.grow $table (ref.null func) (i32.const 1000000)))
  (call $nothing))
