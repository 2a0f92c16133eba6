session=$(fanfold session create --name "guest letters" --json id | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
fanfold session train "$session" letter.md --json state,words
fanfold session generate "$session" "To our guests, spring 2026: the new ferry" --words 200 -o output.md 2>/dev/null
