fanfold batch submit mails.csv \
  --id-column mail --keep-columns text \
  --template "One word, question, complaint, order or thanks: {text}" \
  --collapse --max-tokens 2000 \
  --mode realtime --model gpt-5.4-mini -o output.csv --json state,progress.succeeded,progress.failed
