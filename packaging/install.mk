# What `make install` puts where. DESTDIR stands before every path. README,
# docs/ and examples/ lie there as they do here: their links hold.

INSTALL := install
bashdir := $(PREFIX)/share/bash-completion/completions
zshdir  := $(PREFIX)/share/zsh/site-functions
sbindir ?= $(PREFIX)/sbin
datadir ?= $(PREFIX)/share/nginx-gray
unitdir ?= $(PREFIX)/lib/systemd/system

install_top      = $(wildcard README.md README.zh-CN.md CHANGELOG.md LICENSE)
install_docs     = $(wildcard $(addprefix docs/*.,md yaml svg png))
install_examples = $(wildcard examples/*)
install_metrics  = packaging/prometheus/nginx-gray.rules.yml \
    packaging/grafana/nginx-gray.json
install_units    = grayd.service grayd.socket
install_man      = $(wildcard man/*.[1-9])

install: all
	$(INSTALL) -d $(DESTDIR)$(MODULES_DIR) $(DESTDIR)$(bindir) \
	    $(DESTDIR)$(docdir)/docs $(DESTDIR)$(docdir)/examples \
	    $(DESTDIR)$(sbindir) $(DESTDIR)$(unitdir)
	$(INSTALL) -m 644 $(BUILD)/ngx_http_gray_module.so \
	    $(DESTDIR)$(MODULES_DIR)/
	$(INSTALL) -m 755 $(BUILD)/grayctl $(DESTDIR)$(bindir)/
	$(INSTALL) -m 755 $(BUILD)/grayd $(DESTDIR)$(sbindir)/
	for unit in $(install_units); do \
	    sed -e 's|@sbindir@|$(sbindir)|' -e 's|@datadir@|$(datadir)|' \
	        packaging/systemd/$$unit >$(DESTDIR)$(unitdir)/$$unit || exit 1; \
	done
	$(INSTALL) -m 644 $(install_top) $(DESTDIR)$(docdir)/
	$(INSTALL) -m 644 $(install_docs) $(DESTDIR)$(docdir)/docs/
	cp -R $(install_examples) $(DESTDIR)$(docdir)/examples/
	$(INSTALL) -m 644 $(install_metrics) $(DESTDIR)$(docdir)/
	for page in $(install_man); do \
	    section=$(DESTDIR)$(mandir)/man$${page##*.}; \
	    $(INSTALL) -d $$section && $(INSTALL) -m 644 $$page $$section/ \
	    || exit 1; \
	done
	$(INSTALL) -d $(DESTDIR)$(bashdir) $(DESTDIR)$(zshdir)
	$(BUILD)/grayctl completion bash >$(DESTDIR)$(bashdir)/grayctl
	$(BUILD)/grayctl completion zsh >$(DESTDIR)$(zshdir)/_grayctl
	$(INSTALL) -m 644 packaging/completion/grayd.bash $(DESTDIR)$(bashdir)/grayd
	$(INSTALL) -m 644 packaging/completion/_grayd $(DESTDIR)$(zshdir)/

# Without npm the dashboard has no charts: installing does not bring npm's
# hundreds of packages to a gateway. WEB=no leaves the dashboard out.
ifneq ($(WEB),no)
install: install-web
endif

.PHONY: install-web
install-web: web-try
	rm -rf $(DESTDIR)$(datadir)/web
	for file in $$(cd $(BUILD)/web && find . -type f); do \
	    $(INSTALL) -D -m 644 $(BUILD)/web/$$file \
	        $(DESTDIR)$(datadir)/web/$$file || exit 1; \
	done

uninstall:
	rm -f $(DESTDIR)$(MODULES_DIR)/ngx_http_gray_module.so \
	    $(DESTDIR)$(bindir)/grayctl $(DESTDIR)$(sbindir)/grayd \
	    $(addprefix $(DESTDIR)$(unitdir)/,$(install_units)) \
	    $(DESTDIR)$(bashdir)/grayctl \
	    $(DESTDIR)$(zshdir)/_grayctl \
	    $(DESTDIR)$(bashdir)/grayd $(DESTDIR)$(zshdir)/_grayd \
	    $(addprefix $(DESTDIR)$(mandir)/*/,$(notdir $(install_man)))
	rm -rf $(DESTDIR)$(docdir) $(DESTDIR)$(datadir)
