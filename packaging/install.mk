# What `make install` puts where. DESTDIR stands before every path.

INSTALL := install
bashdir := $(PREFIX)/share/bash-completion/completions
zshdir  := $(PREFIX)/share/zsh/site-functions

install_docs     = $(wildcard README.md README.zh-CN.md CHANGELOG.md docs/*.md)
install_examples = $(wildcard examples/*)
install_metrics  = packaging/prometheus/nginx-gray.rules.yml \
    packaging/grafana/nginx-gray.json
install_man      = $(wildcard man/*.[1-9])

install: all
	$(INSTALL) -d $(DESTDIR)$(MODULES_DIR) $(DESTDIR)$(bindir) \
	    $(DESTDIR)$(docdir)/examples
	$(INSTALL) -m 644 $(BUILD)/ngx_http_gray_module.so \
	    $(DESTDIR)$(MODULES_DIR)/
	$(INSTALL) -m 755 $(BUILD)/grayctl $(DESTDIR)$(bindir)/
	$(INSTALL) -m 644 LICENSE $(install_docs) $(DESTDIR)$(docdir)/
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

uninstall:
	rm -f $(DESTDIR)$(MODULES_DIR)/ngx_http_gray_module.so \
	    $(DESTDIR)$(bindir)/grayctl $(DESTDIR)$(bashdir)/grayctl \
	    $(DESTDIR)$(zshdir)/_grayctl \
	    $(addprefix $(DESTDIR)$(mandir)/*/,$(notdir $(install_man)))
	rm -rf $(DESTDIR)$(docdir)
