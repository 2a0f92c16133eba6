"""What stands on OpenAI's SDKs, as it is in its registry: the recipes of docs/clients.md, and Node's SDK."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from local.stack import LocalStack

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".tools/frameworks/bin/python"
NODE, SDK = ROOT / ".tools/node/bin/node", ROOT / ".tools/openai-node/node_modules"
RECIPES = dict(
    re.findall(r"^### (\w+)\n.*?```python\n(.*?)```", (ROOT / "docs/clients.md").read_text(), re.DOTALL | re.MULTILINE)
)
SHOWN = {
    "instructor": "print(json.dumps([[type(each).__name__, each.name != '', each.age >= 0] for each in people]))",
    "LangChain": "print(json.dumps([[thing, answers[thing] != ''] for thing in things]))",
    "pandas": "print(json.dumps(df.embedding.map(len).tolist()))",
}
WANTED = {
    "instructor": [["Person", True, True]] * 2,
    "LangChain": [["a queue", True], ["a lease", True]],
    "pandas": [1536] * 3,
}
pytestmark = pytest.mark.wide


def run(command: list[str], stack: LocalStack, folder: Path, **more: str) -> str:
    place = {"OPENAI_BASE_URL": f"{stack.url}/openai/v1", "OPENAI_API_KEY": stack.issue_key("frameworks")}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)} | place | more
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", SHOWN)
def test_a_recipe(name: str, stack: LocalStack, tmp_path: Path) -> None:
    assert PYTHON.exists(), "run make test-wide, which installs them"
    (tmp_path / "recipe.py").write_text(f"import json\n{RECIPES[name]}\n{SHOWN[name]}\n")
    out = run([str(PYTHON), "recipe.py"], stack, tmp_path)
    assert json.loads(out.splitlines()[-1]) == WANTED[name]


def test_every_recipe_is_run() -> None:
    assert RECIPES.keys() == SHOWN.keys()


SCRIPT = """
import OpenAI, { toFile } from "openai";
const client = new OpenAI();
const ask = (n, text) => JSON.stringify({
  custom_id: `id-${n}`, method: "POST", url: "/v1/chat/completions",
  body: { model: "gemini-3.5-flash-lite", messages: [{ role: "user", content: text }] },
});
const lines = ["Say hello", "Say goodbye"].map((text, n) => ask(n, text)).join("\\n");
const file = await client.files.create({ file: await toFile(Buffer.from(lines), "a.jsonl"), purpose: "batch" });
let batch = await client.batches.create({
  input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h",
  metadata: { by: "node" }, mode: "realtime",
});
while (!["completed", "failed", "expired", "cancelled"].includes(batch.status)) {
  await new Promise((done) => setTimeout(done, 500));
  batch = await client.batches.retrieve(batch.id);
}
const text = await (await client.files.content(batch.output_file_id)).text();
const ids = text.trim().split("\\n").map((line) => JSON.parse(line).custom_id).sort();
const listed = [];
for await (const each of client.batches.list({ limit: 1 })) listed.push(each.id);
const twice = await client.batches.cancel(batch.id).then(() => "none", (error) => error.constructor.name);
const unknown = await client.files.retrieve("file-x").then(() => "none", (error) => error.constructor.name);
const gone = (await client.files.delete(file.id)).deleted;
const found = listed.includes(batch.id);
console.log(JSON.stringify({ status: batch.status, by: batch.metadata.by, ids, found, twice, unknown, gone }));
"""


def test_openai_for_node(stack: LocalStack, tmp_path: Path) -> None:
    assert SDK.exists(), "run make test-wide, which installs it"
    (tmp_path / "node_modules").symlink_to(SDK)
    (tmp_path / "batch.mjs").write_text(SCRIPT)
    found = json.loads(run([str(NODE), "batch.mjs"], stack, tmp_path).splitlines()[-1])
    assert found == {
        "status": "completed",
        "by": "node",
        "ids": ["id-0", "id-1"],
        "found": True,
        "twice": "ConflictError",
        "unknown": "NotFoundError",
        "gone": True,
    }
