/* SPDX-License-Identifier: GPL-2.0-only */
/* RCU for one thread: what call_rcu() is given waits until the test says it is time. */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include "kernel_shim.h"

#define __rcu

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

static struct rcu_head *shim_rcu_waiting;

static inline void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->func = func;
	head->next = shim_rcu_waiting;
	shim_rcu_waiting = head;
}

static inline void shim_rcu_grace_period(void)
{
	struct rcu_head *head;

	while (shim_rcu_waiting) {
		head = shim_rcu_waiting;
		shim_rcu_waiting = head->next;
		head->func(head);
	}
}

#define rcu_dereference(p) (p)
#define rcu_replace_pointer(p, new, is_held)	\
({						\
	__typeof__(p) shim_old = (p);		\
						\
	(void)(is_held);			\
	(p) = (new);				\
	shim_old;				\
})
#define lockdep_is_held(lock) ((lock)->is_taken)

#endif
