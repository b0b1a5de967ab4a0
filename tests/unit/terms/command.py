#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`hayward policy` as people call it: output, exit statuses, files touched.

usage: command.py SOURCE HAYWARD

Add a test: a function whose name is what it shows; it gets a fresh folder.
"""
import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile

SOURCE, HAYWARD = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
SHIPPED = SOURCE / "policies"
DONE, USAGE, INVALID, NOT_FOUND, UNREACHED = 0, 1, 2, 3, 5
UGLY = 'terms "t" revision "1"\nclause A1 "T" for each account { says "At most {limit}." when disk.inodes>10 then warn }\n'
TESTS = [{"clause": clause, "half": half, "part": part, "result": "pass"}
         for clause, parts in (("A10", ("cpu", "memory")), ("U2", ("cpu", "memory")))
         for part in parts for half in ("break", "honest")]


def policy(*words, cwd="/"):
    run = subprocess.run([HAYWARD, "policy", *map(str, words)], capture_output=True, text=True, cwd=cwd)
    return run.returncode, run.stdout, run.stderr


def expect(value, wanted):
    assert value == wanted, f"{value!r} instead of {wanted!r}"


def rows_of(text):
    return {row["id"]: row for row in json.loads(text)}


def results_file(folder, commit="0" * 40, tests=TESTS):
    file = folder / "clauses.json"
    file.write_text(json.dumps({"commit": commit, "tests": tests}))
    return file


def shipped_files_check_clean(folder):
    status, out, complaints = policy("check", *sorted(SHIPPED.glob("*.policy")))
    expect((status, complaints), (DONE, ""))
    assert "12 promises, 5 plans, 6 roles" in out, out


def a_folder_stands_for_its_files(folder):
    expect(policy("check", SHIPPED)[0], DONE)
    expect(policy("check", folder)[0], NOT_FOUND)


def a_source_tree_needs_no_names(folder):
    if pathlib.Path("/etc/hayward/policy.d").is_dir():
        return "an installed policy comes first"
    expect(policy("check", cwd=SOURCE)[0], DONE)
    expect(policy("check", cwd=folder)[0], NOT_FOUND)


def mistakes_have_place_and_advice(folder):
    bad = folder / "bad.policy"
    bad.write_text('clause A1 "T" for each account {\n    when cpu.shares > 10% over 1m then warn }\n')
    status, out, complaints = policy("check", bad)
    expect((status, out), (INVALID, ""))
    assert f"{bad}:2:10: error: " in complaints and "did you mean 'cpu.share'?" in complaints, complaints


def wrong_words_are_usage(folder):
    for words in ((), ("chekc",), ("explain",), ("fmt",), ("coverage", "--hots")):
        expect(policy(*words)[0], USAGE)


def names_cannot_speak_to_the_terminal(folder):
    status, _, complaints = policy("check", folder / "\x1b]0;x\x07.policy")
    expect(status, NOT_FOUND)
    assert "\x1b" not in complaints, complaints


def includes_stay_in_their_folder(folder):
    (folder / "one.policy").write_text('include "more/*.policy"\n')
    (folder / "more").mkdir()
    (folder / "more/two.policy").write_text(UGLY)
    status, out, _ = policy("check", folder / "one.policy")
    expect((status, out.split(",")[0]), (DONE, "1 clauses"))
    for path in ("../*.policy", "/etc/*.policy", "none/*.policy"):
        (folder / "one.policy").write_text(f'include "{path}"\n')
        expect(policy("check", folder / "one.policy")[0], INVALID)


def explain_tells_all_parts_of_a_clause(folder):
    status, out, _ = policy("explain", "A15", SHIPPED)
    expect(status, DONE)
    for part in ("A15a", "A15b", "A15c"):
        assert f"{part}  " in out, out
    expect(policy("explain", "A99", SHIPPED)[0], NOT_FOUND)


def explain_as_json_has_the_ladder(folder):
    status, out, _ = policy("explain", "A10", "--json", SHIPPED)
    expect(status, DONE)
    clause, = json.loads(out)
    expect([step["after_ms"] for step in clause["then"]], [0, 86400000, 3 * 86400000])
    expect(clause["then"][1]["verbs"][0]["to"], "10%")
    expect([measure["name"] for measure in clause["measures"]], ["cpu.share", "memory.share"])
    expect(clause["soft"], True)


def render_makes_page_and_text(folder):
    status, page, _ = policy("render", "--title", "Terms of <b>us</b>", SHIPPED)
    expect(status, DONE)
    assert page.startswith("<!DOCTYPE html>") and "<h1>Terms of &lt;b&gt;us" in page
    assert "http://" not in page and "https://" not in page and "<script" not in page
    status, text, _ = policy("render", "--text", SHIPPED)
    expect(status, DONE)
    assert max(map(len, text.splitlines())) <= 78, max(text.splitlines(), key=len)


def a_full_disk_is_told(folder):
    with open("/dev/full", "w") as full:
        run = subprocess.run([HAYWARD, "policy", "render", SHIPPED], stdout=full, stderr=subprocess.PIPE)
    expect(run.returncode, INVALID)


def fmt_rewrites_what_differs(folder):
    file = folder / "ugly.policy"
    file.write_text(UGLY)
    file.chmod(0o640)
    status, out, _ = policy("fmt", "--check", file)
    expect((status, out.strip()), (INVALID, str(file)))
    expect(file.read_text(), UGLY)
    expect(policy("fmt", "-w", file)[0], DONE)
    expect(stat.S_IMODE(file.stat().st_mode), 0o640)
    expect(policy("fmt", "--check", file), (DONE, "", ""))
    expect(policy("fmt", file)[1], file.read_text())
    expect(os.listdir(folder), ["ugly.policy"])


def fmt_leaves_what_it_cannot_read(folder):
    file = folder / "bad.policy"
    file.write_text("clause {\n")
    expect(policy("fmt", "-w", file)[0], INVALID)
    expect(file.read_text(), "clause {\n")
    expect(policy("fmt", folder / "none.policy")[0], NOT_FOUND)


def coverage_is_what_tests_showed(folder):
    status, out, _ = policy("coverage", "--json", "--results", results_file(folder), SHIPPED)
    rows = rows_of(out)
    expect((status, len(rows)), (DONE, 57))
    expect((rows["A10"]["state"], rows["A10"]["for"]), ("live", ""))
    expect(rows["U2"]["state"], "in part")
    expect(rows["A6"]["state"], "waiting")
    expect((rows["A10"]["commit"], rows["A10"]["present"]), ("0" * 40, False))


def coverage_says_of_which_commit(folder):
    status, out, _ = policy("coverage", "--results", results_file(folder), SHIPPED)
    expect(status, DONE)
    assert "1 of 57 live, 1 in part, 55 waiting" in out, out
    assert "commit " + "0" * 40 in " ".join(out.split()) and "built from another" in " ".join(out.split()), out


def a_skipped_half_is_not_live(folder):
    skipped = [dict(test, result="skip", note="no BPF") if test["half"] == "break" else test for test in TESTS]
    rows = rows_of(policy("coverage", "--json", "--results", results_file(folder, tests=skipped), SHIPPED)[1])
    expect(rows["A10"]["state"], "waiting")
    assert "was skipped (no BPF)" in rows["A10"]["for"], rows["A10"]


def odd_results_are_refused(folder):
    expect(policy("coverage", "--results", folder / "none.json", SHIPPED)[0], NOT_FOUND)
    for text in ("", "[]", '{"tests": 1}', '{"tests": [1]}', '{"tests": [{"clause": "A10", "half": "most"}]}'):
        (folder / "odd.json").write_text(text)
        expect(policy("coverage", "--results", folder / "odd.json", SHIPPED)[0], INVALID)


def without_results_nothing_is_live(folder):
    if pathlib.Path("/usr/share/hayward/clauses.json").exists():
        return "installed results come next"
    status, out, _ = policy("coverage", SHIPPED, cwd=folder)
    expect(status, DONE)
    assert "0 of 57 live" in out and "No results of tests were found" in out, out


def the_manual_of_clauses_has_each_once(folder):
    page = (SOURCE / "docs/clauses.md").read_text()
    told = re.findall(r"^\| ([A-Z]\d+) \|", page, re.MULTILINE)
    rows = rows_of(policy("coverage", "--json", SHIPPED, cwd=folder)[1])
    expect(sorted(told), sorted(rows))


def a_host_without_daemon_cannot_answer(folder):
    expect(policy("coverage", "--host", "--socket", folder / "none", SHIPPED)[0], UNREACHED)


def main():
    tests = [value for value in globals().values()
             if callable(value) and getattr(value, "__code__", None)
             and value.__code__.co_varnames[:1] == ("folder",) and value.__name__ != "results_file"]
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        with tempfile.TemporaryDirectory() as folder:
            try:
                skipped = test(pathlib.Path(folder))
                print(f"ok {number} - {name}" + (f" # SKIP {skipped}" if skipped else ""))
            except (AssertionError, ValueError, KeyError, OSError) as error:
                failed += 1
                print(f"not ok {number} - {name}\n# {error!r}")
    return failed > 0


sys.exit(main())
