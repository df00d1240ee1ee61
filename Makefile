# nginx-gray: the front door.
#
#   make demo      installs what is missing, builds, and tells the story
#   make check     all tests
#   make           builds the module and the programs into build/
#   make install   installs them (DESTDIR, PREFIX, MODULES_DIR)
#   make web       the dashboard into build/web (grayd --web), with npm
#   make lint      format, include arrows, shell, Python, man pages, docs
#   make format    what clang-format says
#
#   make check-unit       the unit tests alone
#   make check-stories    the stories alone
#   make check-oracle     the decision against a second one, in Python
#   make faults           the faults in full, for as long as they take
#   make check-sanitize   all tests under AddressSanitizer and UBSan
#   make check-valgrind   some of them under valgrind
#   make check-nginx      the stories on trixie's nginx, compiled here
#   make check-static     nginx with the module compiled in
#   make coverage         which lines and branches the tests reach
#   make mutate           how many faults in the core its tests notice
#   make check-chroot     demo and check in a Debian with nothing installed
#   NGINX_SRC=/path       builds the module for this nginx tree

BUILD     ?= build
NGINX_SRC ?=
PREFIX    ?= /usr/local
CC        ?= cc

CFLAGS    ?= -O2 -g
GRAY_CFLAGS := -std=gnu17 -Wall -Wextra -Werror -fPIC -Isrc -MMD -MP
PYTEST    := /usr/bin/python3 -m pytest

MAKEFLAGS += --no-print-directory

# What stands on the command line (CFLAGS=…) reaches other makes in their
# environment, and not above their own settings: nginx's Makefile has CFLAGS
# with more in them.
MAKEOVERRIDES :=

# One short line for each command; V=1 shows the commands themselves.
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2) &&)

parts  := core store segment control
srcs    = $(wildcard src/$(1)/*.c)
objs    = $(patsubst %.c,$(BUILD)/obj/%.o,$(call srcs,$(1)))

# What src/nginx can be tested without nginx.
pure_nginx := $(wildcard src/nginx/memcached_*.c)

LIBS_core    := -lpcre2-8
LIBS_store   := -llmdb
LIBS_segment :=
LIBS_control := -ljansson -llmdb -lpcre2-8 -lcrypto -lz -lm -lpthread
LIBS_grayctl := $(LIBS_control) -lqrencode -lcurl
LIBS_grayd   := $(LIBS_control) -lmicrohttpd -lsystemd

all_objs := $(foreach p,$(parts),$(call objs,$(p)))

.PHONY: all module programs demo check check-unit check-stories check-nginx \
    check-static check-sanitize check-chroot unit-tests sanitized-programs \
    lint format install uninstall clean setup help
.DEFAULT_GOAL := all

all: programs module

programs: $(BUILD)/grayctl $(BUILD)/grayd

# Writes the text $(1) into $@, unless it stands there already.
keep = mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' >$@

$(BUILD)/flags: FORCE
	@$(call keep,$(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS))

FORCE:
.PHONY: FORCE

.PRECIOUS: $(BUILD)/obj/%.o
$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/grayctl: $(call objs,grayctl) $(all_objs)
	$(call say,LINK,$@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_grayctl)

$(BUILD)/grayd: $(call objs,grayd) $(all_objs)
	$(call say,LINK,$@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_grayd)

# --- the module, built by nginx's own build against Debian's nginx-dev or
# --- NGINX_SRC

include tools/module.mk

module: $(BUILD)/ngx_http_gray_module.so

include web/web.mk

# --- tests

unit_tests := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*/test_*.c))

define unit_rule
$(BUILD)/tests/unit/$(1)/%: tests/unit/$(1)/%.c $(2) $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(call say,TEST,$$<) $$(CC) $$(GRAY_CFLAGS) -DGRAY_UNIT \
	    -DGRAY_ROOT='"$(CURDIR)"' $$(CPPFLAGS) $$(CFLAGS) \
	    -Itests/unit -o $$@ $$< $$(filter %.o,$$^) $$(LDFLAGS) $$(WRAP) \
	    -lcmocka -lm $(3)
endef
$(eval $(call unit_rule,core,$(call objs,core),$(LIBS_core)))
$(eval $(call unit_rule,store,$(call objs,store),$(LIBS_store)))
$(eval $(call unit_rule,segment,$(call objs,segment),$(LIBS_segment)))
$(eval $(call unit_rule,control,$(all_objs),$(LIBS_control)))
$(eval $(call unit_rule,grayd,$(filter-out %/main.o,$(call objs,grayd)) \
    $(all_objs),$(LIBS_grayd)))
$(eval $(call unit_rule,grayctl,$(filter-out %/main.o,$(call objs,grayctl)) \
    $(all_objs),$(LIBS_grayctl)))
$(eval $(call unit_rule,nginx,$(patsubst %.c,$(BUILD)/obj/%.o,$(pure_nginx)),))

# Programs in which calls of src/ fail as the test says (failing.h).
comma := ,
$(BUILD)/tests/unit/%_failing: WRAP = $(addprefix -Wl$(comma)--wrap=,$(shell \
    sed -n 's|^[/ *]*FAILING_CALL.\([a-zA-Z0-9_]*\),.*|\1|p' \
    tests/unit/failing.h))

# Tests wait more than they compute. A file's tests run in one process, in turn.
TEST_JOBS ?= $(shell n=$$(nproc); echo $$((n < 4 ? n : 4)))
TOGETHER  := -n $(TEST_JOBS) --dist loadfile

STORIES := GRAY_BUILD=$(abspath $(BUILD)) $(PYTEST) -q -p no:cacheprovider

unit-tests: $(unit_tests)

check-unit: $(unit_tests)
	tools/run-unit $(BUILD) $(unit_tests)

# pytest also runs the unit tests (tests/test_unit.py), so that its closing
# line counts them.
check: setup-check all web-tests $(unit_tests)
	$(STORIES) $(TOGETHER) tests

check-stories: all
	$(STORIES) $(TOGETHER) tests/gateway tests/cli

# The same tests once more with nginx, the module and the programs built for
# finding memory errors. NGX_DEBUG_PALLOC makes every allocation from a pool
# one of its own, so that a use after a pool is gone is seen. What nginx itself
# does (a null pointer with no bytes, unaligned words) is left out.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
    -fno-sanitize=nonnull-attribute,pointer-overflow,alignment
SANITIZE_BUILD := $(CURDIR)/build-sanitize

check-sanitize: setup-check setup-source
	tree=$$(tools/nginx-tree bookworm) && $(MAKE) BUILD=$(SANITIZE_BUILD) \
	    NGINX_SRC=$$tree LDFLAGS="$(SANITIZE)" CFLAGS="-O1 -g \
	    -fno-omit-frame-pointer -DNGX_DEBUG_PALLOC=1 $(SANITIZE)" \
	    sanitized-programs
	GRAY_BUILD=$(SANITIZE_BUILD) GRAY_NGINX=$(SANITIZE_BUILD)/nginx \
	    GRAY_SLOW=3 $(PYTEST) -q -p no:cacheprovider $(TOGETHER) tests

sanitized-programs: all web-tests $(unit_tests) $(BUILD)/nginx

# The same stories with an nginx compiled from a newer Debian's source.
check-nginx: setup-check setup-source
	tools/check-nginx

check-static: setup-source
	tools/check-static

# A fresh clone in a Debian that has nothing installed.
check-chroot:
	tools/check-chroot

setups := $(addprefix setup-,build demo check web lint source bench fuzz)
.PHONY: $(setups)
$(setups): setup-%:
	@tools/setup $*

setup: setup-check setup-web setup-lint setup-source

lint: setup-lint
	tools/lint

format: setup-lint
	clang-format -i $$(git ls-files '*.c' '*.h')

demo: setup-demo
	@$(MAKE) -j$$(nproc) all web-try
	@BUILD=$(abspath $(BUILD)) tools/demo

# --- installing

MODULES_DIR ?= /usr/lib/nginx/modules
bindir      ?= $(PREFIX)/bin
mandir      ?= $(PREFIX)/share/man
docdir      ?= $(PREFIX)/share/doc/nginx-gray

include packaging/install.mk

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^#   //p' Makefile

-include bench/bench.mk fuzz/fuzz.mk tests/oracle/oracle.mk
-include tests/faults/faults.mk tests/memory/memory.mk tests/cli/damage.mk
include tools/coverage.mk
-include $(all_objs:.o=.d) $(patsubst %.o,%.d,$(call objs,grayctl) \
    $(call objs,grayd))
-include $(addsuffix .d,$(unit_tests))
