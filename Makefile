# One Makefile for the whole tree. It works from a fresh clone:
#
#   make            installs nothing, configures, builds roostd and roostctl into build/release
#   make check      every test; make demo: a whole exchange on this machine
#
# A variant is a build kind with its own folder: release, asan, tsan, coverage, fuzz.
# Files are found by folder: a new .c file in rib/, policy/ or bgpd/*/ joins its library, a new
# tests/unit/AREA/test_X.c becomes a test program that links no more than its storey may use.

.DEFAULT_GOAL := all
-include build/config.mk
VARIANT ?= release
B := build/$(VARIANT)

FLAGS_release := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong
FLAGS_asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS_tsan := -O1 -fsanitize=thread
FLAGS_coverage := -O0 --coverage
FLAGS_fuzz := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link \
    -fno-sanitize-recover=all

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
    -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wundef -Werror
CFLAGS_ALL = -std=c17 -D_GNU_SOURCE -DROOST_VERSION='"$(VERSION)"' -g -fPIE $(WARNINGS) \
    $(FLAGS_$(VARIANT)) $(CFLAGS) -I.
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now $(FLAGS_$(VARIANT)) $(LDFLAGS)

RIB_SRC := $(wildcard rib/*.c)
POLICY_SRC := $(wildcard policy/*.c)
BGPD_SRC := $(wildcard bgpd/event.c bgpd/log.c $(foreach d,wire ipc conf session core control parent,bgpd/$(d)/*.c))
CLI_SRC := $(wildcard bgpd/cli/*.c)
SIM_SRC := $(wildcard tests/sim/*.c)
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
UNITS := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)

RIB_LIBS := $(XXHASH_LIBS)
BGPD_LIBS := $(EVENT_LIBS) $(YAML_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS) $(SECCOMP_LIBS)

.PHONY: all units clean
all: $(B)/roostd $(B)/roostctl
units: $(UNITS)

build/config.mk: configure.ac bgpd/config.mk.in
	@mkdir -p build
	autoconf -I /usr/share/aclocal -o build/configure configure.ac
	cd build && ./configure -q --srcdir=..

$(B)/%.o: %.c build/config.mk
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(B)/librib.a: $(RIB_SRC:%.c=$(B)/%.o)
$(B)/libpolicy.a: $(POLICY_SRC:%.c=$(B)/%.o)
$(B)/libbgpd.a: $(BGPD_SRC:%.c=$(B)/%.o)
$(B)/lib%.a:
	@rm -f $@
	ar rcs $@ $^

ALL_LIBS := $(B)/libbgpd.a $(B)/libpolicy.a $(B)/librib.a
$(B)/roostd: $(B)/bgpd/main.o $(ALL_LIBS)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(BGPD_LIBS) $(RIB_LIBS)
$(B)/roostctl: $(CLI_SRC:%.c=$(B)/%.o)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(JANSSON_LIBS)
$(B)/roost-sim: $(SIM_SRC:%.c=$(B)/%.o)
	$(CC) $(LDFLAGS_ALL) -o $@ $^

# The storeys: a test of rib links rib alone, a test of policy links policy and rib.
$(B)/unit/rib/%: $(B)/tests/unit/rib/%.o $(B)/librib.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS) $(RIB_LIBS)
$(B)/unit/policy/%: $(B)/tests/unit/policy/%.o $(B)/libpolicy.a $(B)/librib.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS) $(RIB_LIBS)
$(B)/unit/%: $(B)/tests/unit/%.o $(ALL_LIBS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS) $(BGPD_LIBS) $(RIB_LIBS)

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
