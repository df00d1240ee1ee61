# What the gateway costs, and what its parts cost alone. docs/performance.md
# explains the figures.
#
#   make bench                 one table: the gateway beside its alternatives
#   make bench-growth          from a thousand members to ten million
#   make bench-during-import   readers while ten million members are replaced
#   make bench-import          ten million members, and who adds meanwhile
#   make bench-commit          a single list add
#   make bench-grayd           the API: reads, an import, listeners
#   make bench-docs            writes the figures of these into docs/
#   make bench-decide          the parts of a decision, in nanoseconds
#   make bench-count           what counting costs a request, in nanoseconds
#   make bench-index           the index of a list beside LMDB, in nanoseconds
#   make bench-instructions    instructions per request, exact
#
# BENCH_FLAGS are the program's own, such as "--quick --rounds 5".

BENCH_FLAGS ?=
BENCH_FOUND := $(BUILD)/bench/found

.PHONY: bench bench-grayd bench-growth bench-import bench-during-import bench-commit \
    bench-docs \
    bench-tools bench-decide bench-instructions

bench_run = GRAY_BUILD=$(abspath $(BUILD)) bench/$(1) $(BENCH_FLAGS) \
    --json $(BENCH_FOUND)/$(1).json

bench: setup-demo setup-bench all bench-tools
	$(call bench_run,run)

bench-growth: setup-demo setup-bench all bench-tools $(BUILD)/bench/index
	$(call bench_run,growth)

bench-during-import: setup-demo setup-bench all bench-tools
	$(call bench_run,during-import)

bench-import: setup-demo programs
	GRAY_BUILD=$(abspath $(BUILD)) bench/import $(BENCH_FLAGS)

bench-commit: setup-demo setup-bench all bench-tools
	$(call bench_run,commit)

bench-grayd: setup-demo setup-bench programs
	GRAY_BUILD=$(abspath $(BUILD)) bench/grayd

bench-docs:
	bench/report --write docs/performance.md $(wildcard $(BENCH_FOUND)/*.json)

# --- the programs that the above run

bench-tools: $(BUILD)/bench/load $(BUILD)/bench/members $(BUILD)/bench/heap.so
	@mkdir -p $(BENCH_FOUND)

$(BUILD)/bench/load $(BUILD)/bench/members: $(BUILD)/bench/%: bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(filter-out -fPIC,$(GRAY_CFLAGS)) $(CPPFLAGS) \
	    $(CFLAGS) -o $@ $< $(LDFLAGS) -lm

$(BUILD)/bench/heap.so: bench/heap.c
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) \
	    -fno-builtin -shared -o $@ $< $(LDFLAGS)

-include $(BUILD)/bench/load.d $(BUILD)/bench/members.d $(BUILD)/bench/heap.d

# --- the parts alone

# valgrind has no room for the store's usual map.
bench-instructions: setup-demo setup-bench
	$(MAKE) BUILD=$(BUILD)/count \
	    CFLAGS="$(CFLAGS) -DGRAY_STORE_MAP_SIZE=268435456UL" all bench-tools
	GRAY_BUILD=$(abspath $(BUILD))/count bench/instructions

bench-decide: $(BUILD)/bench/decide
	$(BUILD)/bench/decide

$(BUILD)/bench/decide: bench/decide.c $(foreach p,core store segment,\
    $(call objs,$(p)))
	@mkdir -p $(@D)
	$(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) -o $@ $(filter %.c %.o,$^) \
	    $(LDFLAGS) $(LIBS_core) $(LIBS_store)

# The index of a list beside LMDB.
.PHONY: bench-index
bench-index: $(BUILD)/bench/index
	$(BUILD)/bench/index

$(BUILD)/bench/index: bench/index.c $(call objs,store)
	@mkdir -p $(@D)
	$(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) -o $@ $(filter %.c %.o,$^) \
	    $(LDFLAGS) $(LIBS_store)

# What a request is counted with.
.PHONY: bench-count
bench-count: $(BUILD)/bench/count
	$(BUILD)/bench/count

$(BUILD)/bench/count: bench/count.c $(call objs,segment)
	@mkdir -p $(@D)
	$(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) -o $@ $(filter %.c %.o,$^) \
	    $(LDFLAGS)

-include $(BUILD)/bench/count.d
-include $(BUILD)/bench/index.d
-include $(BUILD)/bench/decide.d
