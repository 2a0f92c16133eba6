fanfold batch submit comments.csv \
  --id-column comment_id --keep-columns author \
  --template "Comment on a recipe: {comment}" \
  --system "Judge the comment: allow, review or block. Insults and advertising are blocked, phone numbers reviewed." \
  --set response_schema="$(cat schema.json)" \
  --mode realtime --model gpt-5.4-mini -o output.csv --json state,progress.succeeded,progress.failed
