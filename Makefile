# nginx-gray: the front door.
#
#   make demo      installs what is missing, builds, and tells the story
#   make check     all tests
#   make           builds the module and the programs into build/
#   make help      everything else

BUILD     ?= build
NGINX_SRC ?=
PREFIX    ?= /usr/local
CC        ?= cc

CFLAGS    ?= -O2 -g
GRAY_CFLAGS := -std=gnu17 -Wall -Wextra -Werror -fPIC -Isrc -MMD -MP
PYTEST    := /usr/bin/python3 -m pytest

parts  := core store segment control
srcs    = $(wildcard src/$(1)/*.c)
objs    = $(patsubst %.c,$(BUILD)/obj/%.o,$(call srcs,$(1)))

# What src/nginx can be tested without nginx.
pure_nginx := $(wildcard src/nginx/memcached_*.c)

LIBS_core    := -lpcre2-8
LIBS_store   := -llmdb
LIBS_segment :=
LIBS_control := -ljansson -llmdb -lpcre2-8 -lcrypto -lz -lpthread

all_objs := $(foreach p,$(parts),$(call objs,$(p)))

.PHONY: all module programs demo check check-unit check-stories check-nginx \
    check-sanitize lint format bench install clean setup help
.DEFAULT_GOAL := all

all: programs module

programs: $(BUILD)/grayctl

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/grayctl: $(call objs,grayctl) $(all_objs)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_control)

# --- the module, built by nginx's own build against Debian's nginx-dev or
# --- NGINX_SRC

include tools/module.mk

module: $(BUILD)/ngx_http_gray_module.so

# --- tests

unit_tests := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*/test_*.c))

define unit_rule
$(BUILD)/tests/unit/$(1)/%: tests/unit/$(1)/%.c $(2)
	@mkdir -p $$(@D)
	$$(CC) $$(GRAY_CFLAGS) -DGRAY_UNIT $$(CPPFLAGS) $$(CFLAGS) -Itests/unit \
	    -o $$@ $$(filter %.c %.o,$$^) $$(LDFLAGS) -lcmocka -lm $(3)
endef
$(eval $(call unit_rule,core,$(call objs,core),$(LIBS_core)))
$(eval $(call unit_rule,store,$(call objs,store),$(LIBS_store)))
$(eval $(call unit_rule,segment,$(call objs,segment),$(LIBS_segment)))
$(eval $(call unit_rule,control,$(all_objs),$(LIBS_control)))
$(eval $(call unit_rule,nginx,$(patsubst %.c,$(BUILD)/obj/%.o,$(pure_nginx)),))

check-unit: $(unit_tests)
	tools/run-unit $(BUILD) $(unit_tests)

# pytest also runs the unit tests (tests/test_unit.py), so that its closing
# line counts them.
check: setup-check all $(unit_tests)
	GRAY_BUILD=$(abspath $(BUILD)) $(PYTEST) -q -p no:cacheprovider tests

check-stories: all
	GRAY_BUILD=$(abspath $(BUILD)) $(PYTEST) -q -p no:cacheprovider \
	    tests/gateway tests/cli

setup-%:
	@tools/setup $*

setup: setup-check setup-lint setup-sanitize

lint: setup-lint
	tools/lint

format: setup-lint
	clang-format -i $$(git ls-files '*.c' '*.h')

demo: setup-demo all
	BUILD=$(abspath $(BUILD)) tools/demo

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^#   //p' Makefile

-include $(all_objs:.o=.d) $(patsubst %.o,%.d,$(call objs,grayctl))
-include $(addsuffix .d,$(unit_tests))
