fanfold forecast submit demand.csv \
  --preset spare_parts --horizon 8 --lead-time 3 --review-period 1 --service-level 0.95 \
  --column on_hand=on_hand -o output.csv --json outcome,progress.succeeded,progress.failed
