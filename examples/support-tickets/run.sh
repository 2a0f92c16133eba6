fanfold batch submit tickets.jsonl \
  --id-column ticket --keep-columns customer,subject \
  --template "Subject: {subject}

{text}" \
  --system "Write the first answer to this ticket in three sentences: thank, say what happens next, and by when." \
  --priority high --mode realtime --budget 0.50 --model gpt-5.4-mini -o output.csv --json state,progress.succeeded,progress.failed
