"""What the README says is run: its Python as it is, its commands by the tests named here."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

# Command: what runs it.
COMMANDS = {
    "make run": "tests/browser/test_app.py starts the app with it",
    "make test": "runs this test",
    "pip install -r requirements.txt && streamlit run app.py": "test_requirements; tests/browser/test_picture.py",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    scope: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), scope)
    assert capsys.readouterr().out.startswith(("(300, 451, 1)", "138357544 15470264320 "))


def test_commands_are_those_that_tests_run() -> None:
    assert [line for block in blocks("sh") for line in block.splitlines()] == list(COMMANDS)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {command.split()[1] for command in COMMANDS if command.startswith("make ")} <= targets


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_ranges_that_this_environment_meets(file: str) -> None:
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-r")):
            requirement = Requirement(line)
            assert {"<"} <= {part.operator for part in requirement.specifier}, line
            assert requirement.specifier.contains(version(requirement.name)), line


def test_pictures_and_links_are_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).is_file(), target


def test_the_table_lists_every_page() -> None:
    titles = re.findall(r'\("\w+\.py", "([^"]+)"', (ROOT / "pages" / "main.py").read_text(encoding="utf-8"))
    assert titles
    for title in titles:
        assert re.search(rf"^\| (\w[^|]* > )?{re.escape(title)} \|", README, re.MULTILINE), title
