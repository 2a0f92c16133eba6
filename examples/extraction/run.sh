fanfold batch submit invoices.csv \
  --id-column invoice \
  --template "Extract the fields of this invoice: {text}" \
  --set response_schema="$(cat schema.json)" --repair \
  --mode realtime --model gpt-5.4-mini -o output.csv --json state,progress.succeeded,progress.failed
