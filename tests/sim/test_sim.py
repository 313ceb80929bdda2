"""roost-sim against itself and against a route server that breaks the protocol."""
import collections
import json
import socket
import struct
import subprocess
import threading

import naive_exchange
import plan
import pytest
from players import SIM, Namespace, Sim, lines, run_sim, write

ROUTES = """\
10.1.0.0/16|65001 3 4|i|10.99.1.1|5|1:2 3:4|0002fde800000001|1:2:3 4:5:6
10.2.0.0/16|65001 {5,6} 7|e|10.99.1.1|||||
10.3.0.0/17|65001 4200000001 7|?|10.99.1.1|4294967295||||70000
10.3.128.0/17|65001 3 4|i|10.99.1.1|5|1:2 3:4|0002fde800000001|1:2:3 4:5:6
0.0.0.0/0|65001|i|10.99.1.1|||||9|40:06: c0:07:0001117009090909 c0:c8:00ff01
2001:db8:1::/48|65001 3|i|2001:db8::1||65535:666|||
2001:db8:2::/49|65001 3|i|2001:db8::1 fe80::1|0|||
"""


@pytest.fixture(name="space")
def fixture_space():
    with Namespace() as space:
        space.ip("addr", "add", "10.99.0.0/16", "dev", "lo")
        yield space


def pair(tmp_path, space, options="", routes=ROUTES, passive_options=None):
    """A passive and an active simulator with one session between them."""
    write(tmp_path / "routes.txt", routes)
    write(tmp_path / "passive", "session local=10.99.0.1 peer=10.99.1.1 asn=65002 mode=passive "
          f"families=46 {options if passive_options is None else passive_options}")
    write(tmp_path / "active", "session local=10.99.1.1 peer=10.99.0.1 asn=65001 peer-asn=65002 "
          f"families=46 routes=routes.txt {options}")
    return (Sim(space, "--plan", f"{tmp_path}/passive", "--timeout", "10"),
            Sim(space, "--plan", f"{tmp_path}/active", "--timeout", "10"))


def expected_dump(text=ROUTES):
    found = []
    for line in text.splitlines():
        prefix, rest = line.split("|", 1)
        found.append(f"10.99.0.1|{prefix}|0|{rest}{'|' * (9 - rest.count('|') - 1)}")
    return sorted(found)


@pytest.mark.parametrize("options", ["", "as4=no", "md5=secret", "hold=3", "extended=yes",
                                     "enhanced=yes"])
def test_what_is_announced_arrives(tmp_path, space, options):
    passive, active = pair(tmp_path, space, options)
    with passive, active:
        passive.run("wait up", "wait eor", "wait count 10.99.0.1 7", f"dump {tmp_path}/dump")
        assert lines(tmp_path / "dump") == expected_dump()


def test_as4_on_one_side_only(tmp_path, space):
    passive, active = pair(tmp_path, space, "as4=no", passive_options="")
    with passive, active:
        passive.run("wait count 10.99.0.1 7", f"dump {tmp_path}/dump")
        assert lines(tmp_path / "dump") == expected_dump()


def test_a_wrong_md5_key_keeps_the_session_down(tmp_path, space):
    passive, active = pair(tmp_path, space, "md5=one", passive_options="md5=two")
    with passive, active:
        passive.run("wait ms 700", f"report {tmp_path}/json")
        assert json.loads((tmp_path / "json").read_text())["established"] == 0


def test_commands(tmp_path, space):
    passive, active = pair(tmp_path, space)
    with passive, active:
        passive.run("wait count 10.99.0.1 7")
        active.run("withdraw 10.99.1.1 10.1.0.0/16", "withdraw 10.99.1.1 2001:db8:1::/48",
                   "announce 10.99.1.1 10.9.0.0/16|65001 9 9|i|10.99.1.1|||||")
        passive.run("wait count 10.99.0.1 6")
        active.run("down all")
        passive.run("wait count 10.99.0.1 0")
        active.run("up all", "wait up")
        passive.run("wait count 10.99.0.1 6", f"dump {tmp_path}/dump")
        prefixes = [line.split("|")[1] for line in lines(tmp_path / "dump")]
        assert prefixes == ["0.0.0.0/0", "10.2.0.0/16", "10.3.0.0/17", "10.3.128.0/17",
                            "10.9.0.0/16", "2001:db8:2::/49"]
        active.run("kill 10.99.1.1")
        passive.run("wait count 10.99.0.1 0", f"report {tmp_path}/json")
        assert json.loads((tmp_path / "json").read_text())["sessions_lost"] == 2
        assert active.tell("down nobody").endswith("no such session")
        assert active.tell("dance").endswith("no such command")
        assert active.tell("announce 10.99.1.1 10.9.0.1/16|1|i|1.1.1.1").endswith("not a prefix")


def test_refresh_sends_everything_again(tmp_path, space):
    passive, active = pair(tmp_path, space)
    with passive, active:
        passive.run("wait count 10.99.0.1 7", "refresh all", "wait quiet 200",
                    f"report {tmp_path}/json")
        report = json.loads((tmp_path / "json").read_text())
        # One request for each family, each answered with the whole table.
        assert report["announced_in"] == 21 and report["repeated_in"] == 14
        assert report["routes"] == 7


def test_stall_and_resume(tmp_path, space):
    passive, active = pair(tmp_path, space, "rcvbuf=4096", routes="")
    with passive, active:
        passive.run("wait up", "stall 10.99.0.1")
        for number in range(1, 201):
            active.run(f"announce 10.99.1.1 10.7.{number}.0/24|65001 {number}|i|10.99.1.1||||")
        passive.run("wait ms 200", f"report {tmp_path}/json")
        assert json.loads((tmp_path / "json").read_text())["routes"] == 0
        passive.run("resume 10.99.0.1", "wait count 10.99.0.1 200")


def test_markers_are_timed(tmp_path, space):
    passive, active = pair(tmp_path, space)
    with passive, active:
        passive.run("wait up")
        active.run("wait eor", "mark 10.99.1.1 5 20", "wait marks", "wait quiet 50")
        passive.run("wait quiet 100", f"report {tmp_path}/json")
        # The passive side did not send them, so it takes no samples; it has had and lost the prefix.
        report = json.loads((tmp_path / "json").read_text())
        assert report["announced_in"] == 27 and report["withdrawn_in"] == 1
        assert report["propagation_us"]["samples"] == 0


def test_long_paths_are_cut_into_segments(tmp_path, space):
    path = " ".join(["65001"] * 300)
    routes = f"10.1.0.0/16|{path}|i|10.99.1.1|||||\n"
    for options in ("", "as4=no"):
        passive, active = pair(tmp_path, space, options, routes)
        with passive, active:
            passive.run("wait count 10.99.0.1 1", f"dump {tmp_path}/dump")
            assert lines(tmp_path / "dump") == expected_dump(routes)


def test_many_routes_share_messages(tmp_path, space):
    """1,100 prefixes of one set of attributes need two messages of 4,096 octets, not 1,100."""
    routes = "".join(f"10.{n // 256}.{n % 256}.0/24|65001 7|i|10.99.1.1|||||\n"
                     for n in range(1100))
    passive, active = pair(tmp_path, space, routes=routes)
    with passive, active:
        passive.run("wait count 10.99.0.1 1100", "wait eor", f"report {tmp_path}/json")
        assert json.loads((tmp_path / "json").read_text())["updates_in"] == 2 + 2


# What a route server must not send: (what the simulator says, body of the UPDATE).
def update(withdrawn=b"", attributes=b"", nlri=b""):
    return struct.pack(">H", len(withdrawn)) + withdrawn + \
        struct.pack(">H", len(attributes)) + attributes + nlri


ORIGIN = b"\x40\x01\x01\x00"
PATH = b"\x40\x02\x06\x02\x01\x00\x00\x00\x07"
HOP = b"\x40\x03\x04\x0a\x63\x01\x05"
GOOD = ORIGIN + PATH + HOP
NET = b"\x10\x0a\x01"
BAD_UPDATES = [
    ("lengths inside UPDATE", b"\x00\x09\x00\x00"),
    ("runs over the end of the attributes", update(attributes=GOOD + b"\x80\x04\x09", nlri=NET)),
    ("is missing", update(attributes=ORIGIN + HOP, nlri=NET)),
    ("without NEXT_HOP", update(attributes=ORIGIN + PATH, nlri=NET)),
    ("twice", update(attributes=GOOD + ORIGIN, nlri=NET)),
    ("ORIGIN is malformed", update(attributes=b"\x40\x01\x01\x03" + PATH + HOP, nlri=NET)),
    ("AS 0", update(attributes=ORIGIN + b"\x40\x02\x06\x02\x01\x00\x00\x00\x00" + HOP, nlri=NET)),
    ("neither set nor sequence",
     update(attributes=ORIGIN + b"\x40\x02\x06\x03\x01\x00\x00\x00\x07" + HOP, nlri=NET)),
    ("empty segment", update(attributes=ORIGIN + b"\x40\x02\x02\x02\x00" + HOP, nlri=NET)),
    ("ends inside a segment",
     update(attributes=ORIGIN + b"\x40\x02\x04\x02\x01\x00\x07" + HOP, nlri=NET)),
    ("AS_PATH is empty", update(attributes=ORIGIN + b"\x40\x02\x00" + HOP, nlri=NET)),
    ("no host address", update(attributes=ORIGIN + PATH + b"\x40\x03\x04\xe0\x00\x00\x01",
                               nlri=NET)),
    ("Optional or Transitive", update(attributes=b"\xc0\x01\x01\x00" + PATH + HOP, nlri=NET)),
    ("internal BGP", update(attributes=GOOD + b"\x40\x05\x04\x00\x00\x00\x64", nlri=NET)),
    ("Partial", update(attributes=GOOD + b"\xa0\x04\x04\x00\x00\x00\x64", nlri=NET)),
    ("COMMUNITIES", update(attributes=GOOD + b"\xc0\x08\x03\x00\x00\x00", nlri=NET)),
    ("COMMUNITIES", update(attributes=GOOD + b"\xc0\x08\x00", nlri=NET)),
    ("LARGE_COMMUNITY", update(attributes=GOOD + b"\xc0\x20\x04\x00\x00\x00\x01", nlri=NET)),
    ("AS4_PATH", update(attributes=GOOD + b"\xc0\x11\x06\x02\x01\x00\x00\x00\x07", nlri=NET)),
    ("without a prefix", update(attributes=GOOD)),
    ("longer than its family", update(attributes=GOOD, nlri=b"\x21\x0a\x01\x00\x00\x00")),
    ("over the end", update(attributes=GOOD, nlri=b"\x18\x0a\x01")),
    ("host bits", update(attributes=GOOD, nlri=b"\x09\x0a\xff")),
    ("host bits", update(withdrawn=b"\x09\x0a\xff")),
    ("not negotiated", update(attributes=b"\x80\x0f\x03\x00\x02\x01")),
    ("unknown family", update(attributes=b"\x80\x0f\x03\x00\x01\x02")),
    ("MP_REACH_NLRI without prefixes",
     update(attributes=ORIGIN + PATH + b"\x80\x0e\x09\x00\x01\x01\x04\x0a\x63\x01\x05\x00")),
]


def message(kind, body, marker=b"\xff" * 16):
    return marker + struct.pack(">HB", 19 + len(body), kind) + body


def play_server(listener, octets, more):
    """Opens a session as AS 65002, with more capabilities, and sends some octets."""
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(10)
        capabilities = b"\x41\x04" + struct.pack(">I", 65002) + more
        head = struct.pack(">BHH4sBBB", 4, 65002, 90, b"\x09\x09\x09\x09", 2 + len(capabilities),
                           2, len(capabilities))
        connection.sendall(message(1, head + capabilities) + message(4, b""))
        got = b""
        while got.count(b"\xff" * 16) < 2:
            got += connection.recv(4096)
        connection.sendall(octets)
        while connection.recv(65536):
            pass


def judge(tmp_path, space, octets, more=b"", options="", arguments=()):
    """What the simulator says of a server that sends these octets."""
    write(tmp_path / "plan", f"session local=10.99.1.1 peer=10.99.0.1 asn=65001 {options}")
    in_space = "import socket, sys; s = socket.create_server(('10.99.0.1', 179)); " \
               "c = socket.socket(socket.AF_UNIX); c.connect(sys.argv[1]); " \
               "socket.send_fds(c, [b'x'], [s.fileno()])"
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "door"))
        door.listen()
        subprocess.run(space.enter(["/usr/bin/python3", "-c", in_space, str(tmp_path / "door")]),
                       check=True)
        carrier, _ = door.accept()
        with carrier:
            _, descriptors, _, _ = socket.recv_fds(carrier, 1, 1)
    with socket.socket(fileno=descriptors[0]) as listener:
        server = threading.Thread(target=play_server, args=(listener, octets, more))
        server.start()
        ended = run_sim(space, "--plan", f"{tmp_path}/plan", "--seconds", "1", *arguments)
        server.join()
    return ended


@pytest.mark.parametrize("words,body", BAD_UPDATES, ids=range(len(BAD_UPDATES)))
def test_malformed_updates_are_loud(tmp_path, space, words, body):
    ended = judge(tmp_path, space, message(2, body))
    assert ended.returncode == 1
    assert "PROTOCOL ERROR" in ended.stderr and words in ended.stderr


@pytest.mark.parametrize("words,octets", [
    ("marker", message(4, b"", b"\xff" * 15 + b"\xfe")),
    ("unknown message type", message(6, b"")),
    ("bad message length", message(4, b"x")),
    ("bad message length", message(2, b"\x00" * 4078)),
    ("OPEN in the middle", message(1, b"\x04" + b"\x00" * 9)),
    ("ROUTE-REFRESH is malformed", message(5, b"\x00\x07\x00\x01")),
])
def test_malformed_messages_are_loud(tmp_path, space, words, octets):
    ended = judge(tmp_path, space, octets)
    assert ended.returncode == 1
    assert words in ended.stderr


def test_good_updates_are_not(tmp_path, space):
    ended = judge(tmp_path, space, message(2, update(attributes=GOOD, nlri=NET)) +
                  message(2, update(withdrawn=NET)) + message(2, update()) + message(4, b""))
    assert ended.returncode == 0 and ended.stderr == ""


def test_what_a_refresh_does_not_repeat_is_gone(tmp_path, space):
    """RFC 7313: between BoRR and EoRR everything comes again, the rest is stale."""
    begin, end = message(5, b"\x00\x01\x01\x01"), message(5, b"\x00\x01\x02\x01")
    first = message(2, update(attributes=GOOD, nlri=NET + b"\x10\x0a\x02" + b"\x10\x0a\x03"))
    again = message(2, update(attributes=GOOD, nlri=b"\x10\x0a\x02"))
    ended = judge(tmp_path, space, first + begin + again + end, b"\x46\x00", "enhanced=yes",
                  ("--dump", f"{tmp_path}/dump"))
    assert ended.returncode == 0, ended.stderr
    assert [line.split("|")[1] for line in lines(tmp_path / "dump")] == ["10.2.0.0/16"]


def test_path_ids_are_kept_apart(tmp_path, space):
    capability = b"\x45\x04\x00\x01\x01\x02"
    nlri = b"".join(struct.pack(">I", number) + NET for number in (1, 7))
    octets = message(2, update(attributes=GOOD, nlri=nlri)) + \
        message(2, update(withdrawn=struct.pack(">I", 1) + NET))
    ended = judge(tmp_path, space, octets, capability, "addpath=yes",
                  ("--dump", f"{tmp_path}/dump"))
    assert ended.returncode == 0, ended.stderr
    assert [line.split("|")[1:4] for line in lines(tmp_path / "dump")] == \
        [["10.1.0.0/16", "7", "7"]]


def test_count_only(tmp_path, space):
    octets = message(2, update(attributes=GOOD, nlri=NET + b"\x10\x0a\x02")) + \
        message(2, update(withdrawn=NET))
    ended = judge(tmp_path, space, octets, arguments=("--count-only", "--json",
                                                      f"{tmp_path}/json"))
    report = json.loads((tmp_path / "json").read_text())
    assert ended.returncode == 0
    assert (report["announced_in"], report["withdrawn_in"], report["routes"]) == (2, 1, 1)
    assert report["distinct_keys"] == 0


# The synthetic load.

def synthetic(tmp_path, members, routes, share):
    subprocess.run([SIM, "--synthetic", f"{members},{routes},{share}", "--write-plan",
                    str(tmp_path / "load")], check=True)
    return plan.read_plan(str(tmp_path / "load/plan.txt"))


@pytest.mark.parametrize("members,routes,share", [(20, 100, 3), (7, 40, 2), (5, 12, 5)])
def test_synthetic_distribution(tmp_path, members, routes, share):
    sessions = synthetic(tmp_path, members, routes, share)
    sources = collections.Counter()
    for session in sessions:
        own = [line.split("|", 1) for line in lines(session.routes)]
        sources.update(prefix for prefix, _ in own)
        assert abs(len(own) - routes) <= 2
        assert len({rest for _, rest in own}) == 8
    counts = collections.Counter(sources.values())
    distinct = 2 * members * routes // (share + 1)
    assert counts == {1: (distinct + 1) // 2, share: distinct // 2}


def test_recording_and_the_wire_baseline(tmp_path, space):
    """What a passive simulator sent is recorded, then sent again by the trivial sender."""
    sessions = synthetic(tmp_path, 4, 40, 2)
    announced = sum(len(lines(session.routes)) for session in sessions)
    for session in sessions:
        session.routes = ""
    plan.write_plan(str(tmp_path / "plan"), sessions, "members that only listen")
    with open(tmp_path / "server", "w", encoding="utf-8") as file:
        for session in sessions:
            file.write(f"session local=10.99.0.1 peer={session.local} asn=64500 mode=passive "
                       f"name=to-{session.local} routes=load/{session.local}.txt\n")
    with Sim(space, "--plan", f"{tmp_path}/server"):
        with Sim(space, "--plan", f"{tmp_path}/plan", "--record", f"{tmp_path}/record",
                 "--dump", f"{tmp_path}/first") as members:
            members.run("wait up", "wait eor", "wait quiet 200")
            assert members.end()[0] == 0
    sender = subprocess.Popen(space.enter([SIM, "--sender", f"{tmp_path}/record",
                                           "--peer", "10.99.0.1", "--sessions", "4"]),
                              stdout=subprocess.PIPE, text=True)
    with Sim(space, "--plan", f"{tmp_path}/plan", "--dump", f"{tmp_path}/second") as members:
        members.run("wait up", "wait eor", "wait quiet 200")
        assert members.end()[0] == 0
    out, _ = sender.communicate(timeout=10)
    assert json.loads(out)["sessions"] == 4
    assert lines(tmp_path / "first") == lines(tmp_path / "second")
    assert len(lines(tmp_path / "first")) == announced


def test_expectations_of_the_synthetic_load_are_the_models(tmp_path, space):
    """The counts that --synthetic expects, seen as expected in its report, and the model's."""
    sessions = synthetic(tmp_path, 9, 60, 3)
    model = naive_exchange.Exchange(sessions)
    model.load_routes()
    found = model.candidates()
    ended = run_sim(space, "--synthetic", "9,60,3", "--seconds", "1", "--json",
                    f"{tmp_path}/json")
    assert ended.returncode == 0
    for member in json.loads((tmp_path / "json").read_text())["members"]:
        receiver = model.sessions[member["name"]]
        assert member["expected"] == sum(model.best(receiver, r) is not None
                                         for r in found.values())


# Mistakes of the user.

@pytest.mark.parametrize("text,words", [
    ("session local=10.99.1.1", "a session needs"),
    ("session local=10.99.1.1 peer=10.99.0.1 asn=0", "has a wrong value"),
    ("session local=10.99.1.1 peer=10.99.0.1 asn=1 colour=red", "not a known key"),
    ("session local=10.99.1.1 peer=10.99.0.1 asn=1 routes=missing", "No such file"),
    ("sesion local=10.99.1.1", "begins with session or default"),
    ("session local=10.99.1.1 peer=10.99.0.1 asn=1\n" * 2, "twice"),
])
def test_a_wrong_plan(tmp_path, space, text, words):
    write(tmp_path / "plan", text)
    ended = run_sim(space, "--plan", f"{tmp_path}/plan")
    assert ended.returncode == 2 and words in ended.stderr


@pytest.mark.parametrize("route,words", [
    ("10.0.0.1/8|1|i|1.1.1.1", "not a prefix"),
    ("10.0.0.0/8|1 x|i|1.1.1.1", "no AS number"),
    ("10.0.0.0/8|1 {2|i|1.1.1.1", "not closed"),
    ("10.0.0.0/8|1|x|1.1.1.1", "origin"),
    ("10.0.0.0/8|1|i|1.1.1", "next hop"),
    ("10.0.0.0/8|1|i|1.1.1.1|4294967296", "MED"),
    ("10.0.0.0/8|1|i|1.1.1.1||1:65536", "community"),
    ("10.0.0.0/8|1|i|1.1.1.1|||123", "16 hex digits"),
    ("10.0.0.0/8|1|i|1.1.1.1||||1:2", "large"),
    ("10.0.0.0/8|1|i|1.1.1.1||||||zz", "flags:type:value"),
    ("10.0.0.0/8|1", "at least"),
])
def test_a_wrong_route(tmp_path, space, route, words):
    write(tmp_path / "routes", route + "\n")
    write(tmp_path / "plan", "session local=10.99.1.1 peer=10.99.0.1 asn=1 routes=routes")
    ended = run_sim(space, "--plan", f"{tmp_path}/plan")
    assert ended.returncode == 2 and words in ended.stderr and ":1:" in ended.stderr


def test_a_script_waits_only_so_long(tmp_path, space):
    write(tmp_path / "plan", "session local=10.99.1.1 peer=10.99.0.1 asn=1")
    write(tmp_path / "script", "wait up\n")
    ended = run_sim(space, "--plan", f"{tmp_path}/plan", "--script", f"{tmp_path}/script",
                    "--timeout", "1")
    assert ended.returncode == 3 and "wait up" in ended.stderr


def test_a_wrong_script_ends_the_run(tmp_path, space):
    write(tmp_path / "plan", "session local=10.99.1.1 peer=10.99.0.1 asn=1")
    write(tmp_path / "script", "at 50 dance\n")
    ended = run_sim(space, "--plan", f"{tmp_path}/plan", "--script", f"{tmp_path}/script")
    assert ended.returncode == 2 and "no such command" in ended.stderr
