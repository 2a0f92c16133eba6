fanfold batch submit products.csv \
  --id-column sku --keep-columns name \
  --template "{name}: {text}" \
  --system "Translate into Italian for a shop. Keep measures and numbers as they are. Answer with the translation alone." \
  --mode batch --model gpt-5.4-mini -o output.csv --json state,progress.succeeded,progress.failed
