/* SPDX-License-Identifier: GPL-2.0-only */
/* nfvsadm: the order of lists. */
#ifndef NFVSADM_SORT_H
#define NFVSADM_SORT_H

#include "libnfvs/libnfvs.h"

/**
 * sort_cmp_services() - which service is listed first
 * @a: one
 * @b: other
 *
 * Return: negative, 0 or positive.
 */
int sort_cmp_services(const struct nfvs_service *a,
		      const struct nfvs_service *b);

/**
 * sort_cmp_dests() - which destination is listed first
 * @a: one
 * @b: other
 *
 * Return: negative, 0 or positive.
 */
int sort_cmp_dests(const struct nfvs_dest *a, const struct nfvs_dest *b);

#endif /* NFVSADM_SORT_H */
