/* SPDX-License-Identifier: GPL-2.0-only */
/* A route that a test makes valid and obsolete, and whose references it counts. */
#ifndef SHIM_NET_DST_H
#define SHIM_NET_DST_H

#include <linux/netdevice.h>

/* Found through its pointer, by a hash that is the test's choice. */
#define hash_ptr(dst, order) (((const struct dst_entry *)(dst))->shim_home)

#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

/* @shim_cookie: that of today; with any other it is obsolete */
struct dst_entry {
	struct net_device	*dev;
	void			*xfrm;
	void			*lwtstate;
	int			refs;
	u32			shim_cookie;
	u32			shim_home;
};

struct rt6_info {
	struct dst_entry	dst;
};

struct sk_buff {
	struct dst_entry	*dst;
};

static inline struct dst_entry *skb_dst(const struct sk_buff *skb)
{
	return skb->dst;
}

static inline void *dst_xfrm(const struct dst_entry *dst)
{
	return dst->xfrm;
}

static inline u32 dst_mtu(const struct dst_entry *dst)
{
	(void)dst;
	return 1500;
}

static inline struct dst_entry *dst_check(struct dst_entry *dst, u32 cookie)
{
	return dst->shim_cookie == cookie ? dst : NULL;
}

/* One that nobody holds is being freed. */
static inline bool dst_hold_safe(struct dst_entry *dst)
{
	if (!dst->refs)
		return false;
	dst->refs++;
	return true;
}

static inline void dst_release(struct dst_entry *dst)
{
	dst->refs--;
}

static inline u32 rt6_get_cookie(const struct rt6_info *rt)
{
	return rt->dst.shim_cookie;
}

#endif
