# Fuzzing with clang's libFuzzer.
#
#   make fuzz TIME=30            each target for 30 seconds
#   make $(BUILD)/fuzz/fuzz_x    one target; give it files to replay them
#
# The corpora in fuzz/corpus are replayed by the unit tests, without clang.

FUZZ_CC     ?= clang
FUZZ_CFLAGS ?= -O1 -g -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=undefined
TIME        ?= 30

# The targets of each part, and the part's sources; a new target is a word
# here. Its corpus is fuzz/corpus/NAME, without the "fuzz_".
FUZZ_core  := fuzz_condition fuzz_address fuzz_version fuzz_release fuzz_token
FUZZ_nginx := fuzz_memcached_reply
FUZZ_control := fuzz_document fuzz_import fuzz_csv fuzz_log_line
FUZZ_grayd := fuzz_uri

FUZZ_SRCS_core  := $(wildcard src/core/*.c)
FUZZ_SRCS_nginx := $(pure_nginx)
FUZZ_SRCS_control := $(foreach p,$(parts),$(call srcs,$(p)))
FUZZ_SRCS_grayd := src/grayd/access.c src/grayd/uri.c $(FUZZ_SRCS_core)

define fuzz_rule
$(BUILD)/fuzz/$(2): fuzz/$(2).c $(FUZZ_SRCS_$(1)) $(wildcard src/$(1)/*.h)
	@mkdir -p $$(@D)
	@echo "  FUZZ  $(2)"
	@$$(FUZZ_CC) -std=gnu17 -Isrc $$(FUZZ_CFLAGS) -o $$@ \
	    $$(filter %.c,$$^) $$(LIBS_$(1))
endef
$(foreach p,core nginx control grayd,\
    $(foreach t,$(FUZZ_$(p)),$(eval $(call fuzz_rule,$(p),$(t)))))

fuzz_targets := $(addprefix $(BUILD)/fuzz/,$(FUZZ_core) $(FUZZ_nginx) \
    $(FUZZ_control) $(FUZZ_grayd))

.PHONY: fuzz
fuzz: $(fuzz_targets)
	@for t in $(fuzz_targets); do \
	    n=$${t##*/fuzz_}; mkdir -p $(BUILD)/fuzz/new/$$n; \
	    echo "  RUN   $$n, $(TIME) s"; \
	    $$t -max_total_time=$(TIME) -max_len=4096 -print_final_stats=1 \
	        -verbosity=0 -artifact_prefix=$(BUILD)/fuzz/ \
	        $(BUILD)/fuzz/new/$$n fuzz/corpus/$$n || exit 1; \
	done
