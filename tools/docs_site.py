"""README as the first page of the docs site; links that leave docs/ lead to the repository."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+([^)#]+)[^)]*\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = readme.replace("](docs/", "](").replace("](CHANGELOG.md)", "](changes.md)")
    text = text.replace("](examples/", "](../examples/")
    files.append(File.generated(config, "index.md", content=_inside(text)))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    files.append(File.generated(config, "changes.md", content=_inside(changes.replace("](docs/", "]("))))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    return _inside(markdown)


def _inside(markdown: str) -> str:
    """What lies outside of docs/ is named, not linked: the site does not hold it."""
    return OUTSIDE.sub(r"\1 (`\2`)", markdown)
