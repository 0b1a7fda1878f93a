"""Exact versions and hashes out of pip's report, and what pip leaves out because it judges by its own Python."""

from __future__ import annotations

import pytest

from reconciler.commands.init.pins import NoPins, arguments, missing, requirements

A, B = "a" * 64, "b" * 64


def item(name, version="1.0", *, needs=(), info=None):
    """One package of a report."""
    info = {"archive_info": {"hashes": {"sha256": A}}} if info is None else info
    return {
        "metadata": {"name": name, "version": version, "requires_dist": list(needs)},
        "download_info": info,
    }


def test_requirements_are_exact_sorted_and_hashed():
    """One entry a package, by its normal name, whichever way this pip writes a hash."""
    old = {"archive_info": {"hash": f"sha256={B}"}}
    report = {"install": [item("Zebra.Tool", "2.0+x"), item("cxone-reconciler", info=old)]}
    lines = [line for line in requirements(report, "1.0").splitlines() if not line.startswith("#")]
    assert lines == [
        "cxone-reconciler==1.0 \\",
        f"    --hash=sha256:{B}",
        "zebra-tool==2.0+x \\",
        f"    --hash=sha256:{A}",
    ]


@pytest.mark.parametrize(
    "odd",
    [
        item("a", info={"dir_info": {}, "url": "file:///x"}),
        item("a", info={"archive_info": {"hashes": {"md5": A}}}),
        item("a\n--index-url https://evil.example.com"),
        item("a", "1.0 --pre"),
    ],
    ids=["folder", "md5", "name", "version"],
)
def test_what_cannot_be_pinned_is_refused(odd):
    """A package from no archive, or one whose name is a line of its own, comes into no requirements file."""
    with pytest.raises(NoPins):
        requirements({"install": [odd]}, "1.0")


def test_what_only_the_runners_python_needs_is_found():
    """By the markers of each package's metadata; extras, other systems and what is there already are not."""
    needs = (
        'typing-extensions>=4.5; python_version < "3.13"',
        'exceptiongroup>=1.0.2; python_version < "3.11"',
        'colorama; platform_system == "Windows"',
        "uvicorn>=0.30; extra == 'sandbox'",
        "There.Already; python_version >= '3'",
        "plain>=1",
    )
    report = {
        "install": [
            item("anyio", needs=needs),
            item("there-already"),
            {**item("x"), "metadata": {"name": "x", "version": "1"}},
        ]
    }
    assert missing(report) == ("typing-extensions>=4.5",)


@pytest.mark.parametrize(
    ("marker", "counts"),
    [
        ("python_version < '3.13'", True),
        ("python_version < '3.9'", False),
        ("'3.9' <= python_version", True),
        ("python_version != '3.12'", False),
        ("python_version == '3.12'", True),
        ("python_full_version >= '3.12.0'", True),
        ("python_full_version > '3.12.9'", False),
        ("sys_platform == 'linux' and python_version >= '3.12'", True),
        ("sys_platform == 'win32' or os_name == 'posix'", True),
        ("(sys_platform == 'win32' or os_name == 'posix') and extra == 'dev'", False),
        ("sys_platform != 'linux'", False),
        ("'linux' in sys_platform", True),
        ("platform_machine not in 'x86_64 aarch64'", False),
        ("python_version ~= '3.10'", True),
        ("python_version ~= '3.13'", False),
        ("python_version < 'new'", False),
        ("sys_platform < 'm'", False),
        ("platform_release >= '1'", False),
    ],
)
def test_markers_are_judged_by_the_runners_python(marker, counts):
    """3.12 on Linux, versions as numbers; nothing of the machine that `init` runs on."""
    assert missing({"install": [item("a", needs=[f"b~=1.4; {marker}"])]}) == (("b~=1.4",) if counts else ())


@pytest.mark.parametrize(
    "line", ["b; no_such_name == 'x'", "b; __import__('os').system('id')", "b; 3 < 4", "b;", "--index-url x"]
)
def test_a_requirement_that_cannot_be_read_is_never_passed_over(line):
    """No pins rather than one too few, and nothing of the line is executed."""
    with pytest.raises(NoPins, match="cannot be read"):
        missing({"install": [item("a", needs=[line])]})


def test_pip_is_asked_for_the_runners_wheels_and_for_no_host():
    """Wheels alone, of CPython 3.12 for Linux, from wherever this pip is told to look."""
    words = arguments("r.json", "t", ["cxone-reconciler==1.0"])
    assert words[words.index("--python-version") + 1] == "3.12"
    assert words[words.index("--only-binary") + 1] == ":all:"
    assert words.count("--platform") == 3
    assert not [word for word in words if "://" in word or "index" in word]
