#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the manual pages against the lists that the code is made from.

usage: manual.py SOURCE-ROOT HAYWARD
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1])
hayward = sys.argv[2]
results = []


def check(what, problems):
    problems = list(problems)
    results.append(not problems)
    print(f"{'ok' if not problems else 'not ok'} {len(results)} - {what}")
    for problem in problems:
        print(f"# {problem}")


def page(name):
    return (root / "man" / name).read_text()


def source(name):
    """A source without its comments; what looks like one in a text stays."""
    return re.sub(r'("(?:\\.|[^"\\\n])*")|/\*.*?\*/', lambda found: found[1] or "",
                  (root / name).read_text(), flags=re.DOTALL)


def entries(text):
    """The words that begin the items of lists."""
    return set(re.findall(r"^\.It Ic (\S+)", text, re.MULTILINE))


def command_problems():
    text = page("hayward.1")
    sections = {m[0]: m[1] for m in re.findall(r"^\.Ss (\S+)(.*?)(?=^\.S[sh] )", text,
                                               re.MULTILINE | re.DOTALL)}
    commands = dict(re.findall(r'COMMAND\(\w+, "([\w-]+)",\s*"([^"]*)"',
                               source("src/main/hayward/commands.def")))
    if len(commands) < 15:
        yield f"only {len(commands)} commands found in commands.def"
    for name, synopsis in commands.items():
        if name not in sections:
            yield f"hayward.1 has no section '{name}'"
            continue
        for flag in re.findall(r"--([\w-]+)", synopsis):
            if f"Fl -{flag}" not in sections[name]:
                yield f"hayward.1, {name}: no --{flag}"
    for name in sections.keys() - commands.keys():
        yield f"hayward.1 has a section '{name}' that is no command"


def setting_problems():
    text = page("hayward.conf.5")
    settings = re.findall(r'(?:TEXT|TIME|COUNT|SIZE)\(\w+, "([^"]+)",[\s\\]*("[^"]*"|\d+),',
                          source("src/model/config.h"))
    if len(settings) < 20:
        yield f"only {len(settings)} settings found in config.h"
    for name, fallback in settings:
        item = re.search(rf"^\.It Ic {re.escape(name)}(?: Ar (.+))?$", text, re.MULTILINE)
        if not item:
            yield f"hayward.conf.5 has no setting '{name}'"
        elif fallback.startswith('"') and (item[1] or "") != fallback.strip('"'):
            yield f"hayward.conf.5, {name}: the default is {fallback}, not '{item[1]}'"
    if "panel" not in entries(text):
        yield "hayward.conf.5 does not tell of panels"
    for name in entries(text) - {name for name, _ in settings} - {"panel"}:
        yield f"hayward.conf.5 has '{name}', which is no setting"


def option_problems():
    text = page("haywardd.8")
    help_text = source("src/procs/options.c")
    options = set(re.findall(r'OPTION\(\s*\w+, "([\w-]+)"', help_text)) | {"set", "role"}
    if len(options) < 10:
        yield f"only {len(options)} options found in options.c"
    for name in sorted(options):
        if not re.search(rf"^\.It .*Fl -{name}\b", text, re.MULTILINE):
            yield f"haywardd.8 has no option --{name}"


def word_problems():
    known = entries(page("hayward.policy.5"))
    for table, macro in (("verbs", "VERB"), ("measures", "MEASURE")):
        names = re.findall(rf'^{macro}\(\w+, "([^"]+)"', source(f"src/model/{table}.def"),
                           re.MULTILINE)
        if len(names) < 10:
            yield f"only {len(names)} {table} found"
        for name in names:
            if name not in known:
                yield f"hayward.policy.5 does not know '{name}' of {table}.def"


def example_problems():
    """The example in the page is a policy: it has to check."""
    example = re.search(r"^\.Bd -literal.*?\n(.*?)^\.Ed", page("hayward.policy.5"),
                        re.MULTILINE | re.DOTALL)[1]
    with tempfile.NamedTemporaryFile("w", suffix=".policy") as file:
        file.write(example)
        file.flush()
        run = subprocess.run([hayward, "policy", "check", file.name], capture_output=True, text=True)
    if run.returncode:
        yield from (run.stdout + run.stderr).splitlines()


def lint_problems():
    for name in sorted((root / "man").glob("*.[158]")):
        run = subprocess.run(["mandoc", "-T", "lint", name], capture_output=True, text=True)
        for line in run.stdout.splitlines():
            if "referenced manual not found" not in line:
                yield line


check("each command has its section in hayward(1), with its flags", command_problems())
check("each setting stands in hayward.conf(5), with its default", setting_problems())
check("each option stands in haywardd(8)", option_problems())
check("each verb and measure stands in hayward.policy(5)", word_problems())
check("the example in hayward.policy(5) is a policy", example_problems())
if shutil.which("mandoc"):
    check("mandoc finds nothing wrong", lint_problems())
else:
    results.append(True)
    print(f"ok {len(results)} - mandoc finds nothing wrong # SKIP mandoc is not installed")
print(f"1..{len(results)}")
sys.exit(not all(results))
