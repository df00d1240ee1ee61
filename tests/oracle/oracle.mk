# The core's decision for tests/oracle, which holds it against a second one.

oracle_driver := $(BUILD)/tests/oracle/driver

.PHONY: check-oracle
check-oracle: setup-check all $(oracle_driver)
	$(STORIES) tests/oracle

check sanitized-programs: $(oracle_driver)

$(oracle_driver): tests/oracle/driver.c $(all_objs)
	@mkdir -p $(@D)
	$(call say,TEST,$<) $(CC) $(GRAY_CFLAGS) $(CPPFLAGS) $(CFLAGS) -o $@ \
	    $(filter %.c %.o,$^) $(LDFLAGS) $(LIBS_control)

-include $(oracle_driver).d
