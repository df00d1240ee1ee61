# What the stories of `grayctl check --repair` damage stores with.

damage := $(BUILD)/tests/damage

check check-stories sanitized-programs: $(damage)

$(damage): tests/cli/damage.c $(call objs,store) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,TEST,$<) $(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) -o $@ $< \
	    $(filter %.o,$^) $(LDFLAGS) $(LIBS_store)
