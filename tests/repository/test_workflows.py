"""The workflows: what builds may not publish, and nothing that runs is a moving target."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"uses: ([\w./-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$")
# What runs code of the repository, or of somebody it installs.
BUILDS = re.compile(r"\b(make|pip|python3?|npm|npx|node|docker|bash|sh|apt-get)\b")


def faults(text: str) -> Iterator[str]:
    """Say what a workflow does that it must not."""
    workflow = yaml.safe_load(text)
    if "pull_request_target" in workflow[True]:  # YAML reads the key `on` as true
        yield "pull_request_target runs a stranger's code with our permissions"
    if workflow.get("permissions") != {}:
        yield "the workflow itself has permissions"
    for line in text.splitlines():
        if "uses:" in line and not PINNED.search(line):
            yield f"not pinned by commit and version: {line.strip()}"
    for name, job in workflow["jobs"].items():
        yield from (f"{name}: {fault}" for fault in faults_of_job(job))


def faults_of_job(job: dict) -> Iterator[str]:
    """Say what a job does that it must not."""
    if "permissions" not in job:
        yield "no permissions of its own"
    if "timeout-minutes" not in job:
        yield "no limit of time"
    writes = "write" in str(job.get("permissions"))
    for step in job["steps"]:
        uses, runs = step.get("uses", ""), step.get("run", "")
        checks_out = uses.startswith("actions/checkout@")
        if checks_out and step.get("with", {}).get("persist-credentials") is not False:
            yield "checkout leaves its token in .git/config"
        if writes and (checks_out or BUILDS.search(runs)):
            yield f"may write, and builds: {uses or runs}"
        for expression in re.findall(r"\$\{\{\s*(.*?)\s*\}\}", runs):
            if not expression.startswith("matrix."):
                yield f"{expression} is pasted into a script"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_can_do_no_more_than_it_must(path):
    assert list(faults(path.read_text(encoding="utf-8"))) == []


GOOD = """
on: push
permissions: {}
jobs:
  build:
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567 # v1.2.3
        with:
          persist-credentials: false
      - run: make ${{ matrix.end }}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("on: push", "on: [pull_request_target]", "pull_request_target runs"),
        ("permissions: {}", "", "the workflow itself has permissions"),
        ("permissions: {}", "permissions: write-all", "the workflow itself"),
        ("@0123456789abcdef0123456789abcdef01234567 # v1.2.3", "@v4", "not pinned by"),
        (" # v1.2.3", "", "not pinned by commit and version"),
        ("    timeout-minutes: 5\n", "", "build: no limit of time"),
        (
            "    permissions:\n      contents: read\n",
            "",
            "build: no permissions of its",
        ),
        ("contents: read", "contents: write", "build: may write, and builds: make"),
        ("persist-credentials: false", "fetch-depth: 1", "build: checkout leaves its"),
        ("matrix.end", "github.head_ref", "build: github.head_ref is pasted into a"),
    ],
)
def test_each_fault_is_found(right, wrong, fault):
    assert list(faults(GOOD)) == []
    assert right in GOOD
    assert any(fault in found for found in faults(GOOD.replace(right, wrong, 1)))


def test_one_action_is_pinned_to_one_commit():
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := PINNED.search(line):
                pins.setdefault(found[1], set()).add(line.split("@")[1])
    assert len(pins) >= 5
    assert {action for action, commits in pins.items() if len(commits) > 1} == set()


def test_the_code_is_tested_on_every_python_that_is_promised():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest = re.search(r'requires-python = ">=(3\.\d+)"', project)[1]
    jobs = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())["jobs"]
    tested = jobs["pythons"]["strategy"]["matrix"]["python"]
    assert tested == ["3.11", "3.12", "3.13", "3.14"]
    assert tested[0] == oldest
    jobs = yaml.safe_load((ROOT / ".github/workflows/scheduled.yml").read_text())[
        "jobs"
    ]
    ends = jobs["versions"]["strategy"]["matrix"]["include"]
    newest = [run["python"] for run in ends if run["end"] == "newest"]
    assert newest == tested
    assert {"end": "oldest", "python": oldest} in ends


def test_the_scheduled_report_waits_for_every_check():
    jobs = yaml.safe_load((ROOT / ".github/workflows/scheduled.yml").read_text())[
        "jobs"
    ]
    assert set(jobs.pop("report")["needs"]) == jobs.keys()


def test_dependabot_watches_actions_python_and_npm():
    text = (ROOT / ".github/dependabot.yml").read_text(encoding="utf-8")
    updates = yaml.safe_load(text)["updates"]
    watched = {item["package-ecosystem"]: item["directory"] for item in updates}
    assert watched.keys() == {"github-actions", "pip", "npm"}
    manifest = {"pip": "pyproject.toml", "npm": "package-lock.json"}
    for ecosystem, name in manifest.items():
        assert (ROOT / watched[ecosystem].lstrip("/") / name).is_file()


# --- what a message tells a reader to install ---------------------------------------


def test_nothing_tells_a_reader_to_install_the_course_by_its_bare_name():
    """No index has it: the name is free for anybody."""
    told = re.compile(r"pip install [^\n]*(?<![\w/.-])attention[-_]course\b(?! @)")
    assert told.search("pip install 'attention-course[pretrained]'")
    assert not told.search("pip install git+https://x.org/attention-course/name")
    assert not told.search("pip install -e '.[browser]'")
    for folder in ("src", "bookbuild", "book", ".github"):
        for path in (ROOT / folder).rglob("*.*"):
            if path.suffix in {".py", ".md", ".ipynb", ".yml", ".js"}:
                assert not told.search(path.read_text(encoding="utf-8")), path
    assert not told.search((ROOT / "README.md").read_text(encoding="utf-8"))
