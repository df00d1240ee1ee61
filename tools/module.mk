# Builds ngx_http_gray_module.so in a private copy of an nginx tree: Debian's
# (package nginx-dev) with the flags Debian built with, or NGINX_SRC=/path
# with --with-compat.

MODULE_DIR := $(BUILD)/nginx-src
MODULE_FILES := config $(foreach p,core store segment nginx,\
    $(wildcard src/$(p)/*.c src/$(p)/*.h))
MODULE_TREE := $(or $(NGINX_SRC),/usr/share/nginx/src)

# Configured anew when files come or go, and when tree or flags change.
MODULE_LIST := $(MODULE_TREE) $(sort $(MODULE_FILES))

$(BUILD)/module.list: FORCE
	@$(call keep,$(MODULE_LIST))

$(MODULE_DIR)/objs/Makefile: $(BUILD)/module.list $(BUILD)/flags config \
    tools/configure-nginx
	@rm -rf $(MODULE_DIR)
	@cp -rL $(MODULE_TREE) $(MODULE_DIR)
	$(call say,CONF,$(MODULE_TREE)) tools/configure-nginx $(MODULE_DIR) \
	    $(CURDIR) >$(BUILD)/configure.log 2>&1 \
	    || { tail -20 $(BUILD)/configure.log; exit 1; }

$(BUILD)/ngx_http_gray_module.so: $(MODULE_DIR)/objs/Makefile $(MODULE_FILES)
	$(call say,MAKE,$@) $(MAKE) -C $(MODULE_DIR) -f objs/Makefile modules \
	    >$(BUILD)/module.log 2>&1 \
	    || { grep -A4 ' error: \|undefined reference' $(BUILD)/module.log; exit 1; }
	@cp $(MODULE_DIR)/objs/ngx_http_gray_module.so $@

# The nginx program of the same tree, where the tree holds its source.
$(BUILD)/nginx: $(MODULE_DIR)/objs/Makefile
	$(call say,MAKE,$@) $(MAKE) -C $(MODULE_DIR) -f objs/Makefile binary \
	    >$(BUILD)/nginx.log 2>&1 || { tail -40 $(BUILD)/nginx.log; exit 1; }
	@cp $(MODULE_DIR)/objs/nginx $@
