# SPDX-License-Identifier: GPL-2.0-only
# Sources of nfvsadm and libnfvs, for the top Makefile.
# tools/main.c holds main(); the unit tests link all the others.

LIBNFVS_SRCS := \
	tools/libnfvs/decode.c \
	tools/libnfvs/encode.c \
	tools/libnfvs/event.c \
	tools/libnfvs/request.c \
	tools/libnfvs/sock.c

TOOLS_MAIN_SRC := tools/main.c
TOOLS_COMMON_SRCS := \
	tools/app.c \
	tools/check.c \
	tools/cmd_change.c \
	tools/cmd_complete.c \
	tools/cmd_help.c \
	tools/cmd_list.c \
	tools/cmd_monitor.c \
	tools/cmd_restore.c \
	tools/cmd_save.c \
	tools/emit.c \
	tools/errors.c \
	tools/names.c \
	tools/nfvsadm.c \
	tools/opts.c \
	tools/parse.c \
	tools/print.c \
	tools/print_command.c \
	tools/print_object.c \
	tools/request.c \
	tools/restore.c \
	tools/schedflags.c \
	tools/sort.c \
	tools/table.c

TOOLS_SRCS := $(TOOLS_MAIN_SRC) $(TOOLS_COMMON_SRCS)
