# SPDX-License-Identifier: GPL-2.0-only
# The scenarios' helpers build/tests/traffic and build/tests/nltest, for the top Makefile.

.PHONY: net-helpers
net-helpers: $(OUT)/tests/traffic $(OUT)/tests/nltest

$(OUT)/tests/traffic: $(wildcard tests/net/traffic*.c) tests/net/traffic.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^)

$(OUT)/tests/nltest: $(wildcard tests/net/nltest*.c tests/net/nltest.h) include/uapi/linux/nf_vs.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(NL_LIBS)
