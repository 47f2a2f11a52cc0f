# SPDX-License-Identifier: GPL-2.0-only
# The scenarios' helpers build/tests/{traffic,nltest,ipvs_raw}, for the top Makefile.

.PHONY: net-helpers
net-helpers: $(OUT)/tests/traffic $(OUT)/tests/nltest $(OUT)/tests/ipvs_raw

$(OUT)/tests/traffic: $(wildcard tests/net/traffic*.c) tests/net/traffic.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^)

$(OUT)/tests/nltest: $(wildcard tests/net/nltest*.c tests/net/nltest.h) include/uapi/linux/nf_vs.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^) $(NL_LIBS)

$(OUT)/tests/ipvs_raw: $(wildcard tests/net/ipvs_*.c) tests/net/ipvs_raw.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.c,$^)
