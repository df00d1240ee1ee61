# make bench: the gateway beside plain nginx and the Lua recipe; and what a
# decision, a membership test and a kill switch cost alone.

BENCH_FLAGS ?=

.PHONY: bench bench-decide bench-instructions
bench: setup-demo setup-bench all bench-decide
	GRAY_BUILD=$(abspath $(BUILD)) bench/run $(BENCH_FLAGS)

# valgrind has no room for the store's usual map.
bench-instructions: setup-demo setup-bench
	$(MAKE) BUILD=$(BUILD)/count \
	    CFLAGS="$(CFLAGS) -DGRAY_STORE_MAP_SIZE=268435456UL" all
	GRAY_BUILD=$(abspath $(BUILD))/count bench/instructions

bench-decide: $(BUILD)/bench/decide
	$(BUILD)/bench/decide

$(BUILD)/bench/decide: bench/decide.c $(foreach p,core store segment,\
    $(call objs,$(p)))
	@mkdir -p $(@D)
	$(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) -o $@ $(filter %.c %.o,$^) \
	    $(LDFLAGS) $(LIBS_core) $(LIBS_store)

-include $(BUILD)/bench/decide.d
