# SPDX-License-Identifier: GPL-2.0-only
# Sources of build/tests/unit-tools, for the top Makefile. Link them with
# TOOLS_COMMON_SRCS (tools/tools.mk), libnfvs.a, libcheck and libnl; run the
# program from the top directory: it reads tests/unit/golden/.

UNIT_TOOLS_SRCS := \
	tests/unit/fake_kernel.c \
	tests/unit/tools_cli.c \
	tests/unit/tools_complete.c \
	tests/unit/tools_json.c \
	tests/unit/tools_main.c \
	tests/unit/tools_model.c \
	tests/unit/tools_names.c \
	tests/unit/tools_netlink.c \
	tests/unit/tools_opts.c \
	tests/unit/tools_parse.c \
	tests/unit/tools_print.c \
	tests/unit/tools_restore.c \
	tests/unit/tools_settings.c \
	tests/unit/tools_sort.c
