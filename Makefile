# SPDX-License-Identifier: GPL-2.0-only
# The user's entry: builds the module and nfvsadm, installs, tests, shows. "make help".

# Series of stock kernels that "make check" tests; the newest of each that apt offers.
KERNEL_SERIES := 6.1 6.12

TOP := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
ifneq ($(words $(TOP)),1)
$(error '$(TOP)': kbuild cannot work in a path with white space)
endif
# Lint builds into a directory of its own.
OUT := build
KERNELS := $(TOP)/tests/vm/kernels

PREFIX ?= /usr/local
DESTDIR ?=
MODPROBEDIR ?= /etc/modprobe.d
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
# Where systemd looks for units; /lib is what all of its versions know.
UNITDIR ?= $(if $(filter /usr,$(PREFIX)),/lib,$(PREFIX)/lib)/systemd/system

# kbuild's W=: 1 makes it complain about more.
W ?= 1

# Prints the directory for "make -C" of kernel $1, or nothing.
kbuild-dir = $(firstword $(wildcard /lib/modules/$(1)/build/Makefile \
	/usr/src/linux-headers-$(1)/Makefile) \
	$(shell $(KERNELS) --build-dir $(1) 2>/dev/null | sed 's|$$|/Makefile|'))

# The kernel to build for: the running one, else the newest whose headers are
# installed, else the newest stock kernel in the cache, else one is fetched.
running := $(shell uname -r)
installed = $(patsubst /lib/modules/%/build/Makefile,%, \
	$(wildcard /lib/modules/*/build/Makefile))
newest-installed = $(shell printf '%s\n' $(installed) | sort -V | tail -n 1)
newest-cached = $(shell $(KERNELS) --list | tail -n 1)
default-kver = $(or $(filter $(running),$(installed)),$(newest-installed), \
	$(newest-cached),$(shell $(KERNELS) $(lastword $(KERNEL_SERIES))))

# Looked for when first used, so that "make tools" needs no kernel.  KVER=6.12
# stands for the newest stock kernel of that series, the one that tests boot.
ifeq ($(origin KVER),undefined)
KVER = $(eval KVER := $(default-kver))$(KVER)
else ifneq ($(shell printf '%s' '$(KVER)' | grep -Ex '[0-9]+\.[0-9]+'),)
override KVER := $(shell $(KERNELS) $(KVER))
endif

.PHONY: all
all: module tools

# ---- the module ----

# Each kernel has a copy of the sources of its own, because kbuild puts objects
# beside them.  A file that has not changed keeps its time, so make has little
# to do the second time; one that is gone here goes there.
# build-module DIRECTORY KBUILD-DIRECTORY MAKE-ARGUMENTS
define build-module
@mkdir -p $(1)
+@exec 9>$(1)/.lock && flock 9 && cd $(TOP) && \
files=$$(find Kbuild kmod include \( -name Kbuild -o -name '*.[ch]' \) -type f) && \
for f in $$files; do \
	cmp -s "$$f" "$(1)/$$f" || \
	install -D -m 644 "$$f" "$(1)/$$f" || exit 1; \
done && \
(cd $(1) && find kmod include \( -name Kbuild -o -name '*.[ch]' \) -type f) | \
	while read -r f; do \
		case $$f in *.mod.c) continue ;; esac; \
		test -e "$$f" || rm -f "$(1)/$$f"; \
	done && \
$(MAKE) --no-print-directory -C $(2) M=$(1) W=$(W) $(3) modules && \
{ cmp -s $(1)/kmod/nf_vs.ko $(1)/nf_vs.ko || \
	{ cp $(1)/kmod/nf_vs.ko $(1)/.nf_vs.ko.new && \
	  mv $(1)/.nf_vs.ko.new $(1)/nf_vs.ko; }; }
@echo "built $(patsubst $(TOP)/%,%,$(1))/nf_vs.ko"
endef

.PHONY: module
module:
	$(if $(KVER),,$(error no kernel headers found: install linux-headers-$(running), or name a kernel with KVER=))
	$(if $(call kbuild-dir,$(KVER)),,$(error no headers of kernel $(KVER): install linux-headers-$(KVER)))
	$(call build-module,$(TOP)/$(OUT)/$(KVER),$(patsubst %/Makefile,%,$(call kbuild-dir,$(KVER))))

# For the debug kernel (User Mode Linux with sanitizers) of "tests/vm/run -k debug".
.PHONY: module-debug
uml-dir = $(eval uml-dir := $(shell $(TOP)/tests/vm/uml-build --build-dir))$(uml-dir)
module-debug:
	$(if $(uml-dir),,$(error tests/vm/uml-build failed))
	$(call build-module,$(TOP)/$(OUT)/uml-debug,$(uml-dir),ARCH=um)

# For the kernel of the wall-clock benches, tests/perf/native.
.PHONY: module-native
native-dir = $(eval native-dir := $(shell $(TOP)/tests/vm/uml-build --native --build-dir))$(native-dir)
module-native:
	$(if $(native-dir),,$(error tests/vm/uml-build --native failed))
	$(call build-module,$(TOP)/$(OUT)/uml-native,$(native-dir),ARCH=um)

# ---- the tools ----

-include tools/tools.mk

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wformat=2 -Wmissing-prototypes
NL_CFLAGS = $(eval NL_CFLAGS := $(shell pkg-config --cflags libnl-3.0 libnl-genl-3.0))$(NL_CFLAGS)
NL_LIBS = $(eval NL_LIBS := $(shell pkg-config --libs libnl-3.0 libnl-genl-3.0))$(NL_LIBS)
ALL_CFLAGS = -std=gnu11 $(WARNINGS) -I$(TOP)/include/uapi -I$(TOP)/tools $(NL_CFLAGS) \
	$(TOOLS_CFLAGS) $(CPPFLAGS) $(CFLAGS)

tools-objs := $(patsubst %.c,$(OUT)/obj/%.o,$(TOOLS_SRCS))
libnfvs-objs := $(patsubst %.c,$(OUT)/obj/%.o,$(LIBNFVS_SRCS))

.PHONY: tools
tools: $(OUT)/nfvsadm

$(OUT)/nfvsadm: $(tools-objs) $(OUT)/libnfvs.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(NL_LIBS) $(TOOLS_LIBS)

$(OUT)/libnfvs.a: $(libnfvs-objs)
	rm -f $@
	$(AR) rcs $@ $^

$(OUT)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(tools-objs) $(libnfvs-objs))

# ---- tests: programs ----

-include tests/unit/unit.mk
-include tests/net/net.mk

# Unit tests are compiled once more, with sanitizers, together with what they test:
# all of nfvsadm but its main(), and those files of the module that are pure logic.
UNIT_KERNEL_SRCS := $(wildcard tests/unit/kernel_*.c) kmod/proto_tcp_table.c kmod/sched_tree.c
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
unit-tools-objs := $(patsubst %.c,$(OUT)/obj-unit/%.o, \
	$(UNIT_TOOLS_SRCS) $(TOOLS_COMMON_SRCS) $(LIBNFVS_SRCS))
unit-kernel-objs := $(patsubst %.c,$(OUT)/obj-unit/%.o,$(UNIT_KERNEL_SRCS))
CHECK_LIBS = $(shell pkg-config --libs check)

.PHONY: unit-tests
unit-tests: $(OUT)/tests/unit-tools $(OUT)/tests/unit-kernel

$(OUT)/tests/unit-tools: $(unit-tools-objs)
$(OUT)/tests/unit-kernel: $(unit-kernel-objs)
$(OUT)/tests/unit-%:
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(NL_LIBS)

$(unit-kernel-objs): UNIT_CPPFLAGS := -Itests/unit/shim -iquote kmod
$(OUT)/obj-unit/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CPPFLAGS) -Itests/unit $(ALL_CFLAGS) $(SANITIZE) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(unit-tools-objs) $(unit-kernel-objs))

# ---- install ----

moddir = $(DESTDIR)/lib/modules/$(KVER)
# A whole system below DESTDIR gets its module list renewed; a package being
# made has none, and the package's own script does it when it is installed.
run-depmod = @if [ -e $(moddir)/modules.order ]; then \
	depmod $(if $(DESTDIR),-b $(DESTDIR)) $(KVER); else \
	echo "note: no modules of $(KVER) in $(DESTDIR)/lib/modules: depmod not run"; fi

.PHONY: install
install:
	$(if $(KVER),,$(error no kernel found: name one with KVER=))
	@for f in build/$(KVER)/nf_vs.ko build/nfvsadm; do \
		[ -e $$f ] || { echo "$$f is missing: run make first (KVER=$(KVER))" >&2; exit 1; }; \
	done
	install -D -m 644 build/$(KVER)/nf_vs.ko $(moddir)/updates/nf_vs.ko
	strip --strip-debug $(moddir)/updates/nf_vs.ko
	install -D -m 755 -t $(DESTDIR)$(SBINDIR) build/nfvsadm \
		tools/nfvsadm-save tools/nfvsadm-restore
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man8 tools/man/*.8
	install -D -m 644 -t $(DESTDIR)$(COMPLETIONDIR) tools/completion/nfvsadm
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|@SBINDIR@|$(SBINDIR)|' tools/systemd/nfvsadm.service \
		>$(DESTDIR)$(UNITDIR)/nfvsadm.service
	chmod 644 $(DESTDIR)$(UNITDIR)/nfvsadm.service
	$(run-depmod)

.PHONY: uninstall
uninstall:
	rm -f $(moddir)/updates/nf_vs.ko
	rm -f $(patsubst %,$(DESTDIR)$(SBINDIR)/nfvsadm%,'' -save -restore)
	rm -f $(patsubst tools/man/%,$(DESTDIR)$(MANDIR)/man8/%,$(wildcard tools/man/*.8))
	rm -f $(DESTDIR)$(COMPLETIONDIR)/nfvsadm $(DESTDIR)$(UNITDIR)/nfvsadm.service
	$(run-depmod)

# Only by itself: with it, what asks for ip_vs is given nf_vs.
dropin = $(DESTDIR)$(MODPROBEDIR)/nf_vs-dropin.conf
.PHONY: install-dropin uninstall-dropin
install-dropin:
	install -D -m 644 tools/modprobe.d/nf_vs-dropin.conf $(dropin)
uninstall-dropin:
	rm -f $(dropin)

# ---- tests ----

.PHONY: check demo lint
check:
	@tests/check $(KERNEL_SERIES)
demo:
	@tests/demo/run $(lastword $(KERNEL_SERIES))
lint:
	@tests/lint/run $(KERNEL_SERIES)

.PHONY: bench bench-check
bench:
	@tests/perf/bench $(foreach s,$(KERNEL_SERIES),--kernel $(s))
bench-check:
	@tests/check --only build,bench-check $(KERNEL_SERIES)

.PHONY: dkms-install fuzz
dkms-install fuzz:
	@echo "make $@ comes with a later issue; there is nothing to run yet" >&2
	@exit 1

.PHONY: clean
clean:
	rm -rf build

.PHONY: help
help:
	@sed -n 's/^## \{0,1\}//p' Makefile

##  make                 module for the running kernel (else the newest with headers), nfvsadm
##  make KVER=VERSION    the same for another kernel, installed or in the test cache:
##                       build/VERSION/nf_vs.ko; KVER=6.12 is the newest stock 6.12
##  make module          only the module          make tools     only build/nfvsadm
##  make module-debug    the module for the debug kernel (User Mode Linux)
##
##  make demo            see it work: real servers and clients in a VM, 90 seconds
##  make check           lint, unit tests, the scenarios on three kernels, 30 minutes
##  make lint            only lint; tests/vm/run -k 6.12 NAME runs one scenario
##
##  make bench           instructions and time per packet, ip_vs and nf_vs
##  make bench-check     only the part of make check that compares with the baseline
##
##  make install         module, nfvsadm, -save, -restore, man pages, completion, systemd unit
##                       (not enabled: systemctl enable nfvsadm restores /etc/nfvsadm.rules at boot)
##                       KVER=, PREFIX=/usr/local, DESTDIR=
##  make uninstall       takes them away again
##
##  make install-dropin  modprobe ip_vs, ip_vs_<scheduler> and what loads it by itself load nf_vs
##  make uninstall-dropin  they load ip_vs again        both: MODPROBEDIR=/etc/modprobe.d, DESTDIR=
##
##  make clean           removes build/; the cache in ~/.cache/nf_vs stays
##
##  later issues: dkms-install, fuzz
