/* SPDX-License-Identifier: GPL-2.0-only */
/* The only place where kernel versions and configurations are told apart. */
#ifndef _NFVS_COMPAT_H
#define _NFVS_COMPAT_H

#include <linux/skbuff.h>
#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/inet_sock.h>

/* skb_gso_validate_network_len() moved there; <linux/skbuff.h> had it before. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "nf_vs needs Linux 6.1 or later"
#endif

#if !IS_ENABLED(CONFIG_IP_VS)
#error "nf_vs needs a kernel built with CONFIG_IP_VS=m or y (skb->ipvs_property)"
#endif

/* Marks a packet as handled, so that the hooks it passes next leave it alone. */
static inline void nfvs_skb_set_done(struct sk_buff *skb)
{
	skb->ipvs_property = 1;
}

static inline bool nfvs_skb_is_done(const struct sk_buff *skb)
{
	return skb->ipvs_property;
}

/* Since 6.10 __assign_str() takes the source from __string(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define nfvs_assign_str(dst, src) __assign_str(dst, src)
#else
#define nfvs_assign_str(dst, src) __assign_str(dst)
#endif

/* IPv4 raw sockets that want their packets left alone (IP_NODEFRAG). */
static inline bool nfvs_sk_is_nodefrag(const struct sock *sk)
{
#ifdef inet_test_bit
	return inet_test_bit(NODEFRAG, sk);
#else
	return inet_sk(sk)->nodefrag;
#endif
}

/* Since 6.11 handlers may not write to their table. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define nfvs_ctl_table struct ctl_table
#else
#define nfvs_ctl_table const struct ctl_table
#endif

/* Before 6.6 an empty entry ended a table: table has one behind its n. */
static inline struct ctl_table_header *nfvs_register_sysctl(struct net *net, const char *path,
							    struct ctl_table *table, size_t n)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	return register_net_sysctl(net, path, table);
#else
	return register_net_sysctl_sz(net, path, table, n);
#endif
}

#endif /* _NFVS_COMPAT_H */
