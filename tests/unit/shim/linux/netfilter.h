/* SPDX-License-Identifier: GPL-2.0-only */
/* The one type of the kernel's header that the module's headers need in user space. */
#ifndef SHIM_LINUX_NETFILTER_H
#define SHIM_LINUX_NETFILTER_H

#include <linux/types.h>

union nf_inet_addr {
	__u32	all[4];
	__be32	ip;
	__be32	ip6[4];
};

#endif
