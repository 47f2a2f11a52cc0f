/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs written for ip_vs find under its names: ipvs_*.c. */
#ifndef _NFVS_IPVS_H
#define _NFVS_IPVS_H

#include <linux/types.h>

/*
 * The names of IPVS are ours: the module parameter, but false when ip_vs has them.
 * Constant after nfvs_ipvs_names_init(), which comes before all that asks and keeps
 * ip_vs out while they are. 0 or -errno.
 */
extern bool nfvs_compat;
int nfvs_ipvs_names_init(void);
/* After all that has one of the names. */
void nfvs_ipvs_names_uninit(void);

/* The netlink family "IPVS", if nfvs_compat. */
int nfvs_ipvs_genl_init(void);
void nfvs_ipvs_genl_uninit(void);

struct nfvs_net;

/* /proc/net/ip_vs*, if nfvs_compat. 0 or -ENOMEM. */
int nfvs_ipvs_proc_init(struct nfvs_net *nn);
/* Before anything goes that they show. */
void nfvs_ipvs_proc_uninit(struct nfvs_net *nn);

#endif /* _NFVS_IPVS_H */
