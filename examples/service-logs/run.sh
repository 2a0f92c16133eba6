python3 ship.py checkout.jsonl
fanfold logs list --stream checkout --level warning
fanfold logs export --stream checkout --level error -o errors.ndjson.gz
gunzip -c errors.ndjson.gz > output.jsonl
