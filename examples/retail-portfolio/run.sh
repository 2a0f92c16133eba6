fanfold forecast submit sales.csv \
  --preset retail --horizon 6 --column name=shop,item \
  --title "Autumn range" -o output.csv --json outcome,progress.succeeded,progress.failed
