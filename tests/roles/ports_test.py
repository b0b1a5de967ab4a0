#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The port rules, tried from everywhere to everywhere: five roles on a bridge, a host, an outside.

usage: ports_test.py HAYWARD-ROLE SITE-TOOL

What must be open is worked out here anew from the tables of example.py. First the
rules inside the roles are in force alone, then the host's alone, then both.
"""
import json
import pathlib
import socket
import struct
import subprocess
import sys
import time

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parent.parent / "lib")]
import example  # noqa: E402
import stations  # noqa: E402
import tap  # noqa: E402
from stations import Station, sh  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROLE_PROGRAM, SITE_TOOL = sys.argv[1:3]
OUTSIDE = {4: "192.0.2.2", 6: "2001:db8:1::2"}
PORTS = {"tcp": [21, 22, 25, 53, 80, 110, 443, 587, 873, 993, 2049, 3306, 5432, 8080, 40000, 40099, 40110],
         "udp": [53, 123, 5353]}
LISTENERS = [(port, protocol) for protocol, ports in PORTS.items() for port in ports]
SYSTEM, ALICE, BOB, SUBUID = 100, 20001, 20002, 165537
MAIL_PORTS = {25, 465, 587}


def has(text, port, protocol):
    return any(p["protocol"] == protocol and p["first"] <= port <= p["last"] for p in example.ports(text))


def flows(source, target, port, protocol):
    return any(f == source and t == target and has(p, port, protocol) for f, t, p in example.FLOWS)


def may(source, uid, target, port, protocol):
    """What the tables say, of a connection between two stations."""
    if target in example.ROLES and source in example.ROLES:
        is_direct = protocol == "tcp" and port == 25 and uid is not None and uid >= example.UIDS[0]
        return flows(source, target, port, protocol) and not is_direct
    if target in example.ROLES:
        return has(example.TABLES[target][0], port, protocol)
    _, connects, system = example.TABLES[source]
    if uid is None:  # seen by the host, which knows no uids
        return may(source, SYSTEM, target, port, protocol) or may(source, ALICE, target, port, protocol)
    if uid >= example.UIDS[0]:
        return has(connects, port, protocol) and not (protocol == "tcp" and port in MAIL_PORTS)
    return has(system, port, protocol)


def address(name, family):
    if name == "outside":
        return OUTSIDE[family]
    return example.address(name) if family == 4 else example.address6(name)


class Scene:
    def __init__(self):
        self.stations = {name: Station(name, LISTENERS) for name in [*example.ROLES, "outside"]}
        self.folder = tap.new_folder("ports")
        self.accounts = [example.account("alice", ALICE), example.account("bob", BOB)]

    def tool(self, what):
        done = subprocess.run([SITE_TOOL, what], input=example.view("file", self.accounts), text=True,
                              stdout=subprocess.PIPE, check=True)
        return done.stdout

    def link(self):
        """The host is this process: a bridge with the containers, a wire to the outside."""
        pathlib.Path("/proc/sys/net/ipv6/conf/default/accept_dad").write_text("0")
        sh("ip link set lo up; ip link add hayward0 type bridge forward_delay 0; ip link set hayward0 up")
        for line in self.tool("settings").split():
            path, value = line.split("=")
            pathlib.Path("/proc/sys", path).write_text(value)
        sh("ip -batch -", self.tool("links"))
        for index, role in enumerate(example.ROLES):
            self.link_role(role, f"02:68:77:00:00:{index + 1:02x}")
        sh(f"""ip link add wire type veth peer name eth0 netns {self.stations['outside'].pid}
            ip link set wire up; ip addr add 192.0.2.1/24 dev wire; ip addr add 2001:db8:1::1/64 dev wire nodad""")
        self.stations["outside"].sh("""ip link set eth0 up; ip addr add 192.0.2.2/24 dev eth0
            ip addr add 192.0.2.3/24 dev eth0; ip addr add 2001:db8:1::2/64 dev eth0 nodad
            ip route add default via 192.0.2.1; ip -6 route add default via 2001:db8:1::1""")

    def link_role(self, role, hardware):
        sh(f"""ip link add hw-{role} type veth peer name eth0 netns {self.stations[role].pid}
            ip link set hw-{role} master hayward0; ip link set hw-{role} up""")
        self.stations[role].sh(f"""ip link set eth0 address {hardware}; ip link set eth0 up
            ip addr add {example.address(role)}/24 dev eth0; ip route add default via 10.77.0.1
            ip addr add {example.address6(role)}/64 dev eth0 nodad; ip -6 route add default via fe80::1 dev eth0""")

    def rules_of(self, role):
        folder = self.folder / role
        folder.mkdir(exist_ok=True)
        subprocess.run([ROLE_PROGRAM, "render", folder], input=example.view(role, self.accounts), text=True, check=True)
        text = (folder / "etc/nftables.conf").read_text()
        return text.replace("/usr/share/hayward/", f"{ROOT}/packaging/roles/common/tree/usr/share/hayward/")

    def load_role(self, role):
        self.stations[role].sh("nft -f -", self.rules_of(role))

    def load_roles(self):
        for role in example.ROLES:
            self.load_role(role)

    def load_host(self):
        sh("nft -f -", self.tool("rules"))

    def forget_neighbours(self):
        """While the bridge had no rules its containers heard of each other."""
        for role in example.ROLES:
            self.stations[role].sh("ip neigh flush dev eth0")

    def clear(self):
        for station in self.stations.values():
            station.sh("nft flush ruleset")
        sh("nft flush ruleset")


def matrix(scene, label, uids):
    """All that is called from each station in each way, against the tables; one check for each source and uid."""
    for source in scene.stations:
        for uid in uids if source != "outside" else [0]:
            told = uid if uid in (SYSTEM, ALICE) else (ALICE if uid == SUBUID else None)
            tried, wrong = attempt(scene, source, uid, told)
            tap.check(f"{label}: {source} as {uid} reaches what is declared, and nothing else ({tried} calls)",
                      not wrong, "\n".join(wrong))


def attempt(scene, source, uid, told):
    wanted, targets = [], []
    for target in scene.stations:
        for port, protocol in LISTENERS if target != source else []:
            for family in (4, 6):
                targets.append((address(target, family), port, protocol))
                wanted.append(may(source, told, target, port, protocol))
    outcomes = scene.stations[source].call(uid, *targets)
    wrong = [f"{target}: {outcome}" for target, outcome, want in zip(targets, outcomes, wanted)
             if (outcome == "open") != want]
    return len(targets), wrong


def try_loopback(scene):
    own = scene.stations["web"].call(BOB, ("127.0.0.1", 8080, "tcp"), (example.address("web"), 8080, "tcp"),
                                     ("::1", 3306, "tcp"), ("127.0.0.1", 5353, "udp"))
    tap.check("a customer's own listener answers within its role", own == ["open"] * 4, own)
    calls = [scene.stations[name].call(0, (example.address("web"), 8080, "tcp"))
             for name in ("outside", "shell", "mail")]
    tap.check("and nobody else", "open" not in calls, calls)


def try_telling(scene):
    time.sleep(2.2)  # the limits fill again
    calls = scene.stations["shell"].call(ALICE, (OUTSIDE[4], 8080, "tcp"), (OUTSIDE[6], 5432, "tcp"))
    tap.check("who is refused is told so", calls == ["refused"] * 2, calls)
    calls = scene.stations["outside"].call(0, (example.address("web"), 8080, "tcp"),
                                           (example.address6("web"), 3306, "tcp"))
    tap.check("outside as well", calls == ["refused"] * 2, calls)
    calls = scene.stations["shell"].call(BOB, *[(OUTSIDE[4], port, "tcp") for port in range(9000, 9120)])
    tap.check("at a limited rate", 10 <= calls.count("refused") <= 60 and "open" not in calls, calls)
    again = scene.stations["shell"].call(ALICE, (OUTSIDE[4], 8080, "tcp"))
    tap.check("of each account by itself", again == "refused", again)
    listed = scene.stations["shell"].sh("nft list set inet hayward refused")
    tap.check("and counted", f"{BOB} counter packets" in listed and f"{ALICE} counter packets" in listed, listed)


def count_of(scene, uid):
    listed = scene.stations["shell"].sh("nft list set inet hayward refused")
    return int(listed.split(f"{uid} counter packets ")[1].split()[0])


def try_reload(scene):
    shell, before = scene.stations["shell"], count_of(scene, BOB)
    held = shell.ask("hold", "web", ALICE, example.address("web"), 80)
    came = scene.stations["outside"].ask("hold", "ssh", 0, example.address("shell"), 22)
    for _ in range(5):
        scene.load_roles()
        scene.load_host()
    said = held + shell.ask("say", "web") + came + scene.stations["outside"].ask("say", "ssh")
    tap.check("a reload leaves connections and counters alone", said == "+x+x" and count_of(scene, BOB) == before, said)


def try_opening(scene):
    """V7: one destination, for a time; who still talks through it then is cut off."""
    shell, until = scene.stations["shell"], time.time() + 5
    others = [(OUTSIDE[4], 8080, "tcp"), ("192.0.2.3", 5432, "tcp"), (OUTSIDE[6], 5432, "tcp")]
    scene.accounts[0]["openings"] = [example.opening("shell", OUTSIDE[4], 5432, until)]
    scene.load_role("shell")
    tap.check("an opening needs the host, too", shell.call(ALICE, (OUTSIDE[4], 5432, "tcp")) != "open")
    scene.load_host()
    tap.check("an opening opens", shell.call(ALICE, (OUTSIDE[4], 5432, "tcp")) == "open")
    held = shell.ask("hold", "opening", ALICE, OUTSIDE[4], 5432) + shell.ask("say", "opening")
    calls = shell.call(ALICE, *others)
    tap.check("just that", held == "+x" and "open" not in calls, calls)
    bob = shell.call(BOB, (OUTSIDE[4], 5432, "tcp")), shell.call(SYSTEM, (OUTSIDE[4], 5432, "tcp"))
    web = scene.stations["web"].call(ALICE, (OUTSIDE[4], 5432, "tcp"))
    tap.check("to its owner in its role", "open" not in [*bob, web], [bob, web])
    time.sleep(max(0, until - time.time()) + 0.1)
    tap.check("and ends by itself", shell.call(ALICE, (OUTSIDE[4], 5432, "tcp")) != "open")
    tap.check("with the connections in it", shell.ask("say", "opening") == "-")
    scene.accounts[0]["openings"] = []


def try_six(scene):
    until = time.time() + 60
    scene.accounts[1]["openings"] = [example.opening("web", OUTSIDE[6], 5353, until, "udp")]
    scene.load_role("web")
    scene.load_host()
    web = scene.stations["web"]
    calls = web.call(BOB, (OUTSIDE[6], 5353, "udp"), (OUTSIDE[6], 123, "udp")), web.call(ALICE, (OUTSIDE[6], 5353, "udp"))
    tap.check("an opening of UDP over IPv6", calls[0][0] == "open" and calls[0][1] != "open" and calls[1] != "open", calls)
    scene.accounts[1]["openings"] = []


def try_standing(scene):
    scene.accounts[0]["standing"] = "suspended"
    scene.load_role("shell")
    targets = [(OUTSIDE[4], 80, "tcp"), (example.address("mail"), 587, "tcp")]
    alice, bob = (scene.stations["shell"].call(uid, *targets) for uid in (ALICE, BOB))
    tap.check("who is suspended calls nobody, its neighbour does", "open" not in alice and bob == ["open"] * 2,
              [alice, bob])
    scene.accounts[0]["standing"] = "open"
    scene.load_role("shell")


def try_near(scene):
    shell = scene.stations["shell"]
    sh("ip addr add 169.254.7.7/32 dev wire")
    calls = shell.call(ALICE, ("169.254.7.7", 80, "tcp"), ("10.77.0.1", 80, "tcp"), ("10.77.0.99", 80, "tcp"))
    tap.check("customers call no host of the site's network, and no link's", calls == ["refused"] * 3, calls)
    sh("ip addr del 169.254.7.7/32 dev wire")


def try_ping(scene):
    good = scene.stations["outside"].call(0, (example.address("web"), 0, "icmp"), (example.address6("mail"), 0, "icmp"))
    tap.check("a role can be asked whether it is there", good == ["open"] * 2, good)
    targets = [(OUTSIDE[4], 0, "icmp"), (OUTSIDE[6], 0, "icmp")]
    alice, root = (scene.stations["shell"].call(uid, *targets) for uid in (ALICE, 0))
    tap.check("system users ask outside, customers do not", root == ["open"] * 2 and "open" not in alice, [alice, root])


def octets(text):
    return bytes(int(part, 16) for part in text.split(":"))


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def frame(kind, payload, source="02:68:77:00:00:04"):
    gateway = octets(json.loads(sh("ip -j link show hayward0"))[0]["address"])
    return (gateway + octets(source) + struct.pack("!H", kind) + payload).hex()


def arp(address, hardware="02:68:77:00:00:04"):
    return struct.pack("!HHBBH", 1, 0x800, 6, 4, 2) + octets(hardware) + socket.inet_aton(address) + \
        bytes(6) + socket.inet_aton("10.77.0.1")


def syn(source, to, port):
    tcp = struct.pack("!HHIIBBHHH", 4444, port, 1, 0, 5 << 4, 2, 1024, 0, 0)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 64, 6, 0, socket.inet_aton(source), socket.inet_aton(to))
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp


def advertisement(source, target, kind=136):
    """A neighbour's (136) or a router's (134) word about an address."""
    body = struct.pack("!BBHI16s", kind, 0, 0, 0x60000000, socket.inet_pton(socket.AF_INET6, target))
    ends = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, "fe80::1")
    total = checksum(ends + struct.pack("!II", len(body), 58) + body)
    return struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + ends + body[:2] + struct.pack("!H", total) + body[4:]


def spoofed():
    return int(sh("nft list counter bridge hayward_site spoofed").split("packets ")[1].split()[0])


def try_spoofing(scene):
    """The web server's root, by raw frames: what no rule inside could keep it from."""
    shell, shell6, web6 = example.address("shell"), example.address6("shell"), example.address6("web")
    local = "fe80::68:77ff:fe00:4"
    frames = [
        ("an honest ARP answer", False, frame(0x806, arp(example.address("web")))),
        ("an honest call", False, frame(0x800, syn(example.address("web"), example.address("mail"), 25))),
        ("an honest advertisement", False, frame(0x86dd, advertisement(web6, web6))),
        ("an honest advertisement of the link's", False, frame(0x86dd, advertisement(local, local))),
        ("an ARP answer for the shell server", True, frame(0x806, arp(shell))),
        ("an ARP answer with another's hardware address", True, frame(0x806, arp("10.77.0.5", "02:68:77:00:00:05"))),
        ("a call with the shell server's address", True, frame(0x800, syn(shell, example.address("mail"), 993))),
        ("a call with an address outside", True, frame(0x800, syn("198.51.100.7", OUTSIDE[4], 80))),
        ("an advertisement of the shell server's address", True, frame(0x86dd, advertisement(web6, shell6))),
        ("an advertisement from the shell server's address", True, frame(0x86dd, advertisement(shell6, shell6))),
        ("an advertisement of the host's address", True, frame(0x86dd, advertisement(local, "fe80::1"))),
        ("an advertisement of a router", True, frame(0x86dd, advertisement(local, web6, 134))),
        ("another's hardware address", True, frame(0x806, arp("10.77.0.5"), "02:68:77:00:00:05")),
        ("a frame of another VLAN", True, frame(0x8100, b"\0\1\x08\0" + syn("10.77.0.5", "10.77.0.4", 25))),
        ("a protocol of its own", True, frame(0x88b5, b"x" * 46)),
    ]
    for what, is_false, bytes_ in frames:
        before = spoofed()
        scene.stations["web"].ask("frame", bytes_)
        time.sleep(0.05)
        tap.check(f"{what} {'is stopped at the interface' if is_false else 'goes through'}",
                  (spoofed() > before) == is_false)


def try_host_alone(scene):
    for role in example.ROLES:
        scene.stations[role].sh("nft flush ruleset")
    own = scene.stations["shell"].call(ALICE, (example.address("web"), 80, "tcp"), (example.address("web"), 8080, "tcp"))
    tap.check("the host alone keeps roles apart", own[0] == "open" and own[1] != "open", own)
    here = scene.stations["web"].call(0, ("10.77.0.1", 2222, "tcp"), ("fe80::1%eth0", 2222, "tcp"))
    tap.check("and the host itself closed", here == ["refused"] * 2, here)


def try_crossing(scene):
    """Frames straight to another container's hardware address, which no rule of the host's routes."""
    before = sh("nft list counter bridge hayward_site crossed")
    said = scene.stations["web"].sh(
        "ip neigh replace 10.77.0.6 lladdr 02:68:77:00:00:05 dev eth0; "
        f"cd {pathlib.Path(__file__).parent}; python3 -c 'import stations; "
        "print(stations.call([(\"10.77.0.6\", 22, \"tcp\"), (\"10.77.0.6\", 8080, \"tcp\")]))'; ip neigh del 10.77.0.6 dev eth0")
    after = sh("nft list counter bridge hayward_site crossed")
    tap.check("nothing crosses the bridge", "open" not in said and before != after, said + before + after)


def try_zone_of_time(scene):
    scene.accounts[0]["openings"] = [example.opening("shell", OUTSIDE[4], 5432, 1900000000)]
    rules = scene.rules_of("shell")
    listed = scene.stations["shell"].sh(
        "TZ=America/New_York nft -f -; TZ=UTC nft list chain inet hayward openings", rules)
    tap.check("an end is the same in every time zone", "2030-03-17 17:46:40" in listed, listed)
    scene.accounts[0]["openings"] = []


def main():
    tap.need_root("nft", "nftables")
    tap.enter_namespaces()
    scene = Scene()
    try:
        scene.link()
        matrix_without_rules = scene.stations["outside"].call(0, (example.address("web"), 8080, "tcp"))
        tap.check("without rules everything is open", matrix_without_rules == "open", matrix_without_rules)
        scene.load_roles()
        matrix(scene, "inside", [SYSTEM, ALICE, SUBUID])
        scene.clear()
        scene.load_host()
        scene.forget_neighbours()
        matrix(scene, "host", [0])
        scene.load_roles()
        for check in (try_loopback, try_telling, try_reload, try_opening, try_six, try_standing, try_near, try_ping,
                      try_zone_of_time, try_spoofing, try_host_alone, try_crossing):
            check(scene)
    finally:
        subprocess.run(["rm", "-rf", scene.folder], check=False)
    tap.end()


main()
