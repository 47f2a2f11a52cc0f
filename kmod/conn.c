// SPDX-License-Identifier: GPL-2.0-only
/* The life of a connection: birth, state, accounting, end. */
#include "conn.h"

#include <linux/err.h>

#include "lease.h"
#include "net.h"
#include "packet.h"
#include "persist.h"
#include "proto.h"

static u32 conn_timeout(const struct nfvs_net *nn, const struct nfvs_conn *cp)
{
	const struct nfvs_proto_ops *ops = nfvs_proto_find(cp->proto);

	return ops->timeout(&nn->timeouts, nfvs_conn_state(cp));
}

long nfvs_conn_left(const struct nfvs_net *nn, const struct nfvs_conn *cp)
{
	long timeout = conn_timeout(nn, cp);

	/*
	 * Partner: the cmpxchg in nfvs_conn_update(). A state's shorter timeout
	 * is never seen with a last_seen from before that state.
	 */
	smp_rmb();
	return timeout - (long)nfvs_conn_idle(cp);
}

bool nfvs_conn_is_over(const struct nfvs_net *nn, const struct nfvs_conn *cp)
{
	if (READ_ONCE(cp->word) & NFVS_CW_DEAD)
		return true;
	return nfvs_conn_left(nn, cp) + HZ < 0;
}

static u16 word_of_state(const struct nfvs_proto_ops *ops, u16 word, u8 state)
{
	word &= ~(NFVS_CW_STATE | NFVS_CW_ACTIVE);
	word |= state;
	if (ops->is_active(state))
		word |= NFVS_CW_ACTIVE;
	return word;
}

static void conn_set_addrs(struct nfvs_conn *cp, const struct nfvs_pkt *pkt)
{
	if (cp->is_v6) {
		cp->addr6.caddr = pkt->saddr.in6;
		cp->addr6.vaddr = pkt->daddr.in6;
	} else {
		cp->addr4.caddr = pkt->saddr.ip;
		cp->addr4.vaddr = pkt->daddr.ip;
	}
}

static void conn_init(struct nfvs_conn *cp, const struct nfvs_pkt *pkt,
		      const struct nfvs_choice *to, const struct nfvs_proto_ops *ops)
{
	struct nfvs_dest *dest = to->slot->dest;
	u16 word;

	cp->dest = dest;
	cp->proto = pkt->proto;
	cp->method = to->slot->method;
	cp->keeps_port = to->keeps_port;
	/* With NAT replies come this way, so silence means nothing (compat.md 6.2). */
	word = cp->method == NFVS_METHOD_NAT ? 0 : NFVS_CW_NOOUT;
	cp->cport = pkt->sport;
	cp->vport = pkt->dport;
	cp->last_seen = (u32)jiffies;
	memset(cp->lease, 0, sizeof(cp->lease));
	cp->way = 0;
	/* What an ICMP error quotes says nothing of the present: state 0. */
	cp->word = word_of_state(ops, word, pkt->is_inner ? 0 :
				 ops->next_state(word, pkt, NFVS_DIR_IN));
	conn_set_addrs(cp, pkt);
	cp->fwd_hash = pkt->hash;
}

void nfvs_conn_init_once(struct nfvs_conn *cp, const struct nfvs_pkt *pkt,
			 const struct nfvs_choice *to)
{
	cp->is_v6 = pkt->af == AF_INET6;
	cp->is_child = false;
	conn_init(cp, pkt, to, nfvs_proto_find(pkt->proto));
}

/* A packet in direction dir has led to this state: it may tell of the client's template. */
static void assure(struct nfvs_conn *cp, const struct nfvs_proto_ops *ops, u8 state,
		   enum nfvs_dir dir)
{
	if (cp->is_child && ops->is_assuring(state, dir))
		nfvs_persist_assure(cp);
}

struct nfvs_conn *nfvs_conn_new(const struct nfvs_pkt *pkt, const struct nfvs_choice *to)
{
	const struct nfvs_proto_ops *ops = nfvs_proto_find(pkt->proto);
	struct nfvs_dest *dest = to->slot->dest;
	struct nfvs_conn *cp, *ret;
	bool is_active;

	if (!nfvs_dest_hold(dest))
		return ERR_PTR(-ENOENT);
	cp = nfvs_conn_alloc(pkt->af == AF_INET6, to->tpl);
	if (!cp) {
		ret = ERR_PTR(-ENOMEM);
		goto err_put;
	}
	conn_init(cp, pkt, to, ops);
	if (to->tpl && !nfvs_persist_join(to->tpl, cp)) {
		ret = ERR_PTR(-EAGAIN);
		goto err_free;
	}
	assure(cp, ops, nfvs_conn_state(cp), NFVS_DIR_IN);

	/*
	 * Counted before it is published: from then on other CPUs may move it
	 * between active and inactive, or kill it.
	 */
	is_active = cp->word & NFVS_CW_ACTIVE;
	nfvs_dest_conn_add(dest, is_active);
	ret = nfvs_conn_insert(pkt->nn, cp);
	if (ret != cp)
		goto err_uncount;

	/*
	 * Only now, so that a twin leaves nothing behind. A reply cannot be here
	 * before this packet has been sent. From here on cp may be unlinked.
	 */
	if (cp->method == NFVS_METHOD_NAT)
		nfvs_conn_insert_reply(pkt->nn, cp);
	nfvs_count(pkt->nn, NFVS_C_CONN_NEW);
	nfvs_stats_conn(dest->stats);
	nfvs_est_touch(dest);
	return cp;

err_uncount:
	nfvs_dest_conn_del(dest, is_active);
	if (cp->is_child)
		nfvs_persist_unjoin(cp);
err_free:
	nfvs_conn_free(cp);
err_put:
	nfvs_dest_put(dest);
	return ret;
}

void nfvs_conn_touch_now(struct nfvs_conn *cp)
{
	WRITE_ONCE(cp->last_seen, (u32)jiffies);
	nfvs_est_touch(cp->dest);
}

/* Whom drop_entry may take for stale is told apart by this. */
void nfvs_conn_touch_late(struct nfvs_conn *cp)
{
	u16 old = READ_ONCE(cp->word);

	while (!(old & NFVS_CW_LASTING) &&
	       !try_cmpxchg(&cp->word, &old, old | NFVS_CW_LASTING))
		;
	nfvs_conn_touch_now(cp);
}

void nfvs_conn_update(struct nfvs_conn *cp, const struct nfvs_pkt *pkt, enum nfvs_dir dir)
{
	const struct nfvs_proto_ops *ops = nfvs_proto_find(cp->proto);
	u16 old, new;

	nfvs_lease_tidy(cp);
	if (pkt->is_later_frag) {
		nfvs_conn_touch(cp);
		return;
	}
	old = READ_ONCE(cp->word);
	do {
		if (old & NFVS_CW_DEAD)
			return;
		new = word_of_state(ops, old, ops->next_state(old, pkt, dir));
		if (dir == NFVS_DIR_OUT)
			new &= ~NFVS_CW_NOOUT;
		/* Before the new state shows: see nfvs_conn_left(). */
		if ((new ^ old) & NFVS_CW_STATE)
			nfvs_conn_touch_now(cp);
		else
			nfvs_conn_touch(cp);
		if (new == old)
			break;
	} while (!try_cmpxchg(&cp->word, &old, new));

	assure(cp, ops, new & NFVS_CW_STATE, dir);
	if ((new ^ old) & NFVS_CW_ACTIVE)
		nfvs_dest_conn_move(cp->dest, new & NFVS_CW_ACTIVE);
}

bool nfvs_conn_kill(struct nfvs_conn *cp)
{
	u16 old = READ_ONCE(cp->word);

	do {
		if (old & NFVS_CW_DEAD)
			return false;
	} while (!try_cmpxchg(&cp->word, &old, old | NFVS_CW_DEAD));

	nfvs_dest_conn_del(cp->dest, old & NFVS_CW_ACTIVE);
	if (cp->is_child)
		nfvs_persist_leave(cp);
	return true;
}

bool nfvs_conn_show(const struct nfvs_net *nn, const struct nfvs_conn *cp,
		    struct nfvs_conn_row *row)
{
	if (nfvs_conn_is_over(nn, cp))
		return false;
	memset(row, 0, sizeof(*row));
	row->dest = cp->dest;
	row->af = nfvs_conn_af(cp);
	if (cp->is_v6) {
		row->caddr.in6 = cp->addr6.caddr;
		row->vaddr.in6 = cp->addr6.vaddr;
	} else {
		row->caddr.ip = cp->addr4.caddr;
		row->vaddr.ip = cp->addr4.vaddr;
	}
	row->cport = cp->cport;
	row->vport = cp->vport;
	row->dport = cp->method == NFVS_METHOD_BYPASS ? 0 : nfvs_conn_dport(cp);
	row->proto = cp->proto;
	row->method = cp->method;
	row->state = nfvs_proto_find(cp->proto)->state_name(nfvs_conn_state(cp));
	/* 0 in the second that an entry is granted beyond its timeout. */
	row->expires = max(nfvs_conn_left(nn, cp), 0L) / HZ;
	return true;
}
