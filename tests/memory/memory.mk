# nginx's processes and the unit tests under valgrind's memcheck: no error, and
# nothing of ours definitely lost. valgrind.supp has what is nginx's own.
#
# Left out: tests that have a malloc or a limit of memory of their own, count
# microseconds, kill writers after so much time, or need minutes here; and one
# that runs regexes of all kinds, since PCRE2's machine code reads ahead.
# AddressSanitizer has them all, and the leaks of the unit tests; here leaks
# count in nginx.

VALGRIND_STORIES ?= $(addprefix tests/gateway/test_,plain.py live_list.py \
    override.py splits.py subrequests.py)
VALGRIND_NOT     ?= failing or test_allocation or test_regex or crash \
    or test_distribution or core/test_split or core/test_corpus \
    or store/test_index or store/test_open or store/test_faults

# valgrind has no room for the store's usual map.
VALGRIND_BUILD := $(BUILD)/memcheck

.PHONY: check-valgrind
check-valgrind: setup-check setup-bench
	$(MAKE) BUILD=$(VALGRIND_BUILD) \
	    CFLAGS="-O1 -g -DGRAY_STORE_MAP_SIZE=268435456UL" all unit-tests
	GRAY_BUILD=$(abspath $(VALGRIND_BUILD)) GRAY_VALGRIND=1 GRAY_SLOW=6 \
	    $(PYTEST) -q -p no:cacheprovider $(TOGETHER) -k "not ($(VALGRIND_NOT))" \
	    $(VALGRIND_STORIES) tests/test_unit.py
