# One Makefile for the whole tree. It works from a fresh clone:
#
#   make            configures and builds roostd and roostctl into build/release, installs nothing
#   make check      every test; make demo: a whole exchange on this machine; make help: the rest
#
# A variant is a build kind with its own folder: release, clang, asan, tsan, coverage, fuzz; V=1
# shows the commands. Files are found by folder: a new .c file in rib/, policy/ or bgpd/*/ joins
# its library, a new tests/unit/AREA/test_X.c becomes a test program that links no more than its
# storey may use.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

# These need nothing built or first install what configure needs; all others want
# build/config.mk at once.
UNCONFIGURED := help check demo bench model fuzz lint docs format clean distclean
ifneq ($(filter-out $(UNCONFIGURED),$(or $(MAKECMDGOALS),all)),)
-include build/config.mk
endif
VARIANT ?= release
B := build/$(VARIANT)

# The C library's checks need optimisation; clang 14 refuses to zero variables without a warning.
HARDENED := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
SANITIZED := -DROOST_CHECK_EMITTED -O1 -fno-omit-frame-pointer \
    -fsanitize=address,undefined -fno-sanitize-recover=all

FLAGS_release := $(HARDENED) $(HARDENING)
FLAGS_clang := $(HARDENED) $(filter-out -ftrivial-auto-var-init=zero,$(HARDENING))
FLAGS_asan := $(SANITIZED)
FLAGS_tsan := -O1 -fsanitize=thread
FLAGS_coverage := -O0 --coverage
FLAGS_fuzz := $(SANITIZED) -fsanitize=fuzzer-no-link

ifneq ($(filter clang fuzz,$(VARIANT)),)
CC := clang
endif

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
    -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wundef -Werror
LIB_CFLAGS = $(sort $(EVENT_CFLAGS) $(YAML_CFLAGS) $(CRYPTO_CFLAGS) $(CHECK_CFLAGS) \
    $(JANSSON_CFLAGS) $(XXHASH_CFLAGS) $(SECCOMP_CFLAGS))
CFLAGS_ALL = -std=c17 -D_GNU_SOURCE -DROOST_VERSION='"$(VERSION)"' -g -fPIE $(WARNINGS) \
    $(FLAGS_$(VARIANT)) $(LIB_CFLAGS) $(CFLAGS) -I.
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now $(FLAGS_$(VARIANT)) $(LDFLAGS)

RIB_SRC := $(wildcard rib/*.c)
POLICY_SRC := $(wildcard policy/*.c)
BGPD_AREAS := wire ipc conf feed session core control parent
CLI_SRC := $(wildcard bgpd/cli/*.c)
SIM_SRC := $(wildcard tests/sim/*.c)
MODEL_SRC := $(wildcard tests/model/*.c)
POLICYMODEL_SRC := $(wildcard tests/policymodel/*.c)
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
UNITS := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)

RIB_LIBS := $(XXHASH_LIBS)
BGPD_LIBS := $(EVENT_LIBS) $(YAML_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS) $(SECCOMP_LIBS)

ALL_LIBS := $(patsubst %,$(B)/lib%.a,$(BGPD_AREAS) base policy rib)
PROGRAMS := $(B)/roostd $(B)/roostctl
REPLAY_SRC := $(wildcard tests/replay/*.c)
TOOLS := $(B)/roost-sim $(B)/model/test_model $(B)/policymodel/test_policymodel $(B)/replay/replay

run = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$@'; )

.PHONY: all libs units tools help check demo bench model tsan coverage fuzz mutants matrix format lint \
    docs install clean distclean
all: $(PROGRAMS) ## build roostd and roostctl into build/release
libs: $(ALL_LIBS) $(B)/libcli.a ## compile everything of VARIANT that programs are linked from
units: $(UNITS) ## build all unit tests of VARIANT
tools: $(TOOLS) ## build simulator, models and scenario runner of VARIANT

build/config.mk: configure.ac bgpd/config.mk.in
	@mkdir -p build
	cd build && autoconf -I /usr/share/aclocal -o configure ../configure.ac
	cd build && ./configure -q --srcdir=..

$(B)/%.o: %.c build/config.mk
	@mkdir -p $(@D)
	$(call run,CC)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(B)/librib.a: $(RIB_SRC:%.c=$(B)/%.o)
$(B)/libpolicy.a: $(POLICY_SRC:%.c=$(B)/%.o)
$(B)/libbase.a: $(B)/bgpd/clock.o $(B)/bgpd/event.o $(B)/bgpd/log.o $(B)/bgpd/utf8.o
$(foreach d,$(BGPD_AREAS), \
    $(eval $(B)/lib$(d).a: $(patsubst %.c,$(B)/%.o,$(wildcard bgpd/$(d)/*.c))))
$(B)/libcli.a: $(patsubst %.c,$(B)/%.o,$(filter-out bgpd/cli/main.c,$(CLI_SRC)))
$(B)/libsim.a: $(patsubst %.c,$(B)/%.o,$(filter-out tests/sim/main.c,$(SIM_SRC)))
$(B)/lib%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(call run,AR)ar rcs $@ $^

link = $(call run,LINK)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ \
    -Wl,--start-group $^ -Wl,--end-group
$(B)/roostd: $(B)/bgpd/main.o $(ALL_LIBS)
	$(link) $(BGPD_LIBS) $(RIB_LIBS)
$(B)/roostctl: $(B)/bgpd/cli/main.o $(B)/libcli.a \
    $(foreach area,conf ipc base policy rib,$(B)/lib$(area).a)
	$(link) $(JANSSON_LIBS) $(YAML_LIBS) $(RIB_LIBS)
$(B)/roost-sim: $(B)/tests/sim/main.o $(B)/libsim.a
	$(link) $(ZLIB_LIBS)
$(B)/bench/judge: $(B)/tests/bench/judge.o \
    $(foreach area,feed conf ipc base policy rib,$(B)/lib$(area).a)
	$(link) $(YAML_LIBS) $(JANSSON_LIBS) $(RIB_LIBS)

# The storeys: a test of rib links rib alone, a test of policy links policy and rib, a test of an
# area of bgpd what that area may use; simulator and command line stand beside the daemon.
USES_event := base
USES_wire := wire base rib
USES_ipc := ipc base
USES_conf := conf ipc base policy rib
USES_feed := feed conf ipc base policy rib
USES_parent := parent feed conf ipc base policy rib
USES_session := session wire conf ipc base policy rib
$(B)/unit/rib/%: $(B)/tests/unit/rib/%.o $(B)/librib.a
	$(link) $(CHECK_LIBS) $(RIB_LIBS)
$(B)/unit/policy/%: $(B)/tests/unit/policy/%.o $(B)/libpolicy.a $(B)/librib.a
	$(link) $(CHECK_LIBS) $(RIB_LIBS)
$(B)/unit/sim/%: $(B)/tests/unit/sim/%.o $(B)/libsim.a
	$(link) $(CHECK_LIBS) $(ZLIB_LIBS)
$(B)/unit/cli/%: $(B)/tests/unit/cli/%.o $(B)/libcli.a
	$(link) $(CHECK_LIBS) $(JANSSON_LIBS)
define AREA_TESTS
$$(B)/unit/$(1)/%: $$(B)/tests/unit/$(1)/%.o $(patsubst %,$$(B)/lib%.a,$(USES_$(1)))
	$$(link) $$(CHECK_LIBS) $$(BGPD_LIBS) $$(RIB_LIBS)
endef
$(foreach area,event wire ipc conf feed parent session,$(eval $(call AREA_TESTS,$(area))))
$(B)/unit/%: $(B)/tests/unit/%.o $(ALL_LIBS)
	$(link) $(CHECK_LIBS) $(BGPD_LIBS) $(RIB_LIBS)
$(B)/model/test_model: $(MODEL_SRC:%.c=$(B)/%.o) $(B)/libpolicy.a $(B)/librib.a
	$(link) $(CHECK_LIBS) $(RIB_LIBS)
$(B)/policymodel/test_policymodel: $(POLICYMODEL_SRC:%.c=$(B)/%.o) $(B)/libpolicy.a $(B)/librib.a
	$(link) $(RIB_LIBS)

# Its own clock stands in front of the libraries.
$(B)/replay/replay: $(REPLAY_SRC:%.c=$(B)/%.o) $(ALL_LIBS)
	$(link) $(BGPD_LIBS) $(RIB_LIBS)

# Fuzz targets
# In the fuzz variant libFuzzer brings main(); in all others it is replay_main.c, which gives the
# files that it is told to the target.
FUZZ_MAIN := $(if $(filter fuzz,$(VARIANT)),,$(B)/tests/fuzz/replay_main.o)
$(B)/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) \
    $(foreach area,wire feed conf ipc base policy rib,$(B)/lib$(area).a)
	$(link) $(if $(FUZZ_MAIN),,-fsanitize=fuzzer) $(YAML_LIBS) $(JANSSON_LIBS) $(RIB_LIBS)
$(B)/fuzz/fuzz_control: $(B)/tests/fuzz/fuzz_control.o $(FUZZ_MAIN) $(ALL_LIBS)
	$(link) $(if $(FUZZ_MAIN),,-fsanitize=fuzzer) $(BGPD_LIBS) $(RIB_LIBS)

# What runs things. Packages that are missing are named, then installed, by tests/deps.sh.
PYTHON := /usr/bin/python3

check: ## install what is missing, build all variants, run every test and lint
	@tests/deps.sh build check
	@tests/peers.sh
	@$(PYTHON) tests/run_check.py

demo: ## a whole exchange on this machine; SECONDS=20 ends it by itself
	@tests/deps.sh build demo
	@$(MAKE) --no-print-directory -s VARIANT=release all build/release/roost-sim
	@$(PYTHON) tests/demo/demo.py $(SECONDS)

bench: ## measure against Debian's BIRD 2; BENCH="--only policy --runs 5", BENCH=--help for more
	@tests/deps.sh build bench
	@tests/peers.sh
	@$(MAKE) --no-print-directory -s VARIANT=release all build/release/roost-sim \
	    build/release/bench/judge
	@$(PYTHON) tests/bench/bench.py $(BENCH)

EVENTS ?= 20000000
POLICY_EVENTS ?= 2000000
SEED := $(or $(SEED),$(shell date +%s))
model: ## long random runs against the naive models; EVENTS=20000000 POLICY_EVENTS=2000000 SEED=now
	@tests/deps.sh build
	@$(MAKE) --no-print-directory -s VARIANT=release build/release/model/test_model \
	    build/release/policymodel/test_policymodel
	build/release/model/test_model $(EVENTS) $(SEED)
	build/release/policymodel/test_policymodel $(POLICY_EVENTS) $(SEED)

FUZZ_SECONDS ?= 60
fuzz: ## run every fuzz target for FUZZ_SECONDS=60, starting from its corpus
	@tests/deps.sh build check
	@$(PYTHON) tests/run_check.py --only fuzz --seconds $(FUZZ_SECONDS)

tsan: ## ring and log under ThreadSanitizer
	@$(PYTHON) tests/run_check.py --only tsan

coverage: ## unit tests and models with gcov counters; lines executed per file
	@$(MAKE) --no-print-directory -s VARIANT=coverage units tools
	@$(PYTHON) tests/coverage.py

mutants: export MUTANTS_CC = $(CC)
mutants: export MUTANTS_CFLAGS = $(CFLAGS_ALL)
mutants: export MUTANTS_LDFLAGS = $(LDFLAGS_ALL)
mutants: export MUTANTS_LIBRARIES = $(patsubst %,$(B)/lib%.a,$(BGPD_AREAS) cli base policy rib)
mutants: export MUTANTS_LIBS = $(CHECK_LIBS) $(BGPD_LIBS) $(RIB_LIBS)
mutants: ## take code out, row by row of docs/rfcs.md: do its tests notice? MUTANTS="--rows 50"
	@tests/deps.sh build check
	@tests/peers.sh
	@$(MAKE) --no-print-directory -s VARIANT=release all units tools
	@$(PYTHON) tests/mutants.py $(MUTANTS)

matrix: ## features x the daemons of Debian 12 as members; writes docs/interop.md
	@tests/deps.sh build check
	@tests/peers.sh
	@$(MAKE) --no-print-directory -s VARIANT=release all
	@ROOST_VARIANT=release ROOST_WRITE_PAGE=1 $(PYTHON) -m pytest -q -p no:cacheprovider \
	    tests/interop/test_matrix.py

lint: ## the lints alone
	@$(PYTHON) tests/run_check.py --only lint

format: ## clang-format all C files in place
	@find rib policy bgpd tests -name '*.[ch]' | xargs clang-format -i

docs: ## check the links of README.md and docs/
	@$(PYTHON) tests/lint/links.py

install: all ## copy roostd and roostctl under DESTDIR and the configured prefix
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(B)/roostd $(DESTDIR)$(PREFIX)/sbin/roostd
	install -m 755 $(B)/roostctl $(DESTDIR)$(PREFIX)/bin/roostctl

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 14

clean: ## remove what was built; the test daemons and the configuration stay
	rm -rf $(filter-out build/peers% build/con% build/auto%,$(wildcard build/*))

distclean: ## remove build/
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
