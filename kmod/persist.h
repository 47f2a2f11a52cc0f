/* SPDX-License-Identifier: GPL-2.0-only */
/* Persistence: templates, which keep a client with its real server. */
#ifndef _NFVS_PERSIST_H
#define _NFVS_PERSIST_H

#include <linux/list.h>
#include <linux/spinlock.h>

#include "conn.h"
#include "persist_timer.h"
#include "table.h"

struct nfvs_dset;

/*
 * What a template is found by. Compared field by field; the parts of the addresses
 * that IPv4 and firewall marks do not use are 0.
 */
struct nfvs_tpl_key {
	union nf_inet_addr	caddr;	/* as much of it as the service's mask leaves */
	union nf_inet_addr	vaddr;	/* with proto 0: .ip is the mark */
	u32			hash;
	__be16			vport;	/* 0: all ports of vaddr, or the mark */
	u8			proto;
	u8			af;
};

/**
 * struct nfvs_tpl - a client, or a network of clients, and its real server
 * @link: in nfvs_net.tpls
 * @key: constant
 * @dest: where it leads; owns one reference; constant
 * @dport: as listings show it; constant
 * @method: the same
 * @is_over: no connection is opened through it any more, and it is not shown; @lock to
 *	     write, READ_ONCE; stays
 * @is_invalid: no connection is opened through it any more, but it is shown until its
 *		time is over; the same
 * @is_assured: one of its connections was of use; WRITE_ONCE by any CPU; stays
 * @lock: @children and @timer; BH off. Inside a lock of nfvs_net.tpls, outside none
 * @children: struct nfvs_child of the connections that were opened through it and
 *	      have not been killed, newest first
 * @timer: how long it lasts
 * @rcu: for freeing
 */
struct nfvs_tpl {
	struct nfvs_link	link;
	struct nfvs_tpl_key	key;
	struct nfvs_dest	*dest;
	__be16			dport;
	u8			method;
	bool			is_over;
	bool			is_invalid;
	bool			is_assured;
	spinlock_t		lock;
	struct list_head	children;
	struct nfvs_tpl_timer	timer;
	struct rcu_head		rcu;
};

/*
 * Where persistence sends the connection that pkt opens to the service of set: by
 * the client's template, which is made if there is none, by asking the scheduler.
 * Softirq or BH off, RCU read side. 0; -ESRCH: there is nobody; -ENOMEM; -EBUSY:
 * another CPU is changing everything at this moment.
 */
int nfvs_persist_choose(const struct nfvs_pkt *pkt, struct nfvs_dset *set,
			struct nfvs_choice *to);

/*
 * The connection cp is being opened through tpl: before anybody else sees it; BH
 * off, RCU read side. False: tpl has ended, choose again.
 */
bool nfvs_persist_join(struct nfvs_tpl *tpl, struct nfvs_conn *cp);
/* Another CPU was faster: there will be no such connection. */
void nfvs_persist_unjoin(struct nfvs_conn *cp);
/* The same for a connection that lasts for one packet. */
bool nfvs_persist_use(struct nfvs_tpl *tpl);
/* cp, a child, was killed by the caller. */
void nfvs_persist_leave(struct nfvs_conn *cp);
/* cp, a child, is of use; RCU read side. */
void nfvs_persist_assure(struct nfvs_conn *cp);

/* A walk as nfvs_conn_walk(): over all templates. */
struct nfvs_tpl *nfvs_tpl_walk(struct nfvs_net *nn, struct nfvs_conn_cursor *cur);
struct nfvs_tpl *nfvs_tpl_walk_next(struct nfvs_net *nn, struct nfvs_conn_cursor *cur,
				    const struct nfvs_tpl *tpl);
/* False: it is over. RCU read side. */
bool nfvs_tpl_show(struct nfvs_tpl *tpl, struct nfvs_conn_row *row);

/* conn_table.c calls these beside what it does for connections. */
int nfvs_persist_prepare(struct nfvs_net *nn);
void nfvs_persist_uninit(struct nfvs_net *nn);
bool nfvs_persist_is_empty(const struct nfvs_net *nn);
/* The scanner's share of templates: process context, from its work only. */
void nfvs_persist_scan(struct nfvs_net *nn);

int nfvs_tpl_cache_init(void);
void nfvs_tpl_cache_uninit(void);

#endif /* _NFVS_PERSIST_H */
