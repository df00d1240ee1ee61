# Fuzzing with clang's libFuzzer.
#
#   make fuzz TIME=30            each target for 30 seconds
#   make fuzz RUNS=10000000      each target so often
#   make fuzz FUZZ=fuzz_time     only these targets
#   make fuzz-coverage           how much of the code the corpora reach
#   make fuzz-merge              adds to the corpora what was found
#   make $(BUILD)/fuzz/fuzz_x    one target; give it files to replay them
#
# The corpora in fuzz/corpus are replayed by the unit tests, without clang.

FUZZ_CC     ?= clang
FUZZ_CFLAGS ?= -O2 -g -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=undefined \
    -fsanitize-coverage-ignorelist=fuzz/loops
FUZZ_COUNT  := -O1 -g -fsanitize=fuzzer -fprofile-instr-generate \
    -fcoverage-mapping
TIME        ?= 30
RUNS        ?=

# The targets of each part, and the part's sources; a new target is a word
# here. Its corpus is fuzz/corpus/NAME, without the "fuzz_".
FUZZ_core  := fuzz_condition fuzz_address fuzz_version fuzz_release fuzz_token \
    fuzz_decide
FUZZ_nginx := fuzz_memcached_reply
FUZZ_query := fuzz_query
FUZZ_store := fuzz_index
FUZZ_control := fuzz_document fuzz_import fuzz_csv fuzz_log_line \
    fuzz_time
FUZZ_grayd := fuzz_uri fuzz_untar
FUZZ_grayctl := fuzz_watch

FUZZ_SRCS_core  := $(wildcard src/core/*.c)
FUZZ_SRCS_nginx := $(pure_nginx)
FUZZ_SRCS_query := src/nginx/ngx_http_gray_override_query.c
FUZZ_SRCS_store := $(wildcard src/store/*.c)
FUZZ_SRCS_control := $(foreach p,$(parts),$(call srcs,$(p)))
FUZZ_SRCS_grayd := src/grayd/access.c src/grayd/uri.c src/grayd/untar.c $(FUZZ_SRCS_core)

FUZZ_SRCS_grayctl := $(patsubst %,src/grayctl/%.c,fields output report \
    watch_draw watch_events watch_format watch_keys watch_page watch_reading \
    watch_status watch_table watch_trail) $(FUZZ_SRCS_control)

# What needs nginx's headers, but nothing of nginx to link.
FUZZ_INCLUDES_query := $(addprefix -I$(MODULE_DIR)/,objs src/core \
    src/event src/event/modules src/os/unix src/http src/http/v2 \
    src/http/modules)

$(BUILD)/tests/unit/nginx/test_corpus_query: \
    private CPPFLAGS += $(subst -I,-isystem ,$(FUZZ_INCLUDES_query))
$(BUILD)/tests/unit/nginx/test_corpus_query: | $(MODULE_DIR)/objs/Makefile

# The files whose lines fuzz-coverage counts, and the longest input.
FUZZ_COVERS_condition := src/core/condition*.c
FUZZ_COVERS_address   := src/core/address*.c
FUZZ_COVERS_version   := src/core/semver.c
FUZZ_COVERS_release   := src/core/release*.c src/core/decide.c
FUZZ_COVERS_token     := src/core/token.c src/core/keyring.c \
    src/core/base64url.c
FUZZ_COVERS_decide    := src/core/evaluate*.c src/core/compiler_condition.c \
    src/core/trace.c src/core/regex.c
FUZZ_COVERS_memcached_reply := src/nginx/memcached_*.c
FUZZ_COVERS_query     := src/nginx/ngx_http_gray_override_query.c
FUZZ_COVERS_document  := src/control/document_*.c src/core/compiler.c \
    src/core/split*.c
FUZZ_COVERS_import    := src/control/import_line.c
FUZZ_COVERS_csv       := src/control/import_csv.c
FUZZ_COVERS_log_line  := src/control/log_line*.c
FUZZ_COVERS_index     := src/store/index.c src/store/index_slots.c
FUZZ_COVERS_uri       := src/grayd/uri.c src/grayd/access.c
FUZZ_COVERS_untar     := src/grayd/untar.c
FUZZ_COVERS_watch     := src/grayctl/watch_[defkprst]*.c
FUZZ_COVERS_time      := src/core/rfc3339.c src/control/time.c
FUZZ_LEN_document     := 1024
FUZZ_LEN_import       := 1024
FUZZ_LEN_time         := 64
FUZZ_LEN_address      := 128

FUZZ ?= $(FUZZ_core) $(FUZZ_nginx) $(FUZZ_query) $(FUZZ_store) \
    $(FUZZ_control) $(FUZZ_grayd) $(FUZZ_grayctl)

fuzz_len = $(or $(FUZZ_LEN_$(1)),4096)

# $(1): a part, $(2): one of its targets, $(3): folder, $(4): flags
define fuzz_rule
$(BUILD)/fuzz/$(3)$(2): fuzz/$(2).c $(FUZZ_SRCS_$(1)) $(wildcard src/$(1)/*.h) \
    fuzz/loops $(if $(FUZZ_INCLUDES_$(1)),$(MODULE_DIR)/objs/Makefile)
	@mkdir -p $$(@D)
	@echo "  FUZZ  $(3)$(2)"
	@$$(FUZZ_CC) -std=gnu17 -Isrc $$(FUZZ_INCLUDES_$(1)) $$($(4)) -o $$@ \
	    $$(filter %.c,$$^) $$(LIBS_$(1))
endef
$(foreach p,core nginx query store control grayd grayctl,\
    $(foreach t,$(FUZZ_$(p)),\
        $(eval $(call fuzz_rule,$(p),$(t),,FUZZ_CFLAGS))\
        $(eval $(call fuzz_rule,$(p),$(t),coverage/,FUZZ_COUNT))))

fuzz_names   := $(FUZZ:fuzz_%=%)

.PHONY: fuzz fuzz-coverage fuzz-merge
fuzz: setup-fuzz $(fuzz_names:%=fuzz-run-%)

.PHONY: $(fuzz_names:%=fuzz-run-%)
$(fuzz_names:%=fuzz-run-%): fuzz-run-%: $(BUILD)/fuzz/fuzz_%
	@mkdir -p $(BUILD)/fuzz/new/$*
	@echo "  RUN   $*, $(if $(RUNS),$(RUNS) times,$(TIME) s)"
	@$< $(if $(RUNS),-runs=$(RUNS),-max_total_time=$(TIME)) \
	    -max_len=$(call fuzz_len,$*) -print_final_stats=1 -verbosity=0 \
	    -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/new/$* fuzz/corpus/$*

# Lines of the files concerned that the committed corpora reach.
fuzz-coverage: setup-fuzz $(FUZZ:%=$(BUILD)/fuzz/coverage/%)
	@printf '%-16s %6s %6s %13s %7s\n' target inputs cov: lines percent
	@$(foreach n,$(fuzz_names),fuzz/coverage $(n) \
	    $(BUILD)/fuzz/coverage/fuzz_$(n) $(wildcard $(FUZZ_COVERS_$(n))) &&) :

# Adds to the corpora the fewest inputs found that reach more code.
fuzz-merge: $(fuzz_names:%=fuzz-merge-%)

.PHONY: $(fuzz_names:%=fuzz-merge-%)
$(fuzz_names:%=fuzz-merge-%): fuzz-merge-%: $(BUILD)/fuzz/fuzz_%
	@mkdir -p $(BUILD)/fuzz/new/$*
	@$< -merge=1 -use_counters=0 -max_len=$(call fuzz_len,$*) fuzz/corpus/$* \
	    $(BUILD)/fuzz/new/$* 2>&1 | sed -n 's/^MERGE-OUTER: \(.*new files\)/$*: \1/p'
