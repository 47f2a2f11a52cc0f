// SPDX-License-Identifier: GPL-2.0-only
/* The life of a connection: birth, state, accounting, end. */
#include "conn.h"

#include <linux/err.h>

#include "net.h"
#include "packet.h"
#include "proto.h"

/*
 * Idle jiffies; last_seen has the low 32 bits. It is read first: a packet on
 * another CPU may bring it up to date meanwhile, and a last_seen newer than the
 * jiffies it is compared with would look as if it were ages old.
 */
static u32 conn_idle(const struct nfvs_conn *cp)
{
	u32 seen = READ_ONCE(cp->last_seen);

	/* Partner: whoever wrote it had read jiffies before. */
	smp_rmb();
	return (u32)jiffies - seen;
}

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
	return timeout - (long)conn_idle(cp);
}

bool nfvs_conn_is_over(const struct nfvs_net *nn, const struct nfvs_conn *cp)
{
	if (READ_ONCE(cp->word) & NFVS_CW_DEAD)
		return true;
	return nfvs_conn_left(nn, cp) + HZ < 0;
}

static u32 word_of_state(const struct nfvs_proto_ops *ops, u32 word, u8 state)
{
	word &= ~(NFVS_CW_STATE | NFVS_CW_ACTIVE);
	word |= state;
	if (ops->is_active(state))
		word |= NFVS_CW_ACTIVE;
	return word;
}

static void conn_set_addrs4(struct nfvs_conn *cp, const struct nfvs_pkt *pkt,
			    const struct nfvs_dest *dest)
{
	cp->addr4.caddr = pkt->saddr.ip;
	cp->addr4.vaddr = pkt->daddr.ip;
	cp->addr4.daddr = dest->key.addr.ip;
}

static void conn_set_addrs6(struct nfvs_conn *cp, const struct nfvs_pkt *pkt,
			    const struct nfvs_dest *dest)
{
	cp->is_v6 = true;
	cp->addr6.caddr = pkt->saddr.in6;
	cp->addr6.vaddr = pkt->daddr.in6;
	cp->addr6.daddr = dest->key.addr.in6;
}

static void conn_init(struct nfvs_conn *cp, const struct nfvs_pkt *pkt,
		      struct nfvs_dest *dest, const struct nfvs_proto_ops *ops)
{
	u32 word;

	cp->dest = dest;
	cp->proto = pkt->proto;
	cp->method = READ_ONCE(dest->method);
	/* With NAT replies come this way, so silence means nothing (compat.md 6.2). */
	word = cp->method == NFVS_METHOD_NAT ? 0 : NFVS_CW_NOOUT;
	cp->cport = pkt->sport;
	cp->vport = pkt->dport;
	cp->dport = dest->key.port ?: pkt->dport;
	cp->last_seen = (u32)jiffies;
	cp->word = word_of_state(ops, word, ops->next_state(word, pkt, NFVS_DIR_IN));
	if (pkt->af == AF_INET6)
		conn_set_addrs6(cp, pkt, dest);
	else
		conn_set_addrs4(cp, pkt, dest);
}

struct nfvs_conn *nfvs_conn_new(const struct nfvs_pkt *pkt, struct nfvs_dest *dest)
{
	const struct nfvs_proto_ops *ops = nfvs_proto_find(pkt->proto);
	struct nfvs_conn *cp, *ret;
	bool is_active;

	if (!nfvs_dest_hold(dest))
		return ERR_PTR(-ENOENT);
	cp = nfvs_conn_alloc(pkt->af == AF_INET6);
	if (!cp) {
		ret = ERR_PTR(-ENOMEM);
		goto err_put;
	}
	conn_init(cp, pkt, dest, ops);

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
	if (cp->method == NFVS_METHOD_NAT && nfvs_conn_insert_reply(pkt->nn, cp)) {
		nfvs_conn_retire(pkt->nn, cp);
		return ERR_PTR(-ENOMEM);
	}
	nfvs_count(pkt->nn, NFVS_C_CONN_NEW);
	nfvs_stats_conn(dest->stats);
	nfvs_est_touch(dest);
	return cp;

err_uncount:
	nfvs_dest_conn_del(dest, is_active);
	nfvs_conn_free(cp);
err_put:
	nfvs_dest_put(dest);
	return ret;
}

/*
 * last_seen is shared by the CPUs of both directions: it is written only when
 * it is a second old, or when a state begins whose timeout counts from here.
 */
static void conn_touch(struct nfvs_conn *cp, bool now)
{
	if (!now && conn_idle(cp) < HZ)
		return;
	WRITE_ONCE(cp->last_seen, (u32)jiffies);
	nfvs_est_touch(cp->dest);
}

void nfvs_conn_update(struct nfvs_conn *cp, const struct nfvs_pkt *pkt, enum nfvs_dir dir)
{
	const struct nfvs_proto_ops *ops = nfvs_proto_find(cp->proto);
	u32 old, new;

	if (pkt->is_later_frag) {
		conn_touch(cp, false);
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
		conn_touch(cp, (new ^ old) & NFVS_CW_STATE);
		if (new == old)
			return;
	} while (!try_cmpxchg(&cp->word, &old, new));

	if ((new ^ old) & NFVS_CW_ACTIVE)
		nfvs_dest_conn_move(cp->dest, new & NFVS_CW_ACTIVE);
}

bool nfvs_conn_kill(struct nfvs_conn *cp)
{
	u32 old = READ_ONCE(cp->word);

	do {
		if (old & NFVS_CW_DEAD)
			return false;
	} while (!try_cmpxchg(&cp->word, &old, old | NFVS_CW_DEAD));

	nfvs_dest_conn_del(cp->dest, old & NFVS_CW_ACTIVE);
	return true;
}
