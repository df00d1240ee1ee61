# The dashboard, put together in $(BUILD)/web. It is no part of `all`: the
# module and the programs do not need npm.
#
#   make web         the files of web/, and uPlot by npm, which is installed
#   make web-try     without charts where npm, or its registry, is not there
#   make web-tests   also what its tests use

.PHONY: web web-try web-tests

web:
	@tools/web $(BUILD)

web-try:
	@tools/web --try $(BUILD)

web-tests:
	@tools/web --tests $(BUILD)
