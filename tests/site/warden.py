# SPDX-License-Identifier: Apache-2.0
"""haywardd on the host of a site, as installed: it holds what the policy says in every role."""
import json
import shutil
import subprocess
import sys
import textwrap

import host

# Whether a mail has come is asked again and again here, by POP.
LOOKED_INTO = "".join(f"""
exception A15 for client {address} {{
    until   2999-12-31
    by      "staff"
    because "who waits for mails in a test"
}}
""" for address in (host.OUTSIDE, host.OUTSIDE6))


class Warden:
    def __init__(self, site):
        self.site, self.process = site, None
        self.scene = site.scene

    def prepare(self, policy=""):
        """Its configuration, and the command where the enforcer runs it from, over this machine's for this test alone.

        The policy comes on top of the shipped one.
        """
        shutil.copytree(host.SOURCE / "notices", self.scene / "notices")
        (self.scene / "policy.d/90-more.policy").write_text(LOOKED_INTO + policy)
        for name in ("upper", "work"):
            (self.scene / "bin" / name).mkdir(parents=True)
        host.must("mount", "-t", "overlay", "overlay", "-o",
                  f"lowerdir=/usr/bin,upperdir={self.scene}/bin/upper,workdir={self.scene}/bin/work", "/usr/bin")
        shutil.copy(self.site.hayward_program, "/usr/bin/hayward")
        self.site.configuration.write_text(textwrap.dedent(f"""\
            host common.example
            mode enforce
            operator staff@common.example
            state {self.scene}/state
            passwd {self.scene}/state/site/passwd
            accounts {self.scene}/state/site/accounts.conf
            uid-first 20000
            uid-last 59999
            uid-floor 20000
            gather 0s
            access-logs "{self.scene}/state/site/containers/hayward-web/kept/var/log/hayward-web/{{account}}/access.log"
            database-interval 2s
            stored-mail-interval 3s
            breaker-least 9
        """))

    def start(self):
        """Whether it serves."""
        log = open(self.scene / "log", "a")
        self.process = subprocess.Popen([self.site.build / "haywardd", "--config", self.site.configuration, "--foreground",
                                         "--notices", self.scene / "sent"], stdout=log, stderr=log)
        return host.wait_until(lambda: self.staff("usage", "--account", "alice").returncode == 0, 30)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def log(self):
        path = self.scene / "log"
        return path.read_text() if path.exists() else ""

    def staff(self, *words):
        return subprocess.run([self.site.hayward_program, *words], capture_output=True, text=True, timeout=100)

    def ask(self, *words):
        """The answer of the command as --json has it; {} if there is none."""
        run = self.staff("--json", *words)
        return json.loads(run.stdout) if run.returncode == 0 and run.stdout else {}

    def cases(self, account, clause=""):
        """All of that account's, of a clause if one is given."""
        return [case for case in self.ask("cases", "--all").get("cases", [])
                if case["account"] == account and clause in ("", case["clause"])]

    def has_case(self, account, clause, state=""):
        return any(state in case["state"] for case in self.cases(account, clause))

    def script(self, account, end):
        """What is known of an account's script whose path ends so; {} if nothing is."""
        found = [row for row in self.ask("show", account, "--scripts").get("scripts", []) if row["script"].endswith(end)]
        return found[0] if found else {}

    def deeds(self, account, clause):
        """What the evidence of such a case says was done."""
        return [deed.get("deed") or "" for case in self.cases(account, clause)
                for deed in self.ask("case", str(case["case"]))["case"]["evidence"]]

    def done(self, account, clause):
        """What was done to an account for the sake of such a case, as verbs."""
        return [order["verb"] for case in self.cases(account, clause)
                for order in self.ask("case", str(case["case"]))["case"]["orders"] if order["state"] == "done"]

    def wrote(self, account, text=""):
        """Whether a mail to the account has that text."""
        return subprocess.run([sys.executable, host.SOURCE / "tests/lib/mails.py", self.scene / "sent",
                               f"{account}@elsewhere.example", text], capture_output=True).returncode == 0
