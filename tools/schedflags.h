/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: the names that schedulers give to the flags of a service. */
#ifndef NFVSADM_SCHEDFLAGS_H
#define NFVSADM_SCHEDFLAGS_H

#include <stddef.h>
#include <stdint.h>

enum {
	SCHEDFLAGS_TEXT_MAX = 64,	/* all of them, with commas */
};

enum schedflags_result {
	SCHEDFLAGS_OK,
	SCHEDFLAGS_UNKNOWN,
	SCHEDFLAGS_INCOMPATIBLE,	/* another scheduler's */
};

/**
 * schedflags_parse() - names to flags
 * @text: names, commas between
 * @sched: the scheduler
 * @flags: flags are added to these
 * @wrong: the name that is wrong
 * @len: its length
 *
 * Return: what is wrong with it.
 */
enum schedflags_result schedflags_parse(const char *text, const char *sched,
					uint32_t *flags, const char **wrong,
					size_t *len);

/**
 * schedflags_text() - flags to names, as the scheduler calls them
 * @sched: the scheduler
 * @flags: flags of the service; others than schedulers' do not count
 * @text: result, SCHEDFLAGS_TEXT_MAX; empty when there are none
 */
void schedflags_text(const char *sched, uint32_t flags, char *text);

/**
 * schedflags_name() - the names one by one
 * @i: which, from 0 on
 *
 * Return: name, NULL after the last.
 */
const char *schedflags_name(size_t i);

#endif /* NFVSADM_SCHEDFLAGS_H */
