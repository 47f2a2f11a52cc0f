/* SPDX-License-Identifier: GPL-2.0-only */
/* A device, as far as routes ask what it is. */
#ifndef SHIM_LINUX_NETDEVICE_H
#define SHIM_LINUX_NETDEVICE_H

#include "kernel_shim.h"

enum {
	IFF_LOOPBACK = 8,
};

struct net_device {
	unsigned int flags;
	bool is_l3_slave;
	bool is_l3_master;
};

static inline bool netif_is_l3_slave(const struct net_device *dev)
{
	return dev->is_l3_slave;
}

static inline bool netif_is_l3_master(const struct net_device *dev)
{
	return dev->is_l3_master;
}

#endif
