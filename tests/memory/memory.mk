# nginx's processes and the unit tests under valgrind's memcheck: no error, and
# nothing of ours definitely lost. valgrind.supp has what is nginx's own.
#
# Left out: a test that has a malloc of its own, one that counts microseconds,
# and one that kills writers after so much time. Leaks count in nginx: those of
# the unit tests are AddressSanitizer's to find.

VALGRIND_STORIES ?= $(addprefix tests/gateway/test_,plain.py live_list.py \
    override.py splits.py subrequests.py)
VALGRIND_NOT     ?= not test_allocation and not test_regex \
    and not control/test_crash

# valgrind has no room for the store's usual map.
VALGRIND_BUILD := $(BUILD)/memcheck

.PHONY: check-valgrind
check-valgrind: setup-check setup-bench
	$(MAKE) BUILD=$(VALGRIND_BUILD) \
	    CFLAGS="-O1 -g -DGRAY_STORE_MAP_SIZE=268435456UL" all unit-tests
	GRAY_BUILD=$(abspath $(VALGRIND_BUILD)) GRAY_VALGRIND=1 GRAY_SLOW=6 \
	    $(PYTEST) -q -p no:cacheprovider -k "$(VALGRIND_NOT)" \
	    $(VALGRIND_STORIES) tests/test_unit.py
