# The faults in full: a thousand reloads, a herd of ten thousand, and so on.
# `make check` runs the same tests in short.

.PHONY: faults
faults: setup-check all
	GRAY_FAULTS=full $(STORIES) tests/faults
