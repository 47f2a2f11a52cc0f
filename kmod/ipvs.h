/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs written for ip_vs find under its names: ipvs_*.c. */
#ifndef _NFVS_IPVS_H
#define _NFVS_IPVS_H

#include <linux/types.h>

/* Module parameter: the names of IPVS are there. Constant once the module is loaded. */
extern bool nfvs_compat;

/* The netlink family "IPVS"; 0, also when it is left out or the name is taken. */
int nfvs_ipvs_genl_init(void);
void nfvs_ipvs_genl_uninit(void);

#endif /* _NFVS_IPVS_H */
