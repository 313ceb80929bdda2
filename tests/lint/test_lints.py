"""Each lint finds what it is for, in a small tree made for it, and names file and line."""
import os
import shutil
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
GOOD = "#include <stdint.h>\n\nint\none(void)\n{\n\treturn 1;\n}\n"
LONG = "int\nlong_one(void)\n{\n" + "\treturn 1;\n" * 81 + "}\n"
RFC = "## RFC 1\n| section | asks | where | test | why |\n|---|---|---|---|---|\n"
FINE = "| 1 | x | `rib/one.c:one` | `tests/unit/rib/test_one.c:first` | |\n"

# What stands in every tree.
OTHERS = {
    "README.md": "# Title\n",
    "policy/b.h": "",
    "rib/b.h": "",
    "bgpd/cli/b.h": "",
    "rib/one.c": f"{GOOD}\n/* int two(void) */\nint two(void);\n\nstatic int table[2] = {{1}};\n",
    "tests/unit/rib/test_one.c": "START_TEST(first)\n{\n}\nEND_TEST\n",
    "tests/sim/test_two.py": "def test_second():\n    pass\n",
    "tests/replay/one.rpl": 'scenario "1 2.3, 2.4: it is so"\n    peer A as 65001\n',
}

# lint, file, its content, what is said of it ("" for nothing)
CASES = [
    ("layers", "rib/a.c", GOOD, ""),
    ("layers", "rib/a.c", '#include "policy/b.h"\n', 'rib/a.c:1: may not include "policy/b.h"'),
    ("layers", "rib/a.c", '#include "b.h"\n', 'rib/a.c:1: "b.h" is not a path from the root'),
    ("layers", "rib/a.c", "\n#include <time.h>\n", "rib/a.c:2: <time.h> is not for"),
    ("layers", "rib/a.c", "x = time(NULL);\n", "rib/a.c:1: time() in a pure library"),
    ("layers", "rib/a.c", "/* x = time(NULL); */\n", ""),
    ("layers", "policy/a.c", 'fprintf(stderr, "");\n', "policy/a.c:1: fprintf()"),
    ("layers", "policy/a.c", "snprintf(b, 1, x);\n", ""),
    ("layers", "bgpd/core/a.c", '#include "bgpd/cli/b.h"\n', "bgpd/core/a.c:1: may not include"),
    ("layers", "bgpd/core/a.c", '#include "policy/b.h"\n', ""),
    ("layers", "tests/sim/a.c", '#include "rib/b.h"\n', "tests/sim/a.c:1: may not include"),
    ("layers", "tests/model/naive.c", '#include "rib/b.h"\n', "tests/model/naive.c:1: may not"),
    ("layers", "tests/policymodel/naive_a.c", '#include "policy/b.h"\n', "naive_a.c:1: may not"),
    ("layers", "tests/unit/rib/test_a.c", '#include "policy/b.h"\n', "test_a.c:1: may not"),
    ("names", "rib/a.c", GOOD.replace("one(", "two("), ""),
    ("names", "bgpd/a.c", GOOD.replace("int\none", "static int\none"), ""),
    ("names", "bgpd/a.c", GOOD, "rib/one.c:4: one() is defined in bgpd/a.c, too"),
    ("size", "rib/a.c", GOOD, ""),
    ("size", "rib/a.c", LONG, "rib/a.c:3: long_one() of 81 lines, at most 80"),
    ("size", "rib/a.h", "\n" * 801, "rib/a.h:801: file of 801 lines, at most 800"),
    ("text", "docs/a.md", "fine\n", ""),
    ("text", "docs/a.md", "one\ntwo " + "TO" + "DO\n", "docs/a.md:2: note to self"),
    ("text", "docs/a.md", "see /" + "root/x\n", "docs/a.md:1: path of one machine"),
    ("text", "docs/a.md", "build/peers/root/x\n", ""),
    ("text", "docs/a.md", "one \n", "docs/a.md:1: trailing whitespace"),
    ("text", "docs/a.md", "one\r\n", "docs/a.md:1: carriage return"),
    ("text", "docs/a.md", "one", "docs/a.md:1: no newline at the end"),
    ("text", "docs/a.dat", "\0", "docs/a.dat:1: neither UTF-8 text nor known data"),
    ("scripts", "tests/a.sh", "if\n", "tests/a.sh:2: "),
    ("scripts", "tests/a.sh", "#!/bin/sh\necho\n", "starts with #! but is not executable"),
    ("scripts", "tests/a.py", "x =\n", "tests/a.py:1: invalid syntax"),
    ("format", "rib/a.c", GOOD, ""),
    ("format", "rib/a.c", GOOD.replace("\t", "  "), "code should be clang-formatted"),
    ("links", "docs/a.md", "# One two\n[x](#one-two) [y](../README.md)\n", ""),
    ("links", "docs/a.md", "[x](b.md)\n", "docs/a.md:1: b.md: no such file"),
    ("links", "docs/a.md", "[x](#three)\n", "docs/a.md:1: #three: no such heading"),
    ("rfcs", "docs/rfcs.md", RFC + FINE, ""),
    ("rfcs", "docs/rfcs.md", RFC + FINE.replace(":one", ":table"), ""),
    ("rfcs", "docs/rfcs.md", RFC + FINE + "| 2 | x | - | - | why |\n", ""),
    ("rfcs", "docs/rfcs.md",
     RFC + "| 1 | x | `rib/one.c:one` | `tests/sim/test_two.py:test_second` | |\n", ""),
    ("rfcs", "docs/rfcs.md", RFC + FINE.replace("unit/rib/test_one.c:first", "replay/one.rpl:1_2_3"),
     ""),
    ("rfcs", "docs/rfcs.md", RFC + FINE.replace("unit/rib/test_one.c:first", "replay/one.rpl:1_2"),
     "docs/rfcs.md:4: tests/replay/one.rpl has no test 1_2"),
    ("rfcs", "docs/rfcs.md", RFC + FINE + "<!-- generated: cited -->\n<!-- end -->\n",
     "docs/rfcs.md:5: cited is not what"),
    ("rfcs", "docs/rfcs.md", "| [1](#rfc-1) | x |\n" + RFC + FINE, ""),
    ("rfcs", "docs/rfcs.md", "| [2](#rfc-2) | x |\n" + RFC + FINE,
     "docs/rfcs.md:1: RFC 2 stands in the first table or has a section, but not both"),
    ("rfcs", "docs/a.md", "", "docs/rfcs.md:1: no such page"),
    ("rfcs", "docs/rfcs.md", "", "docs/rfcs.md:1: no RFC at all"),
    ("rfcs", "docs/rfcs.md", RFC + FINE.replace(":one", ":two"),
     "docs/rfcs.md:4: rib/one.c does not define two"),
    ("rfcs", "docs/rfcs.md", RFC + FINE.replace("one.c:one", "three.c:one"),
     "docs/rfcs.md:4: rib/three.c: no such file"),
    ("rfcs", "docs/rfcs.md", RFC + FINE.replace(":first", ":one"),
     "docs/rfcs.md:4: tests/unit/rib/test_one.c has no test one"),
    ("rfcs", "docs/rfcs.md", "see `rib/one.c:none`\n" + RFC + FINE,
     "docs/rfcs.md:1: rib/one.c does not define none"),
    ("rfcs", "docs/rfcs.md", RFC + "| 1 | x | `rib/one.c:one` | none | why |\n",
     "docs/rfcs.md:1: no test in the table of RFC 1"),
    ("rfcs", "docs/rfcs.md", RFC + FINE + "| 2 | x | - | - | |\n",
     "docs/rfcs.md:5: no code or no test, and the last column does not say why"),
    ("rfcs", "docs/rfcs.md", RFC + FINE.replace("`rib/one.c:one`", "`one.c`"),
     'docs/rfcs.md:4: "`one.c`" in column where is not `file:name`'),
    ("rfcs", "docs/rfcs.md",
     RFC + FINE.replace("rib/one.c:one", "tests/sim/test_two.py:test_second"),
     "docs/rfcs.md:4: tests/sim/test_two.py does not belong into column where"),
    ("rfcs", "docs/rfcs.md", RFC + FINE + "| 2 | x | y |\n",
     "docs/rfcs.md:5: row of 3 columns, not 5"),
    ("rfcs", "docs/rfcs.md", RFC + FINE + RFC + FINE,
     "docs/rfcs.md:5: RFC 1 stands in line 1 already"),
    ("rfcs", "docs/rfcs.md", "## RFC 2\n" + RFC + FINE, "docs/rfcs.md:1: RFC 2 has no table"),
    ("rfcs", "docs/rfcs.md", RFC + FINE + "## Else\n" + RFC.split("\n", 1)[1] + FINE,
     "docs/rfcs.md:6: table under no heading of an RFC"),
]


@pytest.mark.parametrize("name,path,content,said", CASES,
                         ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)])
def test_lint(tmp_path, name, path, content, said):
    lint = tmp_path / "tests/lint"
    lint.mkdir(parents=True)
    for script in (f"{name}.py", "tree.py"):
        shutil.copy(os.path.join(HERE, script), lint / script)
    shutil.copy(os.path.join(HERE, "../../.clang-format"), tmp_path / ".clang-format")
    for other, text in OTHERS.items():
        (tmp_path / other).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / other).write_text(text)
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode())
    done = subprocess.run([sys.executable, str(lint / f"{name}.py")], capture_output=True,
                          text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == (1 if said else 0), done.stdout
    assert said in done.stdout
