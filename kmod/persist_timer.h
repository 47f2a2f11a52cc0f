/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a template lasts (compat.md 6.5): its timer is started anew by each
 * connection that is opened through it. When it fires while there are some, it is
 * set to a minute, again and again; from then on a minute is what it is started with.
 * Nothing runs when it fires: whoever looks makes up for it. Pure logic: unit tests
 * compile it too.
 */
#ifndef _NFVS_PERSIST_TIMER_H
#define _NFVS_PERSIST_TIMER_H

#ifdef __KERNEL__
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/types.h>
#else
#include "kernel_shim.h"
#endif

enum {
	NFVS_TPL_AGAIN_S	= 60,
};

/* @expires: jiffies when it fires; may be read without the template's lock; @timeout: jiffies */
struct nfvs_tpl_timer {
	unsigned long	expires;
	unsigned long	timeout;
};

static inline void nfvs_tpl_timer_start(struct nfvs_tpl_timer *t, unsigned long now)
{
	WRITE_ONCE(t->expires, now + t->timeout);
}

/* It may have been set to another minute: ask those who know of connections first. */
static inline bool nfvs_tpl_timer_has_fired(const struct nfvs_tpl_timer *t, unsigned long now)
{
	return (long)(now - READ_ONCE(t->expires)) >= 0;
}

/* There was a connection until just before until: each time that it fired, it was set again. */
static inline void nfvs_tpl_timer_extend(struct nfvs_tpl_timer *t, unsigned long until,
					 unsigned long hz)
{
	unsigned long again = NFVS_TPL_AGAIN_S * hz;
	long late = until - t->expires;

	if (late <= 0)
		return;
	WRITE_ONCE(t->expires, t->expires + DIV_ROUND_UP(late, again) * again);
	t->timeout = again;
}

#endif /* _NFVS_PERSIST_TIMER_H */
