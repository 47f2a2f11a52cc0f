// SPDX-License-Identifier: GPL-2.0-only
/*
 * All configuration passes here: a change set is checked and executed on the
 * control plane's view, and then takes effect for packets as a whole or not at
 * all (config_txn.c).
 */
#include "config.h"

#include <linux/nf_vs.h>
#include <linux/sched.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "config_txn.h"
#include "net.h"

enum {
	BREATH	= 1024,	/* changes or objects between two offers to reschedule */
};

/* Refuses a change: the text names the field, the attribute is the exact one if known. */
#define refuse(txn, chg, field, err, msg)					\
({										\
	NL_SET_ERR_MSG_ATTR((txn)->extack,					\
			    (chg)->at.field ? (chg)->at.field : (chg)->at.op, msg); \
	(err);									\
})

/* ---- services ---- */

static struct nfvs_svc *get_svc(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	struct nfvs_svc *svc = txn->last_svc;

	if (!svc || !chg->goes_on)
		svc = nfvs_svc_get(txn->nn, &chg->svc);
	txn->last_svc = svc;
	if (!svc || !svc->present)
		return ERR_PTR(refuse(txn, chg, svc, -ESRCH, "SERVICE: no such service"));
	return svc;
}

static int check_svc_conf(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	const struct nfvs_svc_conf *conf = &chg->svc_conf;

	if (!conf->sched)
		return refuse(txn, chg, sched, -ENOENT, "SERVICE.SCHED: unknown scheduler");
	if (chg->at.pe)
		return refuse(txn, chg, pe, -ENOENT, "SERVICE.PE: unknown persistence engine");
	if (chg->svc.af == AF_INET6 && (conf->plen < 1 || conf->plen > 128))
		return refuse(txn, chg, netmask, -EINVAL, "SERVICE.PLEN: out of range");
	return 0;
}

/*
 * A service that this change set has removed comes back as the same object, so
 * that packets see the old one until the commit puts the new one in its place.
 */
static int new_service(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	struct nfvs_net *nn = txn->nn;
	struct nfvs_svc *svc = nfvs_svc_get_any(nn, &chg->svc);
	int err;

	if (svc && svc->present)
		return refuse(txn, chg, svc, -EEXIST, "SERVICE: exists already");
	err = check_svc_conf(txn, chg);
	if (err)
		return err;
	if (!svc) {
		svc = nfvs_svc_create(nn, &chg->svc);
		if (IS_ERR(svc))
			return refuse(txn, chg, svc, PTR_ERR(svc), "no memory for a service");
	}
	txn->last_svc = svc;
	nfvs_txn_touch_svc(txn, svc);
	svc->present = true;
	svc->conf = chg->svc_conf;
	svc->conf.flags &= chg->flags_mask;
	svc->id = ++nn->last_id;
	svc->txn.needs_set = true;
	list_add(&svc->list, &nn->svc_list);
	return 0;
}

static int set_service(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	struct nfvs_svc *svc = get_svc(txn, chg);
	struct nfvs_svc_conf conf;
	int err;

	if (IS_ERR(svc))
		return PTR_ERR(svc);
	err = check_svc_conf(txn, chg);
	if (err)
		return err;
	nfvs_txn_touch_svc(txn, svc);
	conf = chg->svc_conf;
	conf.flags = (svc->conf.flags & ~chg->flags_mask) | (conf.flags & chg->flags_mask);
	if (chg->keep_fastpath)
		conf.no_fastpath = svc->conf.no_fastpath;
	/* The same scheduler goes on where it is. */
	if (nfvs_svc_conf_equal(&svc->conf, &conf))
		return 0;
	svc->conf = conf;
	svc->txn.needs_set = true;
	return 0;
}

static void take_dest_out(struct nfvs_txn *txn, struct nfvs_dest *dest)
{
	nfvs_txn_touch_dest(txn, dest);
	list_del_init(&dest->list);
	dest->svc->n_dests--;
	dest->svc = NULL;
}

static void take_svc_out(struct nfvs_txn *txn, struct nfvs_svc *svc)
{
	struct nfvs_dest *dest, *tmp;
	u32 done = 0;

	nfvs_txn_touch_svc(txn, svc);
	list_for_each_entry_safe(dest, tmp, &svc->dests, list) {
		take_dest_out(txn, dest);
		if (++done % BREATH == 0)
			cond_resched();
	}
	list_del_init(&svc->list);
	svc->present = false;
}

static int del_service(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	struct nfvs_svc *svc = get_svc(txn, chg);

	if (IS_ERR(svc))
		return PTR_ERR(svc);
	take_svc_out(txn, svc);
	return 0;
}

static void flush(struct nfvs_txn *txn)
{
	struct nfvs_svc *svc, *tmp;

	list_for_each_entry_safe(svc, tmp, &txn->nn->svc_list, list) {
		take_svc_out(txn, svc);
		cond_resched();
	}
}

static int zero(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	struct nfvs_svc *svc;
	u32 done = 0;

	if (!chg->has_svc) {
		txn->zero_all = true;
		list_for_each_entry(svc, &txn->nn->svc_list, list) {
			nfvs_txn_touch_svc(txn, svc);
			svc->txn.zero = true;
			if (++done % BREATH == 0)
				cond_resched();
		}
		return 0;
	}
	svc = get_svc(txn, chg);
	if (IS_ERR(svc))
		return PTR_ERR(svc);
	nfvs_txn_touch_svc(txn, svc);
	svc->txn.zero = true;
	return 0;
}

/* ---- destinations ---- */

static bool is_server_addr4(struct net *net, __be32 addr)
{
	unsigned int type = inet_addr_type(net, addr);

	return type == RTN_UNICAST || type == RTN_LOCAL;
}

#if IS_ENABLED(CONFIG_IPV6)
static bool is_local6(struct net *net, const struct in6_addr *addr)
{
	struct flowi6 fl6 = { .daddr = *addr };
	struct dst_entry *dst;
	bool is_local;

	dst = ip6_route_output(net, NULL, &fl6);
	is_local = !dst->error && dst->dev && dst->dev->flags & IFF_LOOPBACK;
	dst_release(dst);
	return is_local;
}
#else
static bool is_local6(struct net *net, const struct in6_addr *addr)
{
	return false;
}
#endif

static bool is_server_addr6(struct net *net, const struct in6_addr *addr)
{
	int type = ipv6_addr_type(addr);

	if (type & IPV6_ADDR_UNICAST && !(type & IPV6_ADDR_LINKLOCAL))
		return true;
	return is_local6(net, addr);
}

static bool is_server_addr(struct net *net, const struct nfvs_change *chg)
{
	return chg->af == AF_INET6 ? is_server_addr6(net, &chg->addr.in6) :
				     is_server_addr4(net, chg->addr.ip);
}

/* The order of the checks is that of compat.md 1.8. */
static int check_conf(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	const struct nfvs_dest_conf *conf = &chg->conf;

	if (chg->af != chg->svc.af && conf->method != NFVS_METHOD_TUN)
		return refuse(txn, chg, method, -EINVAL,
			      "DEST.METHOD: a server of the other family needs TUN");
	if (conf->weight > INT_MAX)
		return refuse(txn, chg, weight, -ERANGE, "DEST.WEIGHT: out of range");
	if (conf->lower > conf->upper)
		return refuse(txn, chg, lower, -ERANGE,
			      "DEST.LOWER_THRESHOLD: greater than UPPER_THRESHOLD");
	if (conf->upper > INT_MAX)
		return refuse(txn, chg, upper, -EINVAL, "DEST.UPPER_THRESHOLD: out of range");
	if (conf->tun_type == NFVS_TUN_GUE && !conf->tun_port)
		return refuse(txn, chg, dest, -EINVAL, "DEST: the tunnel needs a port");
	if (conf->method == NFVS_METHOD_BYPASS ||
	    (conf->method == NFVS_METHOD_TUN && conf->tun_type != NFVS_TUN_IPIP))
		return refuse(txn, chg, method, -EOPNOTSUPP, "DEST: not supported yet");
	return 0;
}

static void dest_key(const struct nfvs_change *chg, struct nfvs_dest_key *key)
{
	memset(key, 0, sizeof(*key));
	key->svc = chg->svc;
	key->addr = chg->addr;
	key->port = chg->port;
	key->af = chg->af;
}

/* The destination as it is configured now; the configuration's reference keeps it. */
static struct nfvs_dest *get_dest(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	struct nfvs_dest_key key;
	struct nfvs_dest *dest;
	bool is_configured;

	dest_key(chg, &key);
	dest = nfvs_dest_get(txn->nn, &key);
	is_configured = dest && dest->svc;
	nfvs_dest_put(dest);
	if (!is_configured)
		return ERR_PTR(refuse(txn, chg, dest, -ENOENT, "DEST: not in the service"));
	return dest;
}

/*
 * The object for a new destination, touched, with the configuration's
 * reference: one that connections have kept alive, one that this change set
 * has taken out, or a new one.
 */
static struct nfvs_dest *obtain_dest(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	struct nfvs_dest_key key;
	struct nfvs_dest *dest;
	int err;

	dest_key(chg, &key);
	dest = nfvs_dest_get(txn->nn, &key);
	if (dest && dest->svc) {
		err = refuse(txn, chg, dest, -EEXIST, "DEST: is in the service already");
		goto err_put;
	}
	if (!is_server_addr(txn->nn->net, chg)) {
		err = refuse(txn, chg, addr, -EINVAL, "DEST.ADDR: not a server's address");
		goto err_put;
	}
	if (!dest) {
		dest = nfvs_dest_create(txn->nn, &key);
		if (IS_ERR(dest)) {
			refuse(txn, chg, dest, 0, "no memory for a destination");
			return dest;
		}
	}
	nfvs_txn_touch_dest(txn, dest);
	/* The transaction's own reference, if there is one, is enough. */
	if (dest->has_config_ref)
		nfvs_dest_put(dest);
	dest->has_config_ref = true;
	return dest;

err_put:
	nfvs_dest_put(dest);
	return ERR_PTR(err);
}

static int new_dest(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	struct nfvs_svc *svc = get_svc(txn, chg);
	struct nfvs_dest *dest;
	int err;

	if (IS_ERR(svc))
		return PTR_ERR(svc);
	err = check_conf(txn, chg);
	if (err)
		return err;
	dest = obtain_dest(txn, chg);
	if (IS_ERR(dest))
		return PTR_ERR(dest);
	nfvs_txn_touch_svc(txn, svc);
	dest->svc = svc;
	dest->id = ++txn->nn->last_id;
	dest->conf = chg->conf;
	list_add(&dest->list, &svc->dests);
	svc->n_dests++;
	svc->txn.needs_set = true;
	return 0;
}

static int set_dest(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	struct nfvs_svc *svc = get_svc(txn, chg);
	struct nfvs_dest *dest;
	int err;

	if (IS_ERR(svc))
		return PTR_ERR(svc);
	err = check_conf(txn, chg);
	if (err)
		return err;
	dest = get_dest(txn, chg);
	if (IS_ERR(dest))
		return PTR_ERR(dest);
	nfvs_txn_touch_svc(txn, svc);
	nfvs_txn_touch_dest(txn, dest);
	dest->conf = chg->conf;
	svc->txn.needs_set = true;
	return 0;
}

static int del_dest(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	struct nfvs_svc *svc = get_svc(txn, chg);
	struct nfvs_dest *dest;

	if (IS_ERR(svc))
		return PTR_ERR(svc);
	dest = get_dest(txn, chg);
	if (IS_ERR(dest))
		return PTR_ERR(dest);
	nfvs_txn_touch_svc(txn, svc);
	take_dest_out(txn, dest);
	svc->txn.needs_set = true;
	return 0;
}

/* ---- change sets ---- */

static int set_config(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	int i;

	if (chg->timeouts[0] > INT_MAX / HZ)
		return refuse(txn, chg, timeouts[0], -EINVAL, "CONFIG.TIMEOUT_TCP: out of range");
	if (chg->timeouts[1] > INT_MAX / HZ)
		return refuse(txn, chg, timeouts[1], -EINVAL,
			      "CONFIG.TIMEOUT_TCP_FIN: out of range");
	if (chg->timeouts[2] > INT_MAX / HZ)
		return refuse(txn, chg, timeouts[2], -EINVAL, "CONFIG.TIMEOUT_UDP: out of range");
	for (i = 0; i < ARRAY_SIZE(chg->timeouts); i++)
		if (chg->timeouts[i])
			txn->timeouts[i] = chg->timeouts[i];
	return 0;
}

static int execute(struct nfvs_txn *txn, const struct nfvs_change *chg)
{
	switch (chg->op) {
	case NFVS_OP_NEW_SERVICE:
		return new_service(txn, chg);
	case NFVS_OP_SET_SERVICE:
		return set_service(txn, chg);
	case NFVS_OP_DEL_SERVICE:
		return del_service(txn, chg);
	case NFVS_OP_NEW_DEST:
		return new_dest(txn, chg);
	case NFVS_OP_SET_DEST:
		return set_dest(txn, chg);
	case NFVS_OP_DEL_DEST:
		return del_dest(txn, chg);
	case NFVS_OP_FLUSH:
		flush(txn);
		return 0;
	case NFVS_OP_ZERO:
		return zero(txn, chg);
	case NFVS_OP_SET_CONFIG:
		return set_config(txn, chg);
	}
	return -EOPNOTSUPP;
}

static int execute_all(struct nfvs_txn *txn, struct nfvs_changes *from)
{
	const struct nfvs_change *chg;
	u32 done = 0;
	int err;

	while ((chg = from->next(from, txn->extack))) {
		if (IS_ERR(chg))
			return PTR_ERR(chg);
		err = execute(txn, chg);
		if (err)
			return err;
		if (++done % BREATH == 0)
			cond_resched();
	}
	return 0;
}

static void notify_all(struct nfvs_net *nn, struct nfvs_changes *from)
{
	const struct nfvs_change *chg;
	u32 done = 0;

	if (!nfvs_netlink_has_listeners(nn))
		return;
	from->rewind(from);
	while ((chg = from->next(from, NULL)) && !IS_ERR(chg)) {
		nfvs_netlink_notify(nn, chg);
		if (++done % BREATH == 0)
			cond_resched();
	}
}

static int apply(struct nfvs_net *nn, struct nfvs_changes *from, struct netlink_ext_ack *extack)
{
	struct nfvs_txn txn;
	int err;

	nfvs_txn_init(&txn, nn, extack);
	err = execute_all(&txn, from) ?: nfvs_txn_prepare(&txn);
	if (err) {
		nfvs_txn_rollback(&txn);
		return err;
	}
	nfvs_txn_commit(&txn);
	notify_all(nn, from);
	return 0;
}

int nfvs_config_apply(struct nfvs_net *nn, struct nfvs_changes *from,
		      struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&nn->config_mutex);
	if (nn->dying) {
		NL_SET_ERR_MSG(extack, "the network namespace is going away");
		err = -ESHUTDOWN;
	} else {
		err = apply(nn, from, extack);
	}
	mutex_unlock(&nn->config_mutex);
	return err;
}

struct one {
	struct nfvs_changes		changes;
	const struct nfvs_change	*left;
	const struct nfvs_change	*chg;
};

static const struct nfvs_change *next_one(struct nfvs_changes *from, struct netlink_ext_ack *extack)
{
	struct one *one = container_of(from, struct one, changes);
	const struct nfvs_change *chg = one->left;

	one->left = NULL;
	return chg;
}

static void rewind_one(struct nfvs_changes *from)
{
	struct one *one = container_of(from, struct one, changes);

	one->left = one->chg;
}

int nfvs_config_apply_one(struct nfvs_net *nn, const struct nfvs_change *chg,
			  struct netlink_ext_ack *extack)
{
	struct one one = {
		.changes = { .next = next_one, .rewind = rewind_one },
		.left = chg,
		.chg = chg,
	};

	return nfvs_config_apply(nn, &one.changes, extack);
}

/* Removing allocates nothing: there is nothing to prepare. */
void nfvs_config_shutdown(struct nfvs_net *nn)
{
	struct nfvs_txn txn;

	mutex_lock(&nn->config_mutex);
	/* Partner: device_event(). */
	WRITE_ONCE(nn->dying, true);
	nfvs_txn_init(&txn, nn, NULL);
	flush(&txn);
	nfvs_txn_commit(&txn);
	mutex_unlock(&nn->config_mutex);
}
