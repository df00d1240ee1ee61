# The faults in full: a thousand reloads, a herd of ten thousand, and so on.
# `make check` runs the same tests in short.

.PHONY: faults
faults: setup-check all
	GRAY_FAULTS=full $(STORIES) tests/faults tests/memory

# grayctl with a map that a test can fill: only open.c knows how large it is.
small_map := $(BUILD)/small-map/grayctl

check check-stories faults sanitized-programs: $(small_map)

$(BUILD)/small-map/open.o: src/store/open.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@) $(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) \
	    -DGRAY_STORE_MAP_SIZE=16777216UL -c -o $@ $<

$(small_map): $(BUILD)/small-map/open.o $(call objs,grayctl) \
    $(filter-out %/src/store/open.o,$(all_objs))
	$(call say,LINK,$@) $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_grayctl)

-include $(BUILD)/small-map/open.d
