/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings under /proc/sys/net: net.nf_vs is ours, net.ipv4.vs is that of IPVS. */
#ifndef _NFVS_SYSCTL_H
#define _NFVS_SYSCTL_H

#include <linux/sysctl.h>

#include "compat.h"

struct nfvs_net;

/* Sets nfvs_net.lease from what it depends on; process context. */
void nfvs_lease_length_update(struct nfvs_net *nn);

/* A namespace's; 0 or -ENOMEM. */
int nfvs_sysctl_init(struct nfvs_net *nn);
void nfvs_sysctl_uninit(struct nfvs_net *nn);
/* Those of IPVS cannot be had while ip_vs is loaded: nf_vs works without them. */
void nfvs_ipvs_sysctl_init(struct nfvs_net *nn);
void nfvs_ipvs_sysctl_uninit(struct nfvs_net *nn);

#endif /* _NFVS_SYSCTL_H */
