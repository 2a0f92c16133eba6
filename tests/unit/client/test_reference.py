"""docs/cli.md is what the help texts say."""

from pathlib import Path

from fanfold_command.reference import page

DOCS = Path(__file__).resolve().parents[3] / "docs" / "cli.md"


def test_the_page_is_in_step_with_the_help() -> None:
    assert DOCS.read_text() == page(), "python -m fanfold_command.reference > docs/cli.md"
