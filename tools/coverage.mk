# make coverage: which lines and branches of src/ the tests reach.
# make mutate:   how many small faults in src/core its unit tests notice.

COVERAGE_BUILD := $(CURDIR)/build-coverage
MUTATE_FLAGS   ?=

.PHONY: coverage mutate

# The module is the ordinary one: what nginx runs is not counted.
coverage: setup-check module
	@mkdir -p $(COVERAGE_BUILD)
	@cp $(BUILD)/ngx_http_gray_module.so $(COVERAGE_BUILD)
	@gcc -O2 -c -o $(COVERAGE_BUILD)/exit.o tools/coverage_exit.c
	$(MAKE) BUILD=$(COVERAGE_BUILD) CC=gcc CFLAGS="-O0 -g --coverage \
	    -fprofile-abs-path -Wno-format-truncation -Wno-stringop-truncation" \
	    LDFLAGS="-Wl,--wrap=_exit $(COVERAGE_BUILD)/exit.o" \
	    programs unit-tests $(COVERAGE_BUILD)/tests/damage \
	    $(COVERAGE_BUILD)/small-map/grayctl
	tools/coverage $(COVERAGE_FLAGS) $(COVERAGE_BUILD)

mutate: setup-check
	tools/mutate $(MUTATE_FLAGS)
